/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The drain thread: takes the records out of the rings of all CPUs, in the order of
 * time, has them formatted and printed, and sleeps.
 *
 * While user tasks are hit it polls: it sleeps for some milliseconds and looks again,
 * so that a busy probe costs no wake-ups.
 *
 * Printing a line causes activity itself: a context switch, a timer, an interrupt. If
 * such a path is probed, every line would trigger the next, and an idle machine would
 * never become idle. So after a batch in which no user task was hit the thread backs
 * off: it sleeps the longer, the more records there were. What its own activity causes is
 * then limited to one record per PROBE_BACKOFF_NS, and nothing is lost: a user task's
 * record wakes the thread, and so does a ring that is filling.
 *
 * After a batch without any record it sleeps until one is written.
 */
#ifndef PROBE_DRAIN_H
#define PROBE_DRAIN_H

#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include <compat/irq_work.h>
#include <compat/panic_notifier.h>
#include <probe/buffer.h>
#include <probe/line.h>
#include <probe/gate.h>
#include <probe/reader.h>
#include <probe/record.h>
#include <probe/self.h>

/* The default ring holds what a CPU logs meanwhile at 200 000 hits a second. */
#define PROBE_POLL_NS (2 * NSEC_PER_MSEC)

/* Per record of the last batch; in all, so that every line is in dmesg within 1 s. */
#define PROBE_BACKOFF_NS (50 * NSEC_PER_MSEC)
#define PROBE_BACKOFF_MAX_NS (950 * NSEC_PER_MSEC)

/* At unload print for so long; the rest of the records is counted as dropped. */
#define PROBE_STOP_JIFFIES HZ

/*
 * At a panic print the latest records of so many bytes: some hundred lines, with stacks
 * a thousand, which takes a serial console seconds. More would push the kernel's own last
 * words out of its log, and a watchdog might reset the machine first.
 */
#define PROBE_PANIC_BYTES (16 * 1024)

/**
 * typedef probe_format_t - format a record and print its lines
 * @line: an empty line, for probe_line_add() and probe_line_print()
 * @rec:  the record
 *
 * Context: the drain thread; at a panic, the CPU that panicked.
 */
typedef void (*probe_format_t)(struct probe_line *line, const struct probe_record *rec);

/**
 * typedef probe_discard_t - count a record that will not be printed
 * @rec: the record
 * @cpu: where it was written
 *
 * Context: the drain thread, when no handler runs any more.
 */
typedef void (*probe_discard_t)(const struct probe_record *rec, unsigned int cpu);

extern struct probe_drain {
	struct task_struct *thread;
	struct completion started;
	probe_format_t format;
	probe_discard_t discard;
	u64 (*housekeeping)(void);
	u64 stop_by;		/* jiffies when printing ends at unload; 0: not yet set */
	struct probe_line line;
	struct probe_line panic_line;	/* @line may be in use then */
} probe_drain;
PROBE_SHARED struct probe_drain probe_drain;

PROBE_SHARED_PER_CPU(struct probe_buffer, probe_buffers)

/* The CPUs with records in the present batch. */
extern struct cpumask probe_drain_batch_cpus;
PROBE_SHARED struct cpumask probe_drain_batch_cpus;

static inline void probe_drain_wake(struct irq_work *work)
{
	__this_cpu_write(probe_gates.in_our_irq_work, true);
	WRITE_ONCE(probe_drain_state.wake, PROBE_WAKE_NONE);
	wake_up_process(probe_drain.thread);
	__this_cpu_write(probe_gates.in_our_irq_work, false);
}

/*
 * The batch is what is in the rings now; what is written meanwhile belongs to the next
 * one. Returns how many bytes it has.
 */
static inline unsigned long probe_drain_batch_begin(void)
{
	unsigned long bytes = 0;
	int cpu;

	cpumask_clear(&probe_drain_batch_cpus);
	for_each_possible_cpu(cpu) {
		struct probe_ring *ring = per_cpu_ptr(&probe_rings, cpu);

		ring->end = probe_ring_end(ring);
		bytes += ring->end - ring->tail;
		if (ring->end != ring->tail)
			cpumask_set_cpu(cpu, &probe_drain_batch_cpus);
	}
	return bytes;
}

