/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hits that our own output causes. Logging them would cause more of them, on
 * an idle machine for ever, so they are counted as `self` and go no further.
 *
 * A hit is ours when it happens
 *  - while our irq_work wakes the drain thread;
 *  - in the drain thread, or in a kernel thread that prints to a console;
 *  - in a kernel thread (the idle tasks are some) while the drain thread is
 *    falling asleep: the context switch away from it, the way back into idle,
 *    the wake-up of klogd. Only the last step before it sleeps with nothing
 *    left to do counts; until then such hits are logged, but are not taken for
 *    news by which it would stay awake (drain.h);
 *  - in a process that reads the kernel log (reader.h).
 */
#ifndef PROBE_ECHO_H
#define PROBE_ECHO_H

#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/string.h>
#include <linux/time64.h>

/*
 * How long after the drain thread began to rest its last effects are expected.
 * A CPU that it leaves idle may have one more tick to come.
 */
#define PROBE_ECHO_NS		((s64)NSEC_PER_MSEC)
#define PROBE_ECHO_IDLE_NS	(PROBE_ECHO_NS + TICK_NSEC)

#define PROBE_ECHO_READERS 8

/* Our irq_work is running on this CPU. */
static DEFINE_PER_CPU(bool, probe_echo_here);

static struct {
	struct task_struct *thread;	/* the drain thread */
	u64 fell_asleep;		/* local_clock(); 0: does not sleep */
	unsigned int nr_readers;
	pid_t readers[PROBE_ECHO_READERS];	/* tgids */
} probe_echo;

static noinline bool probe_echo_of_kthread(const struct task_struct *task)
{
	u64 fell_asleep;

	if (task == probe_echo.thread || !memcmp(task->comm, "pr/", 3))
		return true;
	fell_asleep = READ_ONCE(probe_echo.fell_asleep);
	return fell_asleep && local_clock() - fell_asleep <
			      (is_idle_task(task) ? PROBE_ECHO_IDLE_NS : PROBE_ECHO_NS);
}

static noinline bool probe_echo_of_reader(const struct task_struct *task)
{
	unsigned int i;

	for (i = 0; i < READ_ONCE(probe_echo.nr_readers); i++)
		if (READ_ONCE(probe_echo.readers[i]) == task->tgid)
			return true;
	return false;
}

/**
 * probe_is_echo() - is a hit an effect of our own output?
 * @task: current
 *
 * Context: a handler.
 */
static __always_inline bool probe_is_echo(const struct task_struct *task)
{
	if (unlikely(__this_cpu_read(probe_echo_here)))
		return true;
	if (unlikely(task->flags & PF_KTHREAD))
		return probe_echo_of_kthread(task);
	if (unlikely(READ_ONCE(probe_echo.nr_readers)))
		return probe_echo_of_reader(task);
	return false;
}

#endif
