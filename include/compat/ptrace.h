/* SPDX-License-Identifier: GPL-2.0-only */
/* Compatibility for linux/ptrace.h: regs_get_kernel_argument(). */
#ifndef COMPAT_PTRACE_H
#define COMPAT_PTRACE_H

#include <linux/ptrace.h>

#include <probe/arch.h>

#ifndef CONFIG_HAVE_FUNCTION_ARG_ACCESS_API
/*
 * before commit 3c88ee194c28 ("x86: ptrace: Add function argument access API") (v4.20); 32-bit
 * Arm has none
 */
static inline unsigned long regs_get_kernel_argument(struct pt_regs *regs, unsigned int n)
{
	unsigned long args[PROBE_REG_ARGS];

	probe_reg_args(regs, args);
	return n < PROBE_REG_ARGS ? args[n] : 0;
}
#endif

#endif
