// SPDX-License-Identifier: GPL-2.0-only
/*
 * fail_init: makes one allocation of a module's init fail, and no other. It needs a kernel with
 * fault injection. The kinds of allocations that can fail, and the conditions, are set in
 * debugfs (failslab/, fail_page_alloc/).
 *
 * Parameters:
 *   nth   N: the Nth allocation of the next module's init fails
 *   left  the rest of N after that init; if it is not 0, there were fewer allocations
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>

static unsigned int nth;
module_param(nth, uint, 0600);
MODULE_PARM_DESC(nth, "this allocation of the next module's init fails");

static unsigned int left;
module_param(left, uint, 0400);
MODULE_PARM_DESC(left, "the rest of nth after that init");

static int init_begins(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	if (!nth)
		return 1;
	current->fail_nth = nth;
	nth = 0;
	return 0;
}

static int init_ends(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	left = current->fail_nth;
	current->fail_nth = 0;
	return 0;
}

/* do_one_initcall() calls the init of a module in the task that loads it. */
static struct kretprobe around_init = {
	.kp.symbol_name = "do_one_initcall",
	.entry_handler = init_begins,
	.handler = init_ends,
};

static int __init fail_init_init(void)
{
	return register_kretprobe(&around_init);
}

static void __exit fail_init_exit(void)
{
	unregister_kretprobe(&around_init);
}

module_init(fail_init_init);
module_exit(fail_init_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("Makes an allocation of a module's init fail, for the tests");
