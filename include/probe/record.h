/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records: a handler writes one in place into the ring of its CPU, and wakes the drain
 * thread if necessary.
 *
 * Handlers run anywhere: in the scheduler, in NMI, under console locks. So nothing here
 * allocates, locks, prints or wakes; all that can be done later is left to the drain
 * thread.
 *
 * At a hit a CPU writes the first cache line of its own ring, and the record. It reads one
 * byte that the drain thread writes, which does not change while hits follow each other
 * quickly.
 */
#ifndef PROBE_RECORD_H
#define PROBE_RECORD_H

#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>

#include <probe/context.h>
#include <probe/ring.h>
#include <probe/shared.h>

/**
 * DOC: flags of a record
 *
 * PROBE_RECORD_KTHREAD: the task is a kernel thread or an idle task.
 * PROBE_RECORD_INTERRUPT: the hit was in an interrupt, so the task has nothing to do
 * with it. PROBE_RECORD_EXTRA: the record is not that of a hit: it adds to the record of a
 * hit before it.
 */
#define PROBE_RECORD_KTHREAD	PF_KTHREAD
#define PROBE_RECORD_INTERRUPT	BIT(0)
#define PROBE_RECORD_EXTRA	BIT(1)

/**
 * struct probe_record - the beginning of every record in a ring
 * @time:   local_clock(), the clock of dmesg's own time stamps
 * @len:    bytes of the whole record
 * @type:   the module's own number for what follows
 * @target: index of the probe
 * @flags:  PROBE_RECORD_*
 * @header: these four, to be copied at once
 * @tid:    thread id of the task that was hit; followed by @tgid, as in struct task_struct,
 *          so that compilers copy both at once
 * @tgid:   its process id
 * @comm:   its name, not always terminated
 */
struct probe_record {
	u64 time;
	union {
		struct {
			u16 len;
			u8 type;
			u8 target;
			u32 flags;
		};
		u64 header;
	};
	pid_t tid;
	pid_t tgid;
	char comm[TASK_COMM_LEN];
};

PROBE_SHARED_PER_CPU(struct probe_ring, probe_rings)
PROBE_SHARED_PER_CPU(struct irq_work, probe_wakers)

/* @wake: which records wake the drain thread, an enum probe_wake. */
extern struct probe_drain_state {
	u8 wake;
} ____cacheline_aligned_in_smp probe_drain_state;
PROBE_SHARED struct probe_drain_state probe_drain_state;

/**
 * probe_record_reserve() - reserve room for a record in the ring of this CPU
 * @len: bytes, a multiple of 8
 *
 * A reservation has no effect until the record is published.
 *
 * Context: a handler, that is, with preemption off.
 * Return: the record, or NULL if the ring is full.
 */
static __always_inline void *probe_record_reserve(unsigned int len)
{
	return probe_ring_reserve(this_cpu_ptr(&probe_rings), len);
}

/* Store the current task. Both ids are loaded before either is stored, which allows one copy. */
static __always_inline void probe_record_fill_task(struct probe_record *rec)
{
	const struct task_struct *task = current;
	pid_t tid = task->pid, tgid = task->tgid;

	rec->tid = tid;
	rec->tgid = tgid;
	memcpy(rec->comm, task->comm, TASK_COMM_LEN);
}

/**
 * probe_record_fill_at() - store time and task of a hit
 * @rec:    the record
 * @type:   the module's own number for the contents of the record
 * @target: index of the probe
 * @kp:     the probe, or NULL (context.h)
 * @time:   local_clock()
 *
 * Context: a handler.
 */
static __always_inline void probe_record_fill_at(struct probe_record *rec, u8 type,
						 u8 target, const struct kprobe *kp, u64 time)
{
	rec->time = time;
	rec->type = type;
	rec->target = target;
	probe_record_fill_task(rec);
	rec->flags = current->flags & PROBE_RECORD_KTHREAD;
	if (unlikely(probe_context_in_interrupt(kp)))
		rec->flags |= PROBE_RECORD_INTERRUPT;
}

/* The same for a hit that is now. */
static __always_inline void probe_record_fill(struct probe_record *rec, u8 type, u8 target,
					      const struct kprobe *kp)
{
	probe_record_fill_at(rec, type, target, kp, local_clock());
}

/**
 * probe_record_is_of_user() - was a user task hit, outside of interrupts?
 * @rec: the record
 *
 * Such a record is urgent: it is printed at once. Hits of interrupts, idle tasks and kernel
 * threads may be caused by printing itself, so they must not cause more printing at once.
 *
 * Context: any.
 */
static __always_inline bool probe_record_is_of_user(const struct probe_record *rec)
{
	return !(rec->flags & (PROBE_RECORD_KTHREAD | PROBE_RECORD_INTERRUPT));
}

/* The second half of probe_record_wake(). */
static noinline __maybe_unused void probe_record_wake_sleeping(const struct probe_record *rec)
{
	if (probe_ring_must_wake(this_cpu_ptr(&probe_rings), &probe_drain_state.wake,
				 probe_record_is_of_user(rec)) &&
	    cpu_online(raw_smp_processor_id()))
		irq_work_queue(this_cpu_ptr(&probe_wakers));
}

/**
 * probe_record_wake() - wake the drain thread if it sleeps and the record requires it
 * @rec: the record that was just published
 *
 * An irq_work that is queued on a CPU that goes offline would stay pending for ever. The
 * records of that CPU are found when something else wakes the thread, at the end of its
 * present sleep if that has a timeout, or at unload.
 *
 * Context: a handler.
 */
static __always_inline void probe_record_wake(const struct probe_record *rec)
{
	if (unlikely(probe_ring_may_wake(&probe_drain_state.wake)))
		probe_record_wake_sleeping(rec);
}

/**
 * probe_records_publish() - give the records of a hit to the drain thread
 * @rec: the first record
 * @len: bytes of all, each a multiple of 8; the len of each is set
 *
 * Context: a handler.
 */
static __always_inline void probe_records_publish(const struct probe_record *rec,
						  unsigned int len)
{
	probe_ring_publish(this_cpu_ptr(&probe_rings), len);
	probe_record_wake(rec);
}

/**
 * probe_record_publish() - give a record to the drain thread
 * @rec: the record
 * @len: its bytes, a multiple of 8
 *
 * Context: a handler.
 */
static __always_inline void probe_record_publish(struct probe_record *rec,
						 unsigned int len)
{
	rec->len = len;
	probe_records_publish(rec, len);
}

#endif
