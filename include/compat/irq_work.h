/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compatibility for linux/irq_work.h: initialize an irq_work that runs in hard interrupt
 * context on PREEMPT_RT, too.
 */
#ifndef COMPAT_IRQ_WORK_H
#define COMPAT_IRQ_WORK_H

#include <linux/irq_work.h>

/**
 * probe_irq_work_init() - initialize an irq_work that PREEMPT_RT does not defer
 * @work: the irq_work
 * @func: its function, called in hard interrupt context
 *
 * Context: any.
 */
static inline void probe_irq_work_init(struct irq_work *work,
				       void (*func)(struct irq_work *))
{
#ifdef IRQ_WORK_INIT_HARD
	*work = IRQ_WORK_INIT_HARD(func);
#else
	/*
	 * before commit 7a9f50a05843 ("irq_work: Cleanup") (v5.11), which introduced that
	 * macro; openEuler 22.03 has it on 5.10
	 */
	init_irq_work(work, func);
#ifdef CONFIG_PREEMPT_RT
	/*
	 * an unsigned long before commit 153bedbac2eb ("irq_work: Convert flags to
	 * atomic_t") (v5.5)
	 */
	work->flags = (typeof(work->flags)) { IRQ_WORK_HARD_IRQ };
#endif
#endif
}

#endif
