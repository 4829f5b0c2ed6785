// SPDX-License-Identifier: GPL-2.0-only
/*
 * slow_fault: delays kernel-mode page faults of one task at addresses below 64 KiB, before
 * other callbacks of the page fault tracepoint run. A hypervisor or firmware that stops the
 * CPU has the same effect.
 *
 * Parameters:
 *   pid   the task; 0: none
 *   slow  the number of faults that were delayed
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

static int pid;
module_param(pid, int, 0600);
MODULE_PARM_DESC(pid, "the task whose faults are delayed");

static unsigned int slow;
module_param(slow, uint, 0400);
MODULE_PARM_DESC(slow, "number of delayed faults");

static struct tracepoint *faults;

/* The tracepoint's callback, with interrupts off. */
static void fault(void *unused, unsigned long addr, struct pt_regs *regs, unsigned long error)
{
	if (current->pid != pid || addr >= 65536)
		return;
	mdelay(100);
	slow++;
}

static void find(struct tracepoint *point, void *unused)
{
	if (!strcmp(point->name, "page_fault_kernel"))
		faults = point;
}

static int __init slow_fault_init(void)
{
	for_each_kernel_tracepoint(find, NULL);
	if (!faults)
		return -EOPNOTSUPP;
	/* A callback of higher priority is called first. */
	return tracepoint_probe_register_prio(faults, fault, NULL, TRACEPOINT_DEFAULT_PRIO + 1);
}

static void __exit slow_fault_exit(void)
{
	tracepoint_probe_unregister(faults, fault, NULL);
	tracepoint_synchronize_unregister();
}

module_init(slow_fault_init);
module_exit(slow_fault_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("Delays page faults, for the tests");
