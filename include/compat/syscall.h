/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/syscall_wrapper.h, evened out: which functions are a system call's own, and where
 * their arguments are.
 *
 * The entry function of a system call has one argument, the caller's registers, since
 * commit fa697140f9a2 ("syscalls/x86: Use 'struct pt_regs' based syscall calling
 * convention for 64-bit syscalls") (v4.17) and commit 4378a7d4be30 ("arm64:
 * implement syscall wrappers") (v4.19). What it calls is inlined into it, or is a function
 * of its own that has the arguments as any function has.
 */
#ifndef COMPAT_SYSCALL_H
#define COMPAT_SYSCALL_H

#include <linux/kernel.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include <compat/uaccess.h>

#define PROBE_SYSCALL_ARGS 6

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

#if defined(CONFIG_X86_64)

#define PROBE_SYSCALL_PREFIX "__x64_sys_"
/* Of 32-bit programs: where a system call has another function for them, and where not. */
#define PROBE_SYSCALL_PREFIX_COMPAT "__ia32_compat_sys_"
#define PROBE_SYSCALL_PREFIXES_32 PROBE_SYSCALL_PREFIX_COMPAT, "__ia32_sys_"

static const unsigned short probe_syscall_regs[PROBE_SYSCALL_ARGS] = {
	offsetof(struct pt_regs, di), offsetof(struct pt_regs, si),
	offsetof(struct pt_regs, dx), offsetof(struct pt_regs, r10),
	offsetof(struct pt_regs, r8), offsetof(struct pt_regs, r9),
};

/* Which bits are set in any of the arguments. */
static __always_inline unsigned long probe_syscall_or_args(const struct pt_regs *regs)
{
	return regs->di | regs->si | regs->dx | regs->r10 | regs->r8 | regs->r9;
}

static const unsigned short probe_syscall_regs_ia32[PROBE_SYSCALL_ARGS] = {
	offsetof(struct pt_regs, bx), offsetof(struct pt_regs, cx),
	offsetof(struct pt_regs, dx), offsetof(struct pt_regs, si),
	offsetof(struct pt_regs, di), offsetof(struct pt_regs, bp),
};

#define PROBE_SYSCALL_ENTRIES						\
	{ PROBE_SYSCALL_PREFIX, probe_syscall_regs },			\
	{ "__x64_compat_sys_", probe_syscall_regs },			\
	{ PROBE_SYSCALL_PREFIX_COMPAT, probe_syscall_regs_ia32, true },	\
	{ "__ia32_sys_", probe_syscall_regs_ia32, true }

#elif defined(CONFIG_ARM64)

#define PROBE_SYSCALL_PREFIX "__arm64_sys_"
/* The others have one function for all programs. */
#define PROBE_SYSCALL_PREFIX_COMPAT "__arm64_compat_sys_"
#define PROBE_SYSCALL_PREFIXES_32 PROBE_SYSCALL_PREFIX_COMPAT

static const unsigned short probe_syscall_regs[PROBE_SYSCALL_ARGS] = {
	offsetof(struct pt_regs, regs[0]), offsetof(struct pt_regs, regs[1]),
	offsetof(struct pt_regs, regs[2]), offsetof(struct pt_regs, regs[3]),
	offsetof(struct pt_regs, regs[4]), offsetof(struct pt_regs, regs[5]),
};

static __always_inline unsigned long probe_syscall_or_args(const struct pt_regs *regs)
{
	return regs->regs[0] | regs->regs[1] | regs->regs[2] | regs->regs[3] |
	       regs->regs[4] | regs->regs[5];
}

#define PROBE_SYSCALL_ENTRIES						\
	{ PROBE_SYSCALL_PREFIX, probe_syscall_regs },			\
	{ PROBE_SYSCALL_PREFIX_COMPAT, probe_syscall_regs, true }

#else
#error "How a system call gets its arguments is not known here: x86-64 and arm64 are supported."
#endif

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
