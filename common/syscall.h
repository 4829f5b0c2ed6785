/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recognise the functions of system calls by their names, and find their arguments.
 *
 * The function of a system call has one argument, a pointer to the caller's registers, since
 * commit fa697140f9a2 ("syscalls/x86: Use 'struct pt_regs' based syscall calling
 * convention for 64-bit syscalls") (v4.17) and commit 4378a7d4be30 ("arm64:
 * implement syscall wrappers") (v4.19). It calls another function, which may be inlined and
 * gets the arguments like any other function.
 */
#ifndef COMMON_SYSCALL_H
#define COMMON_SYSCALL_H

#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>

#include <probe/arch.h>

/**
 * struct probe_syscall - the functions of system calls with a common prefix
 * @prefix: the prefix of their names
 * @args:   offsets of the arguments in the struct pt_regs that the first argument points to;
 *          NULL if the function gets its arguments like any other function
 * @narrow: the arguments are only the lower halves of the registers, as the caller is a
 *          32-bit program. A 64-bit program that uses int 0x80 can set the upper halves
 */
struct probe_syscall {
	const char *prefix;
	const unsigned short *args;
	bool narrow;
};

static const unsigned short probe_syscall_regs[] = { PROBE_SYSCALL_REGS };
static const unsigned short probe_syscall_regs_compat[] __maybe_unused = {
	PROBE_SYSCALL_REGS_COMPAT
};

static const struct probe_syscall probe_syscalls[] = {
	PROBE_SYSCALL_ENTRIES,
	{ "__se_sys_" }, { "__do_sys_" }, { "__se_compat_sys_" }, { "__do_compat_sys_" },
};

/**
 * probe_syscall() - is this the function of a system call?
 * @name: the name of the function
 *
 * Context: any.
 * Return: how the function gets its arguments; NULL for any other function.
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
 * probe_syscall_has_kernel_addr() - may an argument of the system call be a kernel address?
 *
 * Looks at the registers with which the current process entered the kernel. If this is false,
 * probe_syscall_is_arg() is false for every kernel address.
 *
 * Context: any.
 */
static __always_inline bool probe_syscall_has_kernel_addr(void)
{
	return probe_is_kernel_addr(probe_syscall_or_args(task_pt_regs(current)));
}

/**
 * probe_syscall_is_arg() - is a value an argument of the system call?
 * @value: the value
 *
 * Looks at the registers with which the current process entered the kernel.
 *
 * Context: any.
 */
static noinline bool probe_syscall_is_arg(unsigned long value)
{
	const char *regs = (const char *)task_pt_regs(current);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probe_syscall_regs); i++)
		if (*(const unsigned long *)(regs + probe_syscall_regs[i]) == value)
			return true;
	return false;
}

#endif
