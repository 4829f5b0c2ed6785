// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe_late: a module that is loaded after the probe on its function late_function(). The
 * parameter call calls it with the number that is written, and init calls it init_calls= times.
 * late_in_init() is in the init section. Init runs until hold= is 0 or a signal comes, and
 * fails with the error fail=.
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

int late_function(int value);

noinline int late_function(int value)
{
	/* The compiler must not compute the result at the call. */
	barrier();
	return value + 1;
}

static int (*late_pointer)(int value) = late_function;

static int call_set(const char *val, const struct kernel_param *kp)
{
	int value, err = kstrtoint(val, 0, &value);

	if (!err)
		READ_ONCE(late_pointer)(value);
	return err;
}

static int call_get(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%lx\n", (unsigned long)late_pointer);
}

static const struct kernel_param_ops call_ops = {
	.set = call_set,
	.get = call_get,
};
module_param_cb(call, &call_ops, NULL, 0600);
MODULE_PARM_DESC(call, "write: call late_function() with this number; read: its address");

static int init_calls;
module_param(init_calls, int, 0);
static bool hold;
module_param(hold, bool, 0600);
static int fail;
module_param(fail, int, 0);

static noinline int __init late_in_init(int value)
{
	barrier();
	return value + 2;
}

static int (*in_init_pointer)(int value) __initdata = late_in_init;

static int __init late_init(void)
{
	int i;

	READ_ONCE(in_init_pointer)(1);
	for (i = 0; i < init_calls; i++)
		READ_ONCE(late_pointer)(i);
	while (READ_ONCE(hold) && !signal_pending(current))
		msleep(20);
	return -fail;
}

static void __exit late_exit(void)
{
}

module_init(late_init);
module_exit(late_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("A module with a function to probe, for loading later");
