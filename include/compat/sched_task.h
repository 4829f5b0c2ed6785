/* SPDX-License-Identifier: GPL-2.0-only */
/* Compatibility for linux/sched/task.h: the arguments of kernel_clone(), or _do_fork(). */
#ifndef COMPAT_SCHED_TASK_H
#define COMPAT_SCHED_TASK_H

#include <linux/sched/task.h>

#ifdef CLONE_LEGACY_FLAGS
#define PROBE_CLONE_HAS_ARGS true
#else
/* before commit 7f192e3cd316 ("fork: add clone3") (v5.3), which introduced that macro */
#define PROBE_CLONE_HAS_ARGS false
struct kernel_clone_args {
	u64 flags;
	int exit_signal;
	unsigned long stack;
	unsigned long stack_size;
};
#endif

#endif
