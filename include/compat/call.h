/* SPDX-License-Identifier: GPL-2.0-only */
/* Calling a function as another function was called, of which only registers are known. */
#ifndef COMPAT_CALL_H
#define COMPAT_CALL_H

#include <linux/linkage.h>
#include <linux/ptrace.h>

/* So many words of arguments are passed. */
#define PROBE_CALL_WORDS 18

/**
 * typedef probe_call_t - what a function is called as, whatever its type is
 *
 * A function takes as many of the words as its type says.
 */
typedef void (*probe_call_t)(unsigned long, unsigned long, unsigned long, unsigned long,
			     unsigned long, unsigned long, unsigned long, unsigned long,
			     unsigned long, unsigned long, unsigned long, unsigned long,
			     unsigned long, unsigned long, unsigned long, unsigned long,
			     unsigned long, unsigned long);

/**
 * probe_call() - call a function with what another function was given
 * @function: what to call, a probe_call_t
 * @regs:     registers at the first instruction of the other function
 * @...:      PROBE_CALL_WORDS words of arguments
 *
 * Context: any in which @function may be called.
 */
#define probe_call(function, regs, ...) (function)(__VA_ARGS__)

#endif
