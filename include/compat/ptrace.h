/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/ptrace.h, evened out: which registers of a struct pt_regs carry the
 * arguments of a function, where its stack arguments begin, and the flags.
 */
#ifndef COMPAT_PTRACE_H
#define COMPAT_PTRACE_H

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/ptrace.h>
#include <linux/stddef.h>
#include <linux/string.h>

/* Where a register is in struct pt_regs. */
struct probe_reg {
	const char *name;
	unsigned int offset;
};

#define PROBE_REG(field) { #field, offsetof(struct pt_regs, field) }

#if defined(CONFIG_X86_64)

#define PROBE_REG_NAMES "ax bx cx dx si di bp sp r8 ... r15 ip flags"

/*
 * The names are those of the kernel's own regs_query_register_offset(); those that have
 * no meaning in a function of the kernel are left out.
 */
static const struct probe_reg probe_regs[] = {
	PROBE_REG(di), PROBE_REG(si), PROBE_REG(dx), PROBE_REG(cx), PROBE_REG(r8),
	PROBE_REG(r9), PROBE_REG(ax), PROBE_REG(bx), PROBE_REG(bp), PROBE_REG(sp),
	PROBE_REG(r10), PROBE_REG(r11), PROBE_REG(r12), PROBE_REG(r13), PROBE_REG(r14),
	PROBE_REG(r15), PROBE_REG(ip), PROBE_REG(flags),
};

#define PROBE_REG_STACK offsetof(struct pt_regs, sp)
#define PROBE_REG_RETURN offsetof(struct pt_regs, ax)

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

#define PROBE_REG_NAMES "x0 ... x30 lr sp pc pstate"

#define PROBE_REG_X(n) { "x" #n, offsetof(struct pt_regs, regs[n]) }

static const struct probe_reg probe_regs[] = {
	PROBE_REG_X(0), PROBE_REG_X(1), PROBE_REG_X(2), PROBE_REG_X(3), PROBE_REG_X(4),
	PROBE_REG_X(5), PROBE_REG_X(6), PROBE_REG_X(7), PROBE_REG_X(8), PROBE_REG_X(9),
	PROBE_REG_X(10), PROBE_REG_X(11), PROBE_REG_X(12), PROBE_REG_X(13),
	PROBE_REG_X(14), PROBE_REG_X(15), PROBE_REG_X(16), PROBE_REG_X(17),
	PROBE_REG_X(18), PROBE_REG_X(19), PROBE_REG_X(20), PROBE_REG_X(21),
	PROBE_REG_X(22), PROBE_REG_X(23), PROBE_REG_X(24), PROBE_REG_X(25),
	PROBE_REG_X(26), PROBE_REG_X(27), PROBE_REG_X(28), PROBE_REG_X(29),
	PROBE_REG_X(30), { "lr", offsetof(struct pt_regs, regs[30]) },
	PROBE_REG(sp), PROBE_REG(pc), PROBE_REG(pstate),
};

#define PROBE_REG_STACK offsetof(struct pt_regs, sp)
#define PROBE_REG_RETURN offsetof(struct pt_regs, regs[0])

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

/**
 * probe_reg_offset() - where a register is in struct pt_regs
 * @name: its name, not terminated; the first PROBE_REG_ARGS of probe_regs are the
 *        argument registers in their order
 * @len:  characters of it
 *
 * Context: any.
 * Return: the offset, or -1 if there is no such register.
 */
static inline int probe_reg_offset(const char *name, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probe_regs); i++)
		if (strlen(probe_regs[i].name) == len &&
		    !strncmp(probe_regs[i].name, name, len))
			return probe_regs[i].offset;
	return -1;
}

/**
 * probe_reg_read() - one register
 * @regs:   registers at a hit
 * @offset: where it is in struct pt_regs
 *
 * Context: any.
 * Return: its value.
 */
static __always_inline unsigned long probe_reg_read(const struct pt_regs *regs,
						    unsigned int offset)
{
	return *(const unsigned long *)((const char *)regs + offset);
}

#endif
