/* SPDX-License-Identifier: GPL-2.0-only */
/* Compatibility for linux/kprobes.h: get_kretprobe(), and kprobe.fault_handler. */
#ifndef COMPAT_KPROBES_H
#define COMPAT_KPROBES_H

#include <linux/kprobes.h>
#include <linux/version.h>

#include <probe/arch.h>

/* The oldest kernel that this is written for; nothing else tells. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(4, 18, 0)
#error "Linux 4.18 or newer is required."
#endif

#if !__has_include(<linux/freelist.h>) && !__has_include(<linux/rethook.h>)
/*
 * before commit d741bf41d7c7 ("kprobes: Remove kretprobe hash") (v5.11), which came with
 * freelist.h; every kernel without freelist.h since then has rethook.h (v5.18)
 */
static inline struct kretprobe *get_kretprobe(struct kretprobe_instance *ri)
{
	return ri->rp;
}
#endif

/**
 * typedef probe_fault_handler_t - called for a fault of another handler of a probe
 * @p:      the probe
 * @regs:   registers at the faulting instruction
 * @trapnr: number of the trap
 *
 * Return: 0 to have the kernel go on: with the fixup, or the oops; 1 to resume at
 * instruction_pointer(@regs), where that is possible.
 */
typedef int (*probe_fault_handler_t)(struct kprobe *p, struct pt_regs *regs, int trapnr);

/**
 * probe_fault_handler_set() - let the kernel call the fault handler of a probe
 * @p:       the kprobe, not registered
 * @handler: the fault handler
 *
 * Context: any.
 * Return: false if the kernel has no fault handlers, or does not call them for all faults.
 */
static inline bool probe_fault_handler_set(struct kprobe *p, probe_fault_handler_t handler)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0)
	/*
	 * before commit ec6aba3d2be1 ("kprobes: Remove kprobe::fault_handler") (v5.14);
	 * nothing else tells: no macro and no header came with it
	 */
	if (PROBE_KERNEL_FAULT_HANDLER) {
		p->fault_handler = handler;
		return true;
	}
#endif
	return false;
}

#endif
