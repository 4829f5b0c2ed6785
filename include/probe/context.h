/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Was a hit in an interrupt? The task that was interrupted has nothing to do with such a
 * hit, so the hit must not be judged by that task.
 */
#ifndef PROBE_CONTEXT_H
#define PROBE_CONTEXT_H

#include <linux/compiler.h>
#include <linux/hardirq.h>
#include <linux/preempt.h>

#include <probe/arch.h>

/* A handler's interrupt level, less what the probe's own breakpoint has added. */
static noinline __maybe_unused unsigned int
probe_context_interrupt_level_of(const struct kprobe *kp)
{
	unsigned int count = preempt_count() & (NMI_MASK | HARDIRQ_MASK);

	if (count & NMI_MASK && probe_enters_nmi(kp))
		count -= NMI_OFFSET + HARDIRQ_OFFSET;
	return count;
}

/**
 * probe_context_interrupt_level() - which interrupts was the probed code in?
 * @kp: the probe that was hit. NULL: not known, or at a return; a breakpoint is then
 *      assumed wherever there may have been one
 *
 * A kernel thread is a task, and code outside irq_enter() and irq_exit() is task context.
 *
 * Context: a handler.
 * Return: NMI_MASK and HARDIRQ_MASK bits of preempt_count() as it was before the probe
 * was hit.
 */
static __always_inline unsigned int probe_context_interrupt_level(const struct kprobe *kp)
{
	if (likely(!(preempt_count() & (NMI_MASK | HARDIRQ_MASK))))
		return 0;
	return probe_context_interrupt_level_of(kp);
}

/**
 * probe_context_in_interrupt() - was the probed code in an NMI, a hardirq or a softirq?
 * @kp: as for probe_context_interrupt_level()
 *
 * Context: a handler.
 */
static __always_inline bool probe_context_in_interrupt(const struct kprobe *kp)
{
	return in_serving_softirq() || probe_context_interrupt_level(kp);
}

/**
 * probe_context_may_be_in_interrupt() - the same, but true for any hit of a breakpoint on x86
 *
 * With fewer instructions, and without a function call.
 *
 * Context: a handler.
 * Return: false if the probed code was in task context.
 */
static __always_inline bool probe_context_may_be_in_interrupt(void)
{
	return (preempt_count() & (NMI_MASK | HARDIRQ_MASK)) | in_serving_softirq();
}

#endif
