/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The drain thread: take the records out of the rings of all CPUs in the order of their
 * times, format and print them.
 *
 * While user tasks are hit, the thread polls: it sleeps for PROBE_POLL_NS and looks again,
 * so that a probe with many hits causes no wake-ups.
 *
 * Printing a line causes activity itself: a context switch, a timer, an interrupt. If
 * such a path is probed, every line would trigger the next, and an idle machine would
 * never become idle. So after a batch in which no user task was hit the thread backs off:
 * it sleeps PROBE_BACKOFF_NS for each record of the batch. The records that its own activity
 * causes are thus limited to one per PROBE_BACKOFF_NS. A record of a user task wakes the
 * thread, and so does a ring that is filling.
 *
 * After a batch without records it checks once more, a second later, and then sleeps until
 * a record is written: a record that wakes nobody may follow one that did (fault.h).
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

/* Poll interval. The default ring holds the records of 200 000 hits a second during that time. */
#define PROBE_POLL_NS (2 * NSEC_PER_MSEC)

/*
 * Backoff for each record of the last batch, and its maximum, which ensures that every line is
 * in dmesg within 1 s.
 */
#define PROBE_BACKOFF_NS (50 * NSEC_PER_MSEC)
#define PROBE_BACKOFF_MAX_NS (950 * NSEC_PER_MSEC)

/* Maximum time to print at unload; the remaining records are counted as dropped. */
#define PROBE_STOP_JIFFIES HZ

/*
 * On panic, print at most this many bytes of records, the newest ones: about a hundred lines,
 * with stacks a thousand, which takes a serial console seconds. More lines would push the
 * kernel's own messages out of the log, and a watchdog might reset the machine before.
 */
#define PROBE_PANIC_BYTES (16 * 1024)

/**
 * typedef probe_format_t - format a record and print its lines
 * @line: an empty line, for probe_line_add() and probe_line_print()
 * @rec:  the record
 *
 * Context: the drain thread; on panic, the CPU that panicked.
 */
typedef void (*probe_format_t)(struct probe_line *line, const struct probe_record *rec);

/**
 * typedef probe_discard_t - count a record that will not be printed
 * @rec: the record
 * @cpu: the CPU that wrote it
 *
 * Context: the drain thread, when no handler is running any more.
 */
typedef void (*probe_discard_t)(const struct probe_record *rec, unsigned int cpu);

/**
 * struct probe_drain - state of the drain thread
 * @thread:       the thread
 * @started:      completed when the thread has begun to run
 * @format:       from probe_drain_create()
 * @discard:      from probe_drain_create()
 * @housekeeping: from probe_drain_create()
 * @called:       probe_drain_call() was called
 * @stop_by:      jiffies when printing ends at unload; 0: not set yet
 * @line:         used by the thread
 * @panic_line:   used on panic, when @line may be in use
 */
extern struct probe_drain {
	struct task_struct *thread;
	struct completion started;
	probe_format_t format;
	probe_discard_t discard;
	u64 (*housekeeping)(void);
	bool called;
	u64 stop_by;
	struct probe_line line;
	struct probe_line panic_line;
} probe_drain;
PROBE_SHARED struct probe_drain probe_drain;

PROBE_SHARED_PER_CPU(struct probe_buffer, probe_buffers)

/* The CPUs whose rings have records of the current batch. */
extern struct cpumask probe_drain_batch_cpus;
PROBE_SHARED struct cpumask probe_drain_batch_cpus;

/* The irq_work: wake the drain thread. */
static inline void probe_drain_wake(struct irq_work *work)
{
	__this_cpu_write(probe_gates.in_our_irq_work, true);
	WRITE_ONCE(probe_drain_state.wake, PROBE_WAKE_NONE);
	wake_up_process(probe_drain.thread);
	__this_cpu_write(probe_gates.in_our_irq_work, false);
}

