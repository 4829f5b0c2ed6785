/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which functions are a system call's own, and where their arguments are.
 *
 * The entry function of a system call has one argument, the caller's registers, since
 * commit fa697140f9a2 ("syscalls/x86: Use 'struct pt_regs' based syscall calling
 * convention for 64-bit syscalls") (v4.17) and commit 4378a7d4be30 ("arm64:
 * implement syscall wrappers") (v4.19). What it calls is inlined into it, or is a function
 * of its own that has the arguments as any function has.
 */
#ifndef COMMON_SYSCALL_H
#define COMMON_SYSCALL_H

#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>

#include <probe/arch.h>

/**
 * struct probe_syscall - the functions of system calls whose names begin alike
 * @prefix: with which they begin
 * @args:   where the arguments are in the struct pt_regs that the function's first
 *          argument points to; NULL if it takes them as all functions do
 * @narrow: the caller is a 32-bit program, and the arguments are the lower halves of its
 *          registers: a 64-bit program that uses int 0x80 can have more in them
 */
struct probe_syscall {
	const char *prefix;
	const unsigned short *args;
	bool narrow;
};

static const unsigned short probe_syscall_regs[] = { PROBE_SYSCALL_REGS };
static const unsigned short probe_syscall_regs_compat[] = { PROBE_SYSCALL_REGS_COMPAT };

static const struct probe_syscall probe_syscalls[] = {
	PROBE_SYSCALL_ENTRIES,
	{ "__se_sys_" }, { "__do_sys_" }, { "__se_compat_sys_" }, { "__do_compat_sys_" },
};

/**
 * probe_syscall() - is a function a system call's own?
 * @name: of the function
 *
 * Context: any.
 * Return: how it gets its arguments; NULL for any other function.
 */
static inline const struct probe_syscall *probe_syscall(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probe_syscalls); i++)
		if (strstarts(name, probe_syscalls[i].prefix))
			return &probe_syscalls[i];
	return NULL;
}

/**
 * probe_syscall_has_kernel_addr() - has the current process put into one of its registers
 *				     for a system call's arguments what could be an address
 *				     of the kernel?
 *
 * Context: any.
 */
static __always_inline bool probe_syscall_has_kernel_addr(void)
{
	return probe_is_kernel_addr(probe_syscall_or_args(task_pt_regs(current)));
}

/**
 * probe_is_syscall_arg() - has the current process put a value into one of them?
 * @value: the value
 *
 * Context: any.
 */
static noinline bool probe_is_syscall_arg(unsigned long value)
{
	const char *regs = (const char *)task_pt_regs(current);
	unsigned int i;

	for (i = 0; i < PROBE_SYSCALL_ARGS; i++)
		if (*(const unsigned long *)(regs + probe_syscall_regs[i]) == value)
			return true;
	return false;
}

#endif
