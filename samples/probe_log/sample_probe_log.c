// SPDX-License-Identifier: GPL-2.0-only
/*
 * A jprobe with probe_log(): shows who creates a process or thread. For Linux 5.10 and newer: older
 * ones have _do_fork() instead of kernel_clone(), before 5.3 with other arguments.
 */
#include <linux/module.h>
#include <linux/sched/task.h>

#include <jprobe.h>
#include <probe_log.h>

/* Called at each entry of kernel_clone(). What it logs is printed some milliseconds later. */
static pid_t j_kernel_clone(struct kernel_clone_args *args)
{
	probe_log("clone flags=0x%llx pid=%d comm=%s\n", args->flags, current->tgid,
		  current->comm);
	jprobe_return();
	return 0;
}

static struct jprobe jp = { .entry = j_kernel_clone, .kp.symbol_name = "kernel_clone" };

static int __init sample_init(void)
{
	int err = probe_log_start();

	if (err)
		return err;
	err = register_jprobe(&jp);
	if (err)
		probe_log_stop();
	return err;
}

static void __exit sample_exit(void)
{
	unregister_jprobe(&jp);
	probe_log_stop();
}

module_init(sample_init);
module_exit(sample_exit);
MODULE_DESCRIPTION("A jprobe that logs");
MODULE_LICENSE("GPL");
