/* SPDX-License-Identifier: GPL-2.0-only */
/* Compatibility for asm/trapnr.h: the trap numbers of x86. */
#ifndef COMPAT_TRAPS_H
#define COMPAT_TRAPS_H

#if __has_include(<asm/trapnr.h>)
#include <asm/trapnr.h>
#else
/* before commit 877f183f83cc ("x86/traps: Split trap numbers out in a separate header") (v5.8) */
#include <asm/traps.h>
#endif

#endif
