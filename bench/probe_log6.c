// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe_log6 - a typical user of jprobe.h and probe_log.h: an entry function that logs six
 * arguments
 */

#include <linux/module.h>

#include <jprobe.h>
#include <probe_log.h>

static long j_traced(long a, long b, long c, long d, long e, long f)
{
	probe_log("a=%ld b=%ld c=%ld d=%ld e=%ld f=%ld\n", a, b, c, d, e, f);
	jprobe_return();
	return 0;
}

static struct jprobe jp = {
	.entry = j_traced,
	.kp.symbol_name = "bench_traced",
};

static int __init log6_init(void)
{
	int err = probe_log_start();

	if (err)
		return err;
	err = register_jprobe(&jp);
	if (err)
		probe_log_stop();
	return err;
}

static void __exit log6_exit(void)
{
	unregister_jprobe(&jp);
	probe_log_stop();
}

module_init(log6_init);
module_exit(log6_exit);
MODULE_DESCRIPTION("a jprobe that logs six values");
MODULE_LICENSE("GPL");
