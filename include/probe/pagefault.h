/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Call a function at each page fault in kernel mode, before the kernel handles the fault.
 *
 * This uses the tracepoint exceptions:page_fault_kernel, on x86-64 with CONFIG_TRACEPOINTS. It is
 * registered only while there are users. A notifier for oopses can be registered together with
 * it.
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

#include <probe/arch.h>
#include <probe/shared.h>

/**
 * typedef probe_pagefault_callback_t - called at each page fault in kernel mode
 * @unused: NULL
 * @addr:   the address that could not be accessed
 * @regs:   registers at the faulting instruction
 * @error:  the error code of the CPU
 *
 * It must not call a function that can be probed. If the fault happens while an instruction
 * of copy_from_kernel_nofault() is single-stepped, another breakpoint is a fatal recursion.
 * So it is noinstr, calls only __always_inline functions, and only stores.
 *
 * Context: the page fault handler, interrupts disabled.
 */
typedef void (*probe_pagefault_callback_t)(void *unused, unsigned long addr, struct pt_regs *regs,
					   unsigned long error);

/**
 * struct probe_pagefault - state of the registration
 * @lock:       protects @users and @tracepoint
 * @users:      number of probe_pagefault_start() without probe_pagefault_stop()
 * @tracepoint: the tracepoint, or NULL if the kernel has none
 */
extern struct probe_pagefault {
	struct mutex lock;
	unsigned int users;
	struct tracepoint *tracepoint;
} probe_pagefault;

PROBE_SHARED struct probe_pagefault probe_pagefault = {
	.lock = __MUTEX_INITIALIZER(probe_pagefault.lock),
};

static inline void probe_pagefault_find(struct tracepoint *tracepoint, void *unused)
{
	if (!strcmp(tracepoint->name, "page_fault_kernel"))
		probe_pagefault.tracepoint = tracepoint;
}

/**
 * probe_pagefault_start() - start to call a function at each page fault in kernel mode
 * @callback: the function; must be the same in each call, in all C files of a module
 * @die:      registered as a die notifier, or NULL; must be the same in each call
 *
 * Context: process context, may sleep.
 * Return: 0, to be undone by probe_pagefault_stop(); -EOPNOTSUPP if the kernel has no such
 * tracepoint; another error of tracepoint_probe_register().
 */
static inline int probe_pagefault_start(probe_pagefault_callback_t callback,
					struct notifier_block *die)
{
	int err = 0;

	if (!PROBE_TRAP_PAGE_FAULT || !IS_ENABLED(CONFIG_TRACEPOINTS))
		return -EOPNOTSUPP;
	mutex_lock(&probe_pagefault.lock);
	if (!probe_pagefault.users) {
		for_each_kernel_tracepoint(probe_pagefault_find, NULL);
		err = probe_pagefault.tracepoint ?
			tracepoint_probe_register(probe_pagefault.tracepoint, callback, NULL) :
			-EOPNOTSUPP;
		if (!err && die)
			register_die_notifier(die);	/* never fails */
	}
	if (!err)
		probe_pagefault.users++;
	mutex_unlock(&probe_pagefault.lock);
	return err;
}

/**
 * probe_pagefault_stop() - undo probe_pagefault_start()
 * @callback: as for probe_pagefault_start()
 * @die:      as for probe_pagefault_start()
 *
 * After the call for the last user no CPU runs @callback any more. Does nothing if the kernel
 * has no such tracepoint.
 *
 * Context: process context, may sleep.
 */
static inline void probe_pagefault_stop(probe_pagefault_callback_t callback,
					struct notifier_block *die)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return;
	mutex_lock(&probe_pagefault.lock);
	if (probe_pagefault.users && !--probe_pagefault.users) {
		if (die)
			unregister_die_notifier(die);
		tracepoint_probe_unregister(probe_pagefault.tracepoint, callback, NULL);
		tracepoint_synchronize_unregister();
	}
	mutex_unlock(&probe_pagefault.lock);
}

/**
 * probe_pagefault_context() - the interrupt level of this CPU
 *
 * Distinguishes a fault of a handler from one of an interrupt during that handler.
 *
 * Context: any.
 * Return: a value that is only compared with another one.
 */
static __always_inline unsigned int probe_pagefault_context(void)
{
	return preempt_count() & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET);
}

#endif
