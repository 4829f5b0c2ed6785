/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * To be told of page faults in kernel mode, before anything is done about them:
 * through the tracepoint exceptions:page_fault_kernel. Only where there is one, that
 * is on x86-64 with CONFIG_TRACEPOINTS, and only while somebody wants to know. And of
 * what ends in an oops.
 */
#ifndef PROBE_TRAP_H
#define PROBE_TRAP_H

#include <linux/errno.h>
#include <linux/kdebug.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/preempt.h>
#include <linux/ptrace.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include <probe/shared.h>

/**
 * typedef probe_trap_notice_t - what is called at each page fault in kernel mode
 * @unused: nothing
 * @addr:   the address that could not be accessed
 * @regs:   registers at the faulting instruction
 * @error:  the hardware's error code
 *
 * It may call nothing that can be probed, or the machine dies in a fault that begets
 * itself: a fault inside copy_from_kernel_nofault() while that function's instruction
 * is single-stepped cannot stand one breakpoint more. So it is noinstr, has no calls
 * but of __always_inline functions, and only stores.
 *
 * Context: the page fault's, interrupts off.
 */
typedef void (*probe_trap_notice_t)(void *unused, unsigned long addr, struct pt_regs *regs,
				    unsigned long error);

extern struct probe_trap {
	struct mutex lock;
	unsigned int users;
	struct tracepoint *point;
} probe_trap;

PROBE_SHARED struct probe_trap probe_trap = { .lock = __MUTEX_INITIALIZER(probe_trap.lock) };

static inline void probe_trap_find(struct tracepoint *point, void *unused)
{
	if (!strcmp(point->name, "page_fault_kernel"))
		probe_trap.point = point;
}

/**
 * probe_trap_start() - begin to be told of page faults in kernel mode
 * @notice: what to call; the same each time, in all C files of a module
 * @die:    for the die notifier chain, or NULL; the same each time
 *
 * Context: process context, may sleep.
 * Return: 0, to be undone by probe_trap_stop(); -EOPNOTSUPP where nobody tells;
 * another error of tracepoint_probe_register().
 */
static inline int probe_trap_start(probe_trap_notice_t notice, struct notifier_block *die)
{
	int err = 0;

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return -EOPNOTSUPP;
	mutex_lock(&probe_trap.lock);
	if (!probe_trap.users) {
		for_each_kernel_tracepoint(probe_trap_find, NULL);
		err = probe_trap.point ?
			tracepoint_probe_register(probe_trap.point, notice, NULL) : -EOPNOTSUPP;
		if (!err && die)
			register_die_notifier(die);	/* never fails */
	}
	if (!err)
		probe_trap.users++;
	mutex_unlock(&probe_trap.lock);
	return err;
}

/**
 * probe_trap_stop() - end what probe_trap_start() began
 * @notice: as there; no CPU runs it any more, once this was called as often
 * @die:    as there
 *
 * Does nothing where nobody tells.
 *
 * Context: process context, may sleep.
 */
static inline void probe_trap_stop(probe_trap_notice_t notice, struct notifier_block *die)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return;
	mutex_lock(&probe_trap.lock);
	if (probe_trap.users && !--probe_trap.users) {
		if (die)
			unregister_die_notifier(die);
		tracepoint_probe_unregister(probe_trap.point, notice, NULL);
		tracepoint_synchronize_unregister();
	}
	mutex_unlock(&probe_trap.lock);
}

/**
 * probe_trap_context() - what kind of context this CPU is in
 *
 * A handler can be interrupted, and a fault of what interrupted it is none of its
 * own: here the two differ.
 *
 * Context: any.
 * Return: a number, to be compared.
 */
static __always_inline unsigned int probe_trap_context(void)
{
	return preempt_count() & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET);
}

#endif
