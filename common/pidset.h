/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process and its descendants, as skip= and pid=+ select them.
 *
 * A set has one bit for each possible tgid. At the tracepoint sched_process_fork each new
 * process gets the bit of the process that forked it, before it runs for the first time. So
 * a bit need not be cleared when a process exits: no process has that tgid until it is
 * reused, and the new process then gets the bit of its own parent. A process keeps its bit
 * while it exits, and after its parent has exited. Threads share the bit of their process,
 * including the threads of io_uring, for which the tracepoint is not called.
 */
#ifndef PROBE_PIDSET_H
#define PROBE_PIDSET_H

#include <linux/bitmap.h>
#include <linux/sched.h>
#include <linux/threads.h>

/**
 * struct probe_pidset - a process and its descendants
 * @bits: indexed by tgid; allocated at the first use, freed with the module
 * @root: tgid of the process; 0: the set is not in use and not kept up to date
 */
struct probe_pidset {
	unsigned long *bits;
	pid_t root;
};

/* The sets of skip= and of pid=+. */
static struct probe_pidset probe_skip_pids, probe_filter_pids;

/**
 * probe_pidset_has() - is a task's process in a set?
 * @set:  a set
 * @task: a task
 *
 * Context: a handler. While the set is being refilled, the result is arbitrary.
 */
static __always_inline bool probe_pidset_has(const struct probe_pidset *set,
					     const struct task_struct *task)
{
	/* Pairs with the release in probe_pidset_fill(). */
	const unsigned long *bits = READ_ONCE(set->bits);

	return bits && test_bit(task->tgid, bits);
}

#endif
