/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Self-induced hits: those of the code that carries our own output from the rings to the
 * processes that read the kernel log. Each line would cause further hits, without end, so
 * they are counted as `self` and not logged.
 *
 * These are hits
 *  - of our irq_work, which wakes the drain thread;
 *  - of the drain thread;
 *  - of a kernel thread that prints to a console;
 *  - of a process that reads the kernel log (reader.h), unless pid= selects it;
 *  - of the process of skip= or a descendant of it (pidset.h).
 *
 * A hit in an interrupt is never self-induced because of the task that was interrupted.
 * Other activity that our output causes (a timer interrupt, a context switch) cannot be
 * distinguished from activity without our output. Its hits are logged; the drain thread
 * sees to it that their lines do not cause ever more of them (drain.h).
 */
#ifndef PROBE_SELF_H
#define PROBE_SELF_H

#include <linux/sched.h>
#include <linux/string.h>

#include <probe/context.h>
#include <probe/shared.h>

#define PROBE_LOG_READERS 8

/**
 * struct probe_log_reader - a process that reads the kernel log
 * @tgid:    its process id; 0: none
 * @active:  it was hit since this was last cleared
 * @started: its start time, as the process id may be reused
 */
struct probe_log_reader {
	pid_t tgid;
	bool active;
	u64 started;
};

extern struct probe_self {
	struct task_struct *drain_thread;
	struct probe_log_reader readers[PROBE_LOG_READERS];
} probe_self;
PROBE_SHARED struct probe_self probe_self;

/**
 * probe_self_irq_work() - was our irq_work hit?
 * @kp: the probe that was hit, or NULL (context.h)
 *
 * Context: a handler, while our irq_work is running on this CPU.
 * Return: false if the hit is in an NMI that interrupted it.
 */
static noinline __maybe_unused bool probe_self_irq_work(const struct kprobe *kp)
{
	return !(probe_context_interrupt_level(kp) & NMI_MASK);
}

/**
 * probe_self_kthread() - is a kernel thread's hit self-induced?
 * @task: current, with PF_KTHREAD
 * @kp:   the probe that was hit, or NULL (context.h)
 *
 * Context: a handler.
 */
static noinline __maybe_unused bool probe_self_kthread(const struct task_struct *task,
						       const struct kprobe *kp)
{
	return (task == probe_self.drain_thread || !memcmp(task->comm, "pr/", 3)) &&
	       !probe_context_in_interrupt(kp);
}

/**
 * probe_self_reader() - was a log reader hit?
 * @task: current
 * @pid:  a process that is not to be treated as a log reader, or 0
 * @kp:   the probe that was hit, or NULL (context.h)
 *
 * Context: a handler.
 */
static noinline __maybe_unused bool probe_self_reader(const struct task_struct *task, pid_t pid,
						      const struct kprobe *kp)
{
	unsigned int i;

	if (task->tgid == pid || probe_context_in_interrupt(kp))
		return false;
	for (i = 0; i < PROBE_LOG_READERS; i++) {
		struct probe_log_reader *reader = &probe_self.readers[i];

		/* While the entry is being replaced, one hit of a log reader may be logged. */
		if (READ_ONCE(reader->tgid) != task->tgid ||
		    READ_ONCE(reader->started) != task->group_leader->start_time)
			continue;
		if (!READ_ONCE(reader->active))
			WRITE_ONCE(reader->active, true);
		return true;
	}
	return false;
}

#endif
