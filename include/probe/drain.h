/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The drain thread: takes the records out of the rings of all CPUs, in the
 * order of time, has them made into lines, and rests.
 *
 * It rests in two ways. After a batch with news in it, it naps: a few
 * milliseconds later it looks again by itself, so that a busy probe costs no
 * wake-ups. After a batch without news it sleeps until it is woken.
 *
 * News is what would have happened without us. What follows when the thread rests
 * is most likely our doing: the context switch away from it, the way back into
 * idle, its timer, and one more tick on a CPU that is idle, for klogd waits for a
 * tick to be woken. With a probe on such a path each line would beget the next one
 * and the machine never be idle again. So hits of idle tasks at these moments are
 * echoes: logged, but no news; and when a longer nap brings
 * nothing but echoes, the thread sleeps quietly: those of falling asleep are
 * counted as `self` (echo.h). A source that is no echo goes on through the nap.
 */
#ifndef PROBE_DRAIN_H
#define PROBE_DRAIN_H

#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>

#include <compat/irq_work.h>
#include <compat/panic_notifier.h>
#include <probe/buffer.h>
#include <probe/echo.h>
#include <probe/format.h>
#include <probe/gate.h>
#include <probe/reader.h>
#include <probe/record.h>

/* The default ring holds what a CPU logs meanwhile at 200 000 hits a second. */
#define PROBE_NAP_NS (2 * NSEC_PER_MSEC)

/* To tell echoes from others; a line is to be in dmesg within 10 ms. */
#define PROBE_LISTEN_NS (8 * NSEC_PER_MSEC)

/*
 * At a panic so much is printed of what the rings have, the latest: some hundred
 * lines, with stacks a thousand, seconds of a serial console. More would push the
 * kernel's own last words out of its log, and have a watchdog bite first.
 */
#define PROBE_PANIC_BYTES (16 * 1024)

/**
 * typedef probe_format_t - make a record into lines and print them
 * @line: an empty line, for probe_line_add() and probe_line_print()
 * @rec:  the record
 *
 * Context: the drain thread; at a panic, the CPU that panicked.
 */
typedef void (*probe_format_t)(struct probe_line *line, const struct probe_record *rec);

extern struct probe_drain {
	struct task_struct *thread;
	struct completion began;
	probe_format_t format;
	u64 (*chores)(void);
	u64 rested;		/* when it last began to rest: local_clock() */
	u64 nap;		/* for so long; 0: until woken */
	struct probe_line line;
	struct probe_line last_line;	/* for panic: the other may be in use */
} probe_drain;
PROBE_SHARED struct probe_drain probe_drain;

DECLARE_PER_CPU(struct probe_buffer, probe_buffers);
PROBE_SHARED DEFINE_PER_CPU(struct probe_buffer, probe_buffers);

/* The CPUs with records in the present batch. */
extern struct cpumask probe_batch_cpus;
PROBE_SHARED struct cpumask probe_batch_cpus;

static inline void probe_drain_wake(struct irq_work *work)
{
	__this_cpu_write(probe_gates.here, true);
	WRITE_ONCE(probe_drain_state.asleep, false);
	wake_up_process(probe_drain.thread);
	__this_cpu_write(probe_gates.here, false);
}

/*
 * The batch is what is in the rings now; what comes meanwhile is the next one. Returns
 * how many bytes there are.
 */
static inline unsigned long probe_batch_begin(void)
{
	unsigned long bytes = 0;
	int cpu;

	cpumask_clear(&probe_batch_cpus);
	for_each_possible_cpu(cpu) {
		struct probe_ring *ring = per_cpu_ptr(&probe_rings, cpu);

		ring->end = probe_ring_end(ring);
		bytes += ring->end - ring->tail;
		if (ring->end != ring->tail)
			cpumask_set_cpu(cpu, &probe_batch_cpus);
	}
	return bytes;
}

/* The oldest record of the batch, and whose it is; NULL at the end. */
static inline struct probe_record *probe_batch_next(unsigned int *where)
{
	struct probe_record *oldest = NULL;
	int cpu;

	/* Not for_each_cpu(), which without CONFIG_SMP looks into no mask before v6.0. */
	for_each_set_bit(cpu, cpumask_bits(&probe_batch_cpus), nr_cpu_ids) {
		const struct probe_ring *ring = per_cpu_ptr(&probe_rings, cpu);
		struct probe_record *rec = probe_ring_at(ring, ring->tail);

		if (!oldest || rec->time < oldest->time) {
			oldest = rec;
			*where = cpu;
		}
	}
	return oldest;
}

