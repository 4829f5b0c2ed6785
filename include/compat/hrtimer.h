/* SPDX-License-Identifier: GPL-2.0-only */
/* Compatibility for linux/hrtimer.h: hrtimer_setup(). */
#ifndef COMPAT_HRTIMER_H
#define COMPAT_HRTIMER_H

#include <linux/hrtimer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
/*
 * before commit 908a1d775422 ("hrtimers: Introduce hrtimer_setup()") (v6.13);
 * nothing else tells: it is a function
 */
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}
#endif

#endif
