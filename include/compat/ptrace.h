/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/ptrace.h, evened out: which registers of a struct pt_regs carry the
 * arguments of a function, where its stack arguments begin, and the flags.
 */
#ifndef COMPAT_PTRACE_H
#define COMPAT_PTRACE_H

#include <linux/compiler.h>
#include <linux/ptrace.h>

#if defined(CONFIG_X86_64)

/* System V ABI, AMD64 supplement, 3.2.3: rdi rsi rdx rcx r8 r9, then the stack */
#define PROBE_REG_ARGS 6
/* At a function's first instruction the stack pointer is at the return address. */
#define PROBE_STACK_ARGS_OFFSET sizeof(long)

/**
 * probe_reg_args() - copy the argument registers of a function's entry
 * @regs: registers at the function's first instruction
 * @args: PROBE_REG_ARGS words
 *
 * Context: any.
 */
static __always_inline void probe_reg_args(const struct pt_regs *regs,
					   unsigned long *args)
{
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	args[3] = regs->cx;
	args[4] = regs->r8;
	args[5] = regs->r9;
}

/**
 * probe_regs_flags() - the flags register (x86: flags, arm64: pstate)
 * @regs: registers at a hit
 *
 * Context: any.
 * Return: the register's value.
 */
static __always_inline unsigned long probe_regs_flags(const struct pt_regs *regs)
{
	return regs->flags;
}

#elif defined(CONFIG_ARM64)

/* AAPCS64, 6.8.2: x0 ... x7, then the stack */
#define PROBE_REG_ARGS 8
/* The return address is in x30, so stack arguments begin at sp itself. */
#define PROBE_STACK_ARGS_OFFSET 0

static __always_inline void probe_reg_args(const struct pt_regs *regs,
					   unsigned long *args)
{
	int i;

	for (i = 0; i < PROBE_REG_ARGS; i++)
		args[i] = regs->regs[i];
}

static __always_inline unsigned long probe_regs_flags(const struct pt_regs *regs)
{
	return regs->pstate;
}

#else
#error "This architecture's calling convention is not known here: x86-64 and arm64 are supported."
#endif

#endif