/* That record has been dealt with. */
static inline void probe_batch_consume(const struct probe_record *rec, unsigned int where)
{
	struct probe_ring *ring = per_cpu_ptr(&probe_rings, where);

	probe_ring_consume(ring, rec->len);
	if (ring->tail == ring->end)
		cpumask_clear_cpu(where, &probe_batch_cpus);
}

/**
 * struct probe_mood - what a batch tells about staying awake
 * @news:   something happened that we did not cause
 * @echo:   there were echoes
 * @moments: of a nap, at which a suspect was hit
 * @last:   when the last of them began
 */
struct probe_mood {
	bool news;
	bool echo;
	unsigned int moments;
	u64 last;
};

static inline void probe_mood_add(struct probe_mood *mood, const struct probe_record *rec)
{
	s64 since = rec->time - probe_drain.rested;

	if (!(rec->task_flags & PF_KTHREAD) ||
	    !probe_echo_suspect(rec->tid, rec->comm)) {
		mood->news = true;
	} else if (since < PROBE_ECHO_NS ||
		   (probe_drain.nap && since > (s64)probe_drain.nap)) {
		mood->echo = true;
	} else if (!probe_drain.nap) {
		/* One more tick, or a beginning. */
		mood->echo |= since < PROBE_ECHO_IDLE_NS;
	} else if (!mood->moments || rec->time - mood->last > PROBE_ECHO_NS / 4) {
		/* The ticks of a nap, and one thing more, prove nothing. */
		mood->moments++;
		mood->last = rec->time;
		if (mood->moments > probe_drain.nap / TICK_NSEC + 1)
			mood->news = true;
		else
			mood->echo = true;
	}
}

/*
 * A CPU that panics has the kernel drop what all others print, without a word, long
 * before it stops them; what is still in the rings it prints itself, below. So
 * nothing may be taken out of them meanwhile. It begins like an oops, which ends.
 */
static inline bool probe_drain_must_wait(void)
{
	return unlikely(READ_ONCE(oops_in_progress)) && !kthread_should_stop();
}

/* Return: false if the record has to be printed again, for it may have been dropped. */
static inline bool probe_drain_print(struct probe_line *line, const struct probe_record *rec)
{
	if (probe_drain_must_wait())
		return false;
	probe_drain.format(line, rec);
	return !probe_drain_must_wait();
}

/* Print all that is in the rings. */
static inline struct probe_mood probe_drain_batch(void)
{
	struct probe_line *line = &probe_drain.line;
	struct probe_record *rec;
	struct probe_mood mood = {};

	probe_batch_begin();
	while ((rec = probe_batch_next(&line->cpu))) {
		if (!(rec->task_flags & PF_KTHREAD))
			probe_reader_check(rec->tgid, rec->tid);
		probe_mood_add(&mood, rec);
		if (!probe_drain_print(line, rec)) {
			mood.news = true;	/* a nap, and once more */
			break;
		}
		probe_batch_consume(rec, line->cpu);
		cond_resched();
	}
	return mood;
}

static inline bool probe_drain_idle(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (!probe_ring_is_empty(per_cpu_ptr(&probe_rings, cpu)))
			return false;
	return !kthread_should_stop();
}

/* Nobody wakes the thread, but kthread_stop(). */
static inline void probe_drain_nap(u64 ns)
{
	ktime_t timeout = ns_to_ktime(ns);

	probe_drain.nap = ns;
	probe_drain.rested = local_clock();
	set_current_state(TASK_IDLE);
	if (!kthread_should_stop())
		schedule_hrtimeout_range(&timeout, 0, HRTIMER_MODE_REL);
	__set_current_state(TASK_RUNNING);
}

/*
 * Sleep until woken, or for so long, unless that is 0. If quiet, the echoes of
 * falling asleep are `self`.
 */
static inline void probe_drain_sleep(u64 ns, bool quiet)
{
	ktime_t timeout = ns_to_ktime(ns);

	probe_drain.nap = 0;
	probe_drain.rested = local_clock();
	WRITE_ONCE(probe_echo.quiet_since, quiet ? probe_drain.rested : 0);
	/* The state before the word: a wake-up that follows the word must count. */
	set_current_state(TASK_IDLE);
	probe_ring_sleep(&probe_drain_state.asleep);
	if (probe_drain_idle())
		schedule_hrtimeout_range(ns ? &timeout : NULL, 0, HRTIMER_MODE_REL);
	__set_current_state(TASK_RUNNING);
	WRITE_ONCE(probe_drain_state.asleep, false);
	WRITE_ONCE(probe_echo.quiet_since, 0);
}

