/* SPDX-License-Identifier: GPL-2.0-only */
/* Compatibility for linux/sched/task.h: the arguments of kernel_clone(), or _do_fork(). */
#ifndef COMPAT_SCHED_TASK_H
#define COMPAT_SCHED_TASK_H

#include <linux/sched/task.h>

#ifdef CLONE_ARGS_SIZE_VER0
#define PROBE_CLONE_HAS_ARGS true
#else
/*
 * before commit 7f192e3cd316 ("fork: add clone3") (v5.3); that macro came with commit
 * f14c234b4bc5 ("clone3: switch to copy_struct_from_user()") (v5.4)
 */
#define PROBE_CLONE_HAS_ARGS false
struct kernel_clone_args {
	u64 flags;
	int exit_signal;
	unsigned long stack;
	unsigned long stack_size;
};
#endif

#endif
