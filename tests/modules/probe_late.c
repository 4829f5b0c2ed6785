// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe_late: a module that is not there yet. A function to probe as
 * probe_late:late_function, called with what is written to the parameter call.
 */
#include <linux/kernel.h>
#include <linux/module.h>

int late_function(int value);

noinline int late_function(int value)
{
	/* keeps the compiler from computing the result at the call */
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
MODULE_PARM_DESC(call, "written: calls late_function() with this number; read: its address");

static int __init late_init(void)
{
	return 0;
}

static void __exit late_exit(void)
{
}

module_init(late_init);
module_exit(late_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("A module with a function to probe, for loading later");