static inline int probe_drain_main(void *unused)
{
	complete(&probe_drain.began);
	while (!kthread_should_stop()) {
		struct probe_mood mood = probe_drain_batch();
		u64 ns = probe_drain.chores ? probe_drain.chores() : 0;

		if (mood.news)
			probe_drain_nap(PROBE_NAP_NS);
		else if (mood.echo && probe_drain.nap != PROBE_LISTEN_NS)
			probe_drain_nap(PROBE_LISTEN_NS);
		else
			probe_drain_sleep(ns, mood.echo);
	}
	probe_drain_batch();
	return 0;
}

/*
 * The other CPUs have been stopped, one of them perhaps in the middle of a
 * line: that line is printed again. What is in the rings now is printed, once,
 * or the end of it; what printing adds to them is not.
 */
static inline int probe_drain_panic(struct notifier_block *block, unsigned long event,
			     void *message)
{
	struct probe_line *line = &probe_drain.last_line;
	unsigned long left, omitted = 0;
	struct probe_record *rec;

	__this_cpu_write(probe_gates.here, true);
	left = probe_batch_begin();
	for (; (rec = probe_batch_next(&line->cpu)); probe_batch_consume(rec, line->cpu)) {
		left -= rec->len;
		if (left >= PROBE_PANIC_BYTES) {
			omitted++;
			continue;
		}
		if (omitted) {
			probe_line_add(line, "%lu older records are left out", omitted);
			probe_line_print(line);
			omitted = 0;
		}
		probe_drain.format(line, rec);
	}
	return NOTIFY_DONE;
}

extern struct notifier_block probe_drain_panic_block;
PROBE_SHARED struct notifier_block probe_drain_panic_block = {
	.notifier_call = probe_drain_panic,
};

/**
 * probe_drain_destroy() - end the drain thread and free the rings
 *
 * No handler runs any more, and none will. What is in the rings is printed
 * first, unless probe_drain_start() never was called. The irq_works must have
 * run before the thread that they wake goes away.
 *
 * Context: process context, may sleep.
 */
static inline void probe_drain_destroy(void)
{
	int cpu;

	atomic_notifier_chain_unregister(&panic_notifier_list, &probe_drain_panic_block);
	for_each_possible_cpu(cpu)
		irq_work_sync(per_cpu_ptr(&probe_wakers, cpu));
	kthread_stop(probe_drain.thread);
	for_each_possible_cpu(cpu)
		probe_buffer_free(per_cpu_ptr(&probe_buffers, cpu),
				  per_cpu_ptr(&probe_rings, cpu));
}

/**
 * probe_drain_create() - make the rings and the drain thread
 * @size:   bytes of each ring
 * @format: makes lines of the records
 * @chores: what else the thread does after each batch, or NULL; returns in how
 *          many nanoseconds it wants to be called again even if nobody wakes the
 *          thread, or 0
 *
 * Handlers may log from now on, but nothing is printed before
 * probe_drain_start(), and nothing ever if that is not called.
 *
 * Context: process context, may sleep.
 * Return: 0 or -errno; on error nothing stays allocated.
 */
static inline int probe_drain_create(unsigned long size, probe_format_t format,
			      u64 (*chores)(void))
{
	int cpu, err;

	probe_drain.format = format;
	probe_drain.chores = chores;
	for_each_possible_cpu(cpu) {
		probe_irq_work_init(per_cpu_ptr(&probe_wakers, cpu), probe_drain_wake);
		err = probe_buffer_alloc(per_cpu_ptr(&probe_buffers, cpu),
					 per_cpu_ptr(&probe_rings, cpu), cpu,
					 max(size, PAGE_SIZE));
		if (err)
			goto fail;
	}
	init_completion(&probe_drain.began);
	probe_drain.thread = kthread_create(probe_drain_main, NULL, KBUILD_MODNAME);
	if (IS_ERR(probe_drain.thread)) {
		err = PTR_ERR(probe_drain.thread);
		goto fail;
	}
	probe_echo.thread = probe_drain.thread;
	atomic_notifier_chain_register(&panic_notifier_list, &probe_drain_panic_block);
	return 0;

fail:
	for_each_possible_cpu(cpu)
		probe_buffer_free(per_cpu_ptr(&probe_buffers, cpu),
				  per_cpu_ptr(&probe_rings, cpu));
	return err;
}

/**
 * probe_drain_start() - let the drain thread print
 *
 * Waits until it runs: one that is stopped before never would, and what is in the
 * rings were lost.
 *
 * Context: process context, may sleep.
 */
static inline void probe_drain_start(void)
{
	wake_up_process(probe_drain.thread);
	wait_for_completion(&probe_drain.began);
}

#endif
