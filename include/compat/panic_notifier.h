/* SPDX-License-Identifier: GPL-2.0-only */
/* Compatibility for linux/panic_notifier.h: panic_notifier_list. */
#ifndef COMPAT_PANIC_NOTIFIER_H
#define COMPAT_PANIC_NOTIFIER_H

#include <linux/notifier.h>

#if __has_include(<linux/panic_notifier.h>)
#include <linux/panic_notifier.h>
#else
/* before commit f39650de687e ("kernel.h: split out panic and oops helpers") (v5.14) */
#include <linux/kernel.h>
#endif

#endif