/* The oldest record of the batch, and the CPU that wrote it; NULL at the end. */
static inline struct probe_record *probe_drain_batch_next(unsigned int *from)
{
	struct probe_record *oldest = NULL;
	int cpu;

	/* Not for_each_cpu(), which without CONFIG_SMP looks into no mask before v6.0. */
	for_each_set_bit(cpu, cpumask_bits(&probe_drain_batch_cpus), nr_cpu_ids) {
		const struct probe_ring *ring = per_cpu_ptr(&probe_rings, cpu);
		struct probe_record *rec = probe_ring_at(ring, ring->tail);

		if (!oldest || rec->time < oldest->time) {
			oldest = rec;
			*from = cpu;
		}
	}
	return oldest;
}

/* Give back the room of the record that probe_drain_batch_next() returned. */
static inline void probe_drain_batch_consume(const struct probe_record *rec, unsigned int from)
{
	struct probe_ring *ring = per_cpu_ptr(&probe_rings, from);

	probe_ring_consume(ring, rec->len);
	if (ring->tail == ring->end)
		cpumask_clear_cpu(from, &probe_drain_batch_cpus);
}

/*
 * A CPU that panics has the kernel drop what all others print, silently and long
 * before it stops them; what is still in the rings it prints itself, below. So
 * nothing may be taken out of them meanwhile. It begins like an oops, which ends.
 */
static inline bool probe_drain_must_wait(void)
{
	return unlikely(READ_ONCE(oops_in_progress)) && !kthread_should_stop();
}

/* Return: false if the record has to be printed again, as it may have been dropped. */
static inline bool probe_drain_print(struct probe_line *line, const struct probe_record *rec)
{
	if (probe_drain_must_wait())
		return false;
	probe_drain.format(line, rec);
	return !probe_drain_must_wait();
}

/* Is the module being unloaded, and has it been for too long already? */
static inline bool probe_drain_out_of_time(void)
{
	if (likely(!kthread_should_stop()))
		return false;
	if (!probe_drain.stop_by)
		probe_drain.stop_by = get_jiffies_64() + PROBE_STOP_JIFFIES;
	return time_after64(get_jiffies_64(), probe_drain.stop_by);
}

/**
 * struct probe_batch_stats - statistics of a batch
 * @records: how many were printed
 * @poll:    a user task was hit, or there is more to print
 */
struct probe_batch_stats {
	u64 records;
	bool poll;
};

/* Print all that is in the rings now. */
static inline struct probe_batch_stats probe_drain_batch(void)
{
	struct probe_line *line = &probe_drain.line;
	struct probe_batch_stats stats = {};
	struct probe_record *rec;

	probe_drain_batch_begin();
	while ((rec = probe_drain_batch_next(&line->cpu))) {
		if (probe_record_is_of_user(rec)) {
			probe_reader_check(rec->tgid, rec->tid);
			stats.poll = true;
		}
		if (probe_drain_out_of_time())
			break;
		if (!probe_drain_print(line, rec)) {
			stats.poll = true;
			break;
		}
		stats.records++;
		probe_drain_batch_consume(rec, line->cpu);
		cond_resched_tasks_rcu_qs();
	}
	return stats;
}

/* No handler runs any more: empty the rings without printing. */
static inline void probe_drain_discard(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct probe_ring *ring = per_cpu_ptr(&probe_rings, cpu);
		unsigned long end = probe_ring_end(ring);

		while (ring->tail != end) {
			const struct probe_record *rec = probe_ring_at(ring, ring->tail);

			probe_drain.discard(rec, cpu);
			probe_ring_consume(ring, rec->len);
		}
		cond_resched_tasks_rcu_qs();
	}
}

static inline bool probe_ring_has_urgent(const struct probe_ring *ring)
{
	unsigned long end = probe_ring_end(ring);
	unsigned long pos = ring->tail;

	while (pos != end) {
		const struct probe_record *rec = probe_ring_at(ring, pos);

		if (probe_record_is_of_user(rec))
			return true;
		pos += rec->len;
	}
	return false;
}

/* Is there what the thread is to be woken for, so that it must not go to sleep? */
static inline bool probe_drain_is_pending(enum probe_wake how)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct probe_ring *ring = per_cpu_ptr(&probe_rings, cpu);

		if (how == PROBE_WAKE_ANY ? !probe_ring_is_empty(ring) :
		    probe_ring_is_filling(ring) || probe_ring_has_urgent(ring))
			return true;
	}
	return kthread_should_stop();
}

/* Sleep for a poll interval; only kthread_stop() wakes the thread. */
static inline void probe_drain_poll(void)
{
	ktime_t timeout = ns_to_ktime(PROBE_POLL_NS);

	set_current_state(TASK_IDLE);
	if (!kthread_should_stop())
		schedule_hrtimeout_range(&timeout, 0, HRTIMER_MODE_REL);
	__set_current_state(TASK_RUNNING);
}

