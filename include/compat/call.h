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

#if defined(CONFIG_ARM64)

/* Has the address of a result that does not fit into registers. */
#define PROBE_CALL_RESULT "x8"

/*
 * AAPCS64, 6.9: a result of more than 16 bytes is written to where x8 points when the
 * function is called. C has no words for that, so x8 and the function follow the 18 words:
 * eight of these are in registers and ten on the stack. It jumps, so that the function finds
 * the ten where it looks for them, and returns to the caller.
 */
asm(
"	.pushsection .text, \"ax\"\n"
"	.balign	4\n"
"	.weak	probe_call_x8\n"
"	.type	probe_call_x8, %function\n"
"probe_call_x8:\n"
"	ldp	x8, x16, [sp, #80]\n"
"	br	x16\n"
"	.size	probe_call_x8, . - probe_call_x8\n"
"	.popsection\n"
);

asmlinkage void probe_call_x8(unsigned long, unsigned long, unsigned long, unsigned long,
			      unsigned long, unsigned long, unsigned long, unsigned long,
			      unsigned long, unsigned long, unsigned long, unsigned long,
			      unsigned long, unsigned long, unsigned long, unsigned long,
			      unsigned long, unsigned long,
			      unsigned long x8, probe_call_t function);

#define probe_call(function, regs, ...) \
	probe_call_x8(__VA_ARGS__, (regs)->regs[8], function)

#else

/**
 * probe_call() - call a function with what another function was given
 * @function: what to call, a probe_call_t
 * @regs:     registers at the first instruction of the other function
 * @...:      PROBE_CALL_WORDS words of arguments
 *
 * A result that does not fit into registers is written to where that of the other function
 * goes. x86 passes the address of that place as the first argument.
 *
 * Context: any in which @function may be called.
 */
#define probe_call(function, regs, ...) ((void)(regs), (function)(__VA_ARGS__))

#endif

#endif
