/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hits that our own output causes. Logging them would cause more of them, on
 * an idle machine for ever, so they are counted as `self` and go no further.
 *
 * A hit is ours when it happens
 *  - while our irq_work wakes the drain thread;
 *  - in the drain thread, or in a kernel thread that prints to a console;
 *  - in an idle task, or another that works for interrupts, just after the drain
 *    thread fell asleep, if it has seen that this has such effects and that there
 *    is nothing else (drain.h);
 *  - in a process that reads the kernel log (reader.h);
 *  - in the process of skip= or a descendant of it (pidset.h).
 */
#ifndef PROBE_ECHO_H
#define PROBE_ECHO_H

#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/string.h>
#include <linux/time64.h>

#include <probe/shared.h>

/*
 * How long after the drain thread began to rest its last effects are expected;
 * on a CPU that is idle a tick may be among them.
 */
#define PROBE_ECHO_NS		((s64)NSEC_PER_MSEC)
#define PROBE_ECHO_IDLE_NS	((s64)TICK_NSEC + PROBE_ECHO_NS)

#define PROBE_ECHO_READERS 8

extern struct probe_echo {
	struct task_struct *thread;	/* the drain thread */
	u64 quiet_since;		/* local_clock(); 0: not quiet */
	unsigned int nr_readers;
	pid_t readers[PROBE_ECHO_READERS];	/* tgids */
} probe_echo;
PROBE_SHARED struct probe_echo probe_echo;

/**
 * probe_echo_suspect() - does a task do what others, or interrupts, leave to it?
 * @pid:  of the task
 * @comm: its name
 *
 * The idle tasks, and those that run timers and irq_work on PREEMPT_RT.
 *
 * Context: any; only for a task with PF_KTHREAD.
 */
static inline bool probe_echo_suspect(pid_t pid, const char *comm)
{
	return !pid || !memcmp(comm, "ksoftirqd/", 10) || !memcmp(comm, "ktimers/", 8) ||
	       !memcmp(comm, "irq_work/", 9);
}

/**
 * probe_echo_of_kthread() - is a kernel thread's hit an effect of our output?
 * @task: current, with PF_KTHREAD
 *
 * Context: a handler.
 */
static noinline __maybe_unused bool probe_echo_of_kthread(const struct task_struct *task)
{
	u64 since = READ_ONCE(probe_echo.quiet_since);

	return task == probe_echo.thread || !memcmp(task->comm, "pr/", 3) ||
	       (since && (s64)(local_clock() - since) < PROBE_ECHO_IDLE_NS &&
		probe_echo_suspect(task->pid, task->comm));
}

/**
 * probe_echo_of_reader() - does a process read the kernel log?
 * @task: current
 *
 * Context: a handler.
 */
static noinline __maybe_unused bool probe_echo_of_reader(const struct task_struct *task)
{
	/* Pairs with the release in probe_reader_check(). */
	unsigned int i, nr = smp_load_acquire(&probe_echo.nr_readers);

	for (i = 0; i < nr; i++)
		if (READ_ONCE(probe_echo.readers[i]) == task->tgid)
			return true;
	return false;
}

#endif
