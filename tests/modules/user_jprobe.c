// SPDX-License-Identifier: GPL-2.0-only
/*
 * user_jprobe: a jprobe that a test controls by writing to the parameter act:
 *
 *   register, unregister, disable, enable   call that function of jprobe.h; register uses the
 *                                           parameter symbol
 *   init                                    register at the address of our own init function,
 *                                           which has been freed
 *
 * Read:
 *   result   the return value; after unregister and disable, the number of CPUs that still run
 *            the entry function
 *   calls    the number of calls of the entry function
 *   max_running  the largest number of CPUs that ran it at the same time
 *
 * The entry function takes hold= microseconds.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/string.h>

#include <jprobe.h>

static char symbol[64];
module_param_string(symbol, symbol, sizeof(symbol), 0600);
MODULE_PARM_DESC(symbol, "the function to probe");

static unsigned int hold;
module_param(hold, uint, 0600);
MODULE_PARM_DESC(hold, "microseconds that the entry function takes");

static int result;
module_param(result, int, 0400);

static atomic_t calls, running, max_running;

static int atomic_get(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%d\n", atomic_read((atomic_t *)kp->arg));
}

static const struct kernel_param_ops atomic_ops = { .get = atomic_get };

module_param_cb(calls, &atomic_ops, &calls, 0400);
module_param_cb(max_running, &atomic_ops, &max_running, 0400);

static long j_entry(long arg)
{
	int now = atomic_inc_return(&running);
	int was = atomic_read(&max_running);
	unsigned int left;

	atomic_inc(&calls);
	while (now > was)
		was = atomic_cmpxchg(&max_running, was, now) == was ? now : atomic_read(&max_running);
	for (left = hold; left > 1000; left -= 1000)
		udelay(1000);
	udelay(left);
	atomic_dec(&running);
	jprobe_return();
	return 0;
}

static struct jprobe jp;
static void *init_function;

static int act_register(void *addr)
{
	memset(&jp, 0, sizeof(jp));
	jp.entry = j_entry;
	jp.kp.addr = addr;
	if (!addr)
		jp.kp.symbol_name = symbol;
	return register_jprobe(&jp);
}

static int act_set(const char *val, const struct kernel_param *kp)
{
	if (sysfs_streq(val, "register")) {
		result = act_register(NULL);
	} else if (sysfs_streq(val, "init")) {
		result = act_register(init_function);
	} else if (sysfs_streq(val, "unregister")) {
		unregister_jprobe(&jp);
		result = atomic_read(&running);
	} else if (sysfs_streq(val, "disable")) {
		result = disable_jprobe(&jp) ?: atomic_read(&running);
	} else if (sysfs_streq(val, "enable")) {
		result = enable_jprobe(&jp);
	} else {
		return -EINVAL;
	}
	return 0;
}

static const struct kernel_param_ops act_ops = { .set = act_set };

module_param_cb(act, &act_ops, NULL, 0200);
MODULE_PARM_DESC(act, "write register, unregister, disable, enable or init");

static int __init user_init(void)
{
	init_function = user_init;
	return 0;
}

static void __exit user_exit(void)
{
	unregister_jprobe(&jp);
}

module_init(user_init);
module_exit(user_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("A jprobe that tests control");
