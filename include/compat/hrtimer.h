/* SPDX-License-Identifier: GPL-2.0-only */
/* Compatibility for linux/hrtimer.h: initialize a timer. */
#ifndef COMPAT_HRTIMER_H
#define COMPAT_HRTIMER_H

#include <linux/hrtimer.h>
#include <linux/version.h>

/**
 * probe_hrtimer_init() - initialize a timer
 * @timer:    the timer
 * @function: called when it expires
 * @clock_id: its clock
 * @mode:     its modes
 *
 * Context: any.
 */
static inline void probe_hrtimer_init(struct hrtimer *timer,
				      enum hrtimer_restart (*function)(struct hrtimer *),
				      clockid_t clock_id, enum hrtimer_mode mode)
{
/*
 * commit 908a1d775422 ("hrtimers: Introduce hrtimer_setup() to replace hrtimer_init()") (v6.13);
 * nothing else tells: it is a function. On an older kernel with a backport, such as Ubuntu's 6.8,
 * the code for older kernels works, too.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, function, clock_id, mode);
#else
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
#endif
}

#endif
