/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/syscall_wrapper.h, evened out: where the arguments of a system call are.
 *
 * Its entry function has one argument, the caller's registers, since commit
 * fa697140f9a2 ("syscalls/x86: Use 'struct pt_regs' based syscall calling
 * convention for 64-bit syscalls") (v4.17) and commit 4378a7d4be30 ("arm64:
 * implement syscall wrappers") (v4.19).
 */
#ifndef COMPAT_SYSCALL_H
#define COMPAT_SYSCALL_H

#include <linux/ptrace.h>
#include <linux/stddef.h>
#include <linux/string.h>

#define PROBE_SYSCALL_ARGS 6

#if defined(CONFIG_X86_64)

#define PROBE_SYSCALL_PREFIX "__x64_sys_"
#define PROBE_SYSCALL_PREFIX_COMPAT "__ia32_"

static const unsigned short probe_syscall_regs[PROBE_SYSCALL_ARGS] = {
	offsetof(struct pt_regs, di), offsetof(struct pt_regs, si),
	offsetof(struct pt_regs, dx), offsetof(struct pt_regs, r10),
	offsetof(struct pt_regs, r8), offsetof(struct pt_regs, r9),
};

static const unsigned short probe_syscall_regs_compat[PROBE_SYSCALL_ARGS] = {
	offsetof(struct pt_regs, bx), offsetof(struct pt_regs, cx),
	offsetof(struct pt_regs, dx), offsetof(struct pt_regs, si),
	offsetof(struct pt_regs, di), offsetof(struct pt_regs, bp),
};

#elif defined(CONFIG_ARM64)

#define PROBE_SYSCALL_PREFIX "__arm64_sys_"
#define PROBE_SYSCALL_PREFIX_COMPAT "__arm64_compat_sys_"

static const unsigned short probe_syscall_regs[PROBE_SYSCALL_ARGS] = {
	offsetof(struct pt_regs, regs[0]), offsetof(struct pt_regs, regs[1]),
	offsetof(struct pt_regs, regs[2]), offsetof(struct pt_regs, regs[3]),
	offsetof(struct pt_regs, regs[4]), offsetof(struct pt_regs, regs[5]),
};

#define probe_syscall_regs_compat probe_syscall_regs

#else
#error "How a system call gets its arguments is not known here: x86-64 and arm64 are supported."
#endif

/**
 * probe_syscall_args() - where the arguments are, if a function is a system call
 * @name: of the function
 *
 * Context: any.
 * Return: PROBE_SYSCALL_ARGS offsets in the struct pt_regs that the function's
 * first argument points to; NULL if it takes its arguments as all functions do.
 */
static inline const unsigned short *probe_syscall_args(const char *name)
{
	if (strstarts(name, PROBE_SYSCALL_PREFIX))
		return probe_syscall_regs;
	if (strstarts(name, PROBE_SYSCALL_PREFIX_COMPAT))
		return probe_syscall_regs_compat;
	return NULL;
}

#endif