/* Sleep until woken by such a record, or for so long, unless that is 0. */
static inline void probe_drain_sleep(enum probe_wake how, u64 ns)
{
	ktime_t timeout = ns_to_ktime(ns);

	/* Set TASK_IDLE before publishing ->wake, or a wake-up in between would be lost. */
	set_current_state(TASK_IDLE);
	probe_ring_sleep(&probe_drain_state.wake, how);
	if (!probe_drain_is_pending(how))
		schedule_hrtimeout_range(ns ? &timeout : NULL, 0, HRTIMER_MODE_REL);
	__set_current_state(TASK_RUNNING);
	WRITE_ONCE(probe_drain_state.wake, PROBE_WAKE_NONE);
}

static inline int probe_drain_main(void *unused)
{
	complete(&probe_drain.started);
	while (!kthread_should_stop()) {
		struct probe_batch_stats stats = probe_drain_batch();
		u64 ns = probe_drain.housekeeping ? probe_drain.housekeeping() : 0;
		u64 backoff = min_t(u64, stats.records * PROBE_BACKOFF_NS, PROBE_BACKOFF_MAX_NS);

		if (stats.poll)
			probe_drain_poll();
		else if (backoff)
			probe_drain_sleep(PROBE_WAKE_URGENT, ns ? min(ns, backoff) : backoff);
		else
			probe_drain_sleep(PROBE_WAKE_ANY, ns);
	}
	probe_drain_batch();
	probe_drain_discard();
	return 0;
}

/*
 * The other CPUs have been stopped, one of them perhaps in the middle of a
 * line: that line is printed again. The records that are in the rings now are printed,
 * once, or the last of them; those that printing adds are not.
 */
static inline int probe_drain_panic(struct notifier_block *block, unsigned long event,
			     void *message)
{
	struct probe_line *line = &probe_drain.panic_line;
	unsigned long left, omitted = 0;
	struct probe_record *rec;

	__this_cpu_write(probe_gates.in_our_irq_work, true);
	left = probe_drain_batch_begin();
	for (; (rec = probe_drain_batch_next(&line->cpu)); probe_drain_batch_consume(rec, line->cpu)) {
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
 * No handler runs any more, and none will. The records that are in the rings are
 * printed, as many as can be in a second, and the others discarded; none of both if
 * probe_drain_start() was never called. The irq_works must have run before the thread
 * that they wake goes away.
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
 * probe_drain_create() - allocate the rings and create the drain thread
 * @size:    bytes of each ring
 * @format:  formats records
 * @discard: counts those that unloading leaves no time to print
 * @housekeeping: what else the thread does after each batch, or NULL; returns in how
 *           many nanoseconds it wants to be called again even if nothing wakes the
 *           thread, or 0
 *
 * Handlers may log from now on, but nothing is printed before
 * probe_drain_start(), and nothing ever if that is not called.
 *
 * Context: process context, may sleep.
 * Return: 0 or -errno; on error nothing stays allocated.
 */
static inline int probe_drain_create(unsigned long size, probe_format_t format,
				     probe_discard_t discard, u64 (*housekeeping)(void))
{
	int cpu, err;

	probe_drain.format = format;
	probe_drain.discard = discard;
	probe_drain.housekeeping = housekeeping;
	probe_drain.stop_by = 0;
	for_each_possible_cpu(cpu) {
		probe_irq_work_init(per_cpu_ptr(&probe_wakers, cpu), probe_drain_wake);
		err = probe_buffer_alloc(per_cpu_ptr(&probe_buffers, cpu),
					 per_cpu_ptr(&probe_rings, cpu), cpu,
					 max(size, PAGE_SIZE));
		if (err)
			goto fail;
	}
	init_completion(&probe_drain.started);
	probe_drain.thread = kthread_create(probe_drain_main, NULL, KBUILD_MODNAME);
	if (IS_ERR(probe_drain.thread)) {
		err = PTR_ERR(probe_drain.thread);
		goto fail;
	}
	probe_self.drain_thread = probe_drain.thread;
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
 * Wait until the thread has started: kthread_stop() on a thread that never ran skips
 * its function, and buffered records would be lost.
 *
 * Context: process context, may sleep.
 */
static inline void probe_drain_start(void)
{
	wake_up_process(probe_drain.thread);
	wait_for_completion(&probe_drain.started);
}

#endif
