/* SPDX-License-Identifier: GPL-2.0-only */
/* Compatibility for linux/build_bug.h: static_assert(). */
#ifndef COMPAT_BUILD_BUG_H
#define COMPAT_BUILD_BUG_H

#include <linux/build_bug.h>

#ifndef static_assert
/* before commit 6bab69c65013 ("build_bug.h: add wrapper for _Static_assert") (v5.1) */
#define static_assert(condition) _Static_assert(condition, #condition)
#endif

#endif
