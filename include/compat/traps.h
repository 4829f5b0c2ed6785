/* SPDX-License-Identifier: GPL-2.0-only */
/* asm/trapnr.h, evened out: the numbers of traps on x86. */
#ifndef COMPAT_TRAPS_H
#define COMPAT_TRAPS_H

#include <asm/trapnr.h>

#endif
