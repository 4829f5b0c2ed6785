/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * To be told of page faults in kernel mode, before anything is done about them:
 * through the tracepoint exceptions:page_fault_kernel. Only where there is one, that
 * is on x86-64 with CONFIG_TRACEPOINTS, and only while somebody wants to know. And of
 * what ends in an oops.
 */
#ifndef PROBE_PAGEFAULT_H
#define PROBE_PAGEFAULT_H

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
 * typedef probe_pagefault_callback_t - what is called at each page fault in kernel mode
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
typedef void (*probe_pagefault_callback_t)(void *unused, unsigned long addr, struct pt_regs *regs,
					   unsigned long error);

extern struct probe_pagefault {
	struct mutex lock;
	unsigned int users;
	struct tracepoint *point;
} probe_pagefault;

PROBE_SHARED struct probe_pagefault probe_pagefault = { .lock = __MUTEX_INITIALIZER(probe_pagefault.lock) };

static inline void probe_pagefault_find(struct tracepoint *point, void *unused)
{
	if (!strcmp(point->name, "page_fault_kernel"))
		probe_pagefault.point = point;
}

/**
 * probe_pagefault_start() - begin to be told of page faults in kernel mode
 * @notice: what to call; the same each time, in all C files of a module
 * @die:    for the die notifier chain, or NULL; the same each time
 *
 * Context: process context, may sleep.
 * Return: 0, to be undone by probe_pagefault_stop(); -EOPNOTSUPP where nobody tells;
 * another error of tracepoint_probe_register().
 */
static inline int probe_pagefault_start(probe_pagefault_callback_t notice, struct notifier_block *die)
{
	int err = 0;

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return -EOPNOTSUPP;
	mutex_lock(&probe_pagefault.lock);
	if (!probe_pagefault.users) {
		for_each_kernel_tracepoint(probe_pagefault_find, NULL);
		err = probe_pagefault.point ?
			tracepoint_probe_register(probe_pagefault.point, notice, NULL) : -EOPNOTSUPP;
		if (!err && die)
			register_die_notifier(die);	/* never fails */
	}
	if (!err)
		probe_pagefault.users++;
	mutex_unlock(&probe_pagefault.lock);
	return err;
}

/**
 * probe_pagefault_stop() - end what probe_pagefault_start() began
 * @notice: as there; no CPU runs it any more, once this was called as often
 * @die:    as there
 *
 * Does nothing where nobody tells.
 *
 * Context: process context, may sleep.
 */
static inline void probe_pagefault_stop(probe_pagefault_callback_t notice, struct notifier_block *die)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return;
	mutex_lock(&probe_pagefault.lock);
	if (probe_pagefault.users && !--probe_pagefault.users) {
		if (die)
			unregister_die_notifier(die);
		tracepoint_probe_unregister(probe_pagefault.point, notice, NULL);
		tracepoint_synchronize_unregister();
	}
	mutex_unlock(&probe_pagefault.lock);
}

/**
 * probe_pagefault_context() - what kind of context this CPU is in
 *
 * A handler can be interrupted, and a fault of what interrupted it is none of its
 * own: here the two differ.
 *
 * Context: any.
 * Return: a number, to be compared.
 */
static __always_inline unsigned int probe_pagefault_context(void)
{
	return preempt_count() & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET);
}

#endif