/*
 * Begin a batch: the records that are in the rings now. Records that are written later belong
 * to the next one. Returns the size of the batch in bytes.
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

/* Returns the oldest record of the batch and the CPU that wrote it, or NULL at the end. */
static inline struct probe_record *probe_drain_batch_next(unsigned int *from)
{
	struct probe_record *oldest = NULL;
	int cpu;

	/* Not for_each_cpu(): without CONFIG_SMP it ignores the mask before v6.0. */
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

/* Remove the record that probe_drain_batch_next() returned from its ring. */
static inline void probe_drain_batch_consume(const struct probe_record *rec, unsigned int from)
{
	struct probe_ring *ring = per_cpu_ptr(&probe_rings, from);

	probe_ring_consume(ring, rec->len);
	if (ring->tail == ring->end)
		cpumask_clear_cpu(from, &probe_drain_batch_cpus);
}

/*
 * When a CPU panics, the kernel silently drops what other CPUs print, long before it stops
 * them. probe_drain_panic() prints the records that are in the rings then, so they must not
 * be consumed meanwhile. An oops, which may not end in a panic, looks the same.
 */
static inline bool probe_drain_must_wait(void)
{
	return unlikely(READ_ONCE(oops_in_progress)) && !kthread_should_stop();
}

/* Print a record. Returns false if the kernel may have dropped the line: print it again. */
static inline bool probe_drain_print(struct probe_line *line, const struct probe_record *rec)
{
	if (probe_drain_must_wait())
		return false;
	probe_drain.format(line, rec);
	return !probe_drain_must_wait();
}

/* Is the module being unloaded, and the time for printing over? */
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
 * @records: number of records that were printed
 * @poll:    a user task was hit, or records are left in the rings
 */
struct probe_batch_stats {
	u64 records;
	bool poll;
};

/* Print one batch. */
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

/* Discard all records. Called when no handler is running any more. */
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

/* Does a ring have a record of a user task? */
static inline bool probe_drain_ring_is_urgent(const struct probe_ring *ring)
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

/* Is there a reason not to go to sleep: a record that would wake the thread, or unload? */
static inline bool probe_drain_is_pending(enum probe_wake how)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct probe_ring *ring = per_cpu_ptr(&probe_rings, cpu);

		if (how == PROBE_WAKE_ANY ? !probe_ring_is_empty(ring) :
		    probe_ring_is_filling(ring) || probe_drain_ring_is_urgent(ring))
			return true;
	}
	return kthread_should_stop() || READ_ONCE(probe_drain.called);
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

/* Sleep until a record that @how names wakes the thread, or for @ns unless that is 0. */
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

/* The function of the drain thread. */
static inline int probe_drain_main(void *unused)
{
	bool idle = false;

	complete(&probe_drain.started);
	while (!kthread_should_stop()) {
		struct probe_batch_stats stats;
		u64 ns, backoff;

		/* Before @housekeeping reads what the caller has changed. */
		if (READ_ONCE(probe_drain.called)) {
			/* Pairs with the write of the change, then of this, in probe_drain_call(). */
			smp_store_mb(probe_drain.called, false);
		}
		stats = probe_drain_batch();
		ns = probe_drain.housekeeping ? probe_drain.housekeeping() : 0;
		backoff = min_t(u64, stats.records * PROBE_BACKOFF_NS, PROBE_BACKOFF_MAX_NS);
		if (stats.poll)
			probe_drain_poll();
		else if (backoff)
			probe_drain_sleep(PROBE_WAKE_URGENT, ns ? min(ns, backoff) : backoff);
		else
			probe_drain_sleep(PROBE_WAKE_ANY, idle ? ns :
					  min_not_zero(ns, (u64)PROBE_BACKOFF_MAX_NS));
		idle = !stats.poll && !stats.records;
	}
	probe_drain_batch();
	probe_drain_discard();
	return 0;
}

/*
 * Panic notifier: print the newest records that are in the rings now. The other CPUs have
 * been stopped; a line that one of them was printing is printed again. Records that printing
 * causes are not printed.
 */
static inline int probe_drain_panic(struct notifier_block *block, unsigned long event,
				    void *message)
{
	struct probe_line *line = &probe_drain.panic_line;
	unsigned long left, omitted = 0;
	struct probe_record *rec;

	__this_cpu_write(probe_gates.in_our_irq_work, true);
	left = probe_drain_batch_begin();
	for (; (rec = probe_drain_batch_next(&line->cpu));
	     probe_drain_batch_consume(rec, line->cpu)) {
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
 * probe_drain_call() - let the drain thread call its @housekeeping soon
 *
 * Context: process context, after probe_drain_create().
 */
static inline void probe_drain_call(void)
{
	WRITE_ONCE(probe_drain.called, true);
	/* Has a full barrier: the thread is woken, or finds @called before it sleeps. */
	wake_up_process(probe_drain.thread);
}

/**
 * probe_drain_destroy() - stop the drain thread and free the rings
 *
 * Called when no handler is running any more. Prints records for at most a second and
 * discards the others. If probe_drain_start() was not called, does neither. Waits for the
 * irq_works before it stops the thread that they wake.
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
 * @size:         size of each ring in bytes, a power of two
 * @format:       formats and prints a record
 * @discard:      counts a record that could not be printed at unload
 * @housekeeping: called by the thread after each batch, or NULL; returns after how many
 *                nanoseconds it must be called again even if nothing wakes the thread, or 0
 *
 * Handlers may write records from now on. They are printed after probe_drain_start().
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
	probe_drain.called = false;
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
 * Waits until the thread has started: kthread_stop() on a thread that never ran skips its
 * function, and buffered records would be lost.
 *
 * Context: process context, may sleep.
 */
static inline void probe_drain_start(void)
{
	wake_up_process(probe_drain.thread);
	wait_for_completion(&probe_drain.started);
}

#endif
