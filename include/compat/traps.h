/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/traps.h and asm/kdebug.h, evened out: the number of a page fault, and which
 * event of the die notifiers is a general protection fault.
 */
#ifndef COMPAT_TRAPS_H
#define COMPAT_TRAPS_H

#include <linux/kdebug.h>

#if defined(CONFIG_X86_64)

#include <asm/trapnr.h>

#define PROBE_TRAP_PAGE_FAULT	X86_TRAP_PF
#define PROBE_DIE_PROTECTION	DIE_GPF

#else

/* Fault handlers were given the syndrome register; such an event there is none. */
#define PROBE_TRAP_PAGE_FAULT	0
#define PROBE_DIE_PROTECTION	DIE_UNUSED

#endif

#endif
