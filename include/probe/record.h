/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records: what a handler writes in place into the ring of its CPU, and when that wakes
 * the drain thread.
 *
 * Handlers run anywhere: in the scheduler, in NMI, under console locks. So
 * nothing here allocates, locks, prints or wakes; what can be done later is
 * left to the drain thread.
 *
 * At a hit a CPU writes the first cache line of its own ring, and the record. Of what
 * the drain thread writes it reads one byte, which does not change while hits come in
 * quick succession.
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
 * with it. PROBE_RECORD_EXTRA: not a hit of its own: it belongs to the record of a hit
 * before it.
 */
#define PROBE_RECORD_KTHREAD	PF_KTHREAD
#define PROBE_RECORD_INTERRUPT	BIT(0)
#define PROBE_RECORD_EXTRA	BIT(1)

/**
 * struct probe_record - how every record in a ring begins
 * @time:       local_clock(), the clock of dmesg's own time stamps
 * @len:        bytes of the whole record
 * @type:       the module's own number for what follows
 * @target:     index of the probe
 * @flags:      PROBE_RECORD_*
 * @tgid:       process id of the task that was hit
 * @tid:        its thread id
 * @comm:       its name, not always terminated
 */
struct probe_record {
	u64 time;
	u16 len;
	u8 type;
	u8 target;
	u32 flags;
	pid_t tgid;
	pid_t tid;
	char comm[TASK_COMM_LEN];
};

PROBE_SHARED_PER_CPU(struct probe_ring, probe_rings)
PROBE_SHARED_PER_CPU(struct irq_work, probe_wakers)

/* Which records wake the drain thread: enum probe_wake. On a cache line of its own. */
extern struct probe_drain_state {
	u8 wake;
} ____cacheline_aligned_in_smp probe_drain_state;
PROBE_SHARED struct probe_drain_state probe_drain_state;

/**
 * probe_record_reserve() - room for a record in the ring of this CPU
 * @len: bytes, a multiple of 8
 *
 * A record that is not published never was.
 *
 * Context: a handler, that is, with preemption off.
 * Return: the record, or NULL if the ring is full.
 */
static __always_inline void *probe_record_reserve(unsigned int len)
{
	return probe_ring_reserve(this_cpu_ptr(&probe_rings), len);
}

/**
 * probe_record_fill_at() - store when and in which task a hit was
 * @rec:    the record
 * @type:   the module's own number for what the record holds
 * @target: index of the probe
 * @kp:     the probe, or NULL (context.h)
 * @time:   local_clock()
 *
 * Context: a handler.
 */
static __always_inline void probe_record_fill_at(struct probe_record *rec, u8 type,
						 u8 target, const struct kprobe *kp, u64 time)
{
	const struct task_struct *task = current;
	u32 flags = task->flags & PROBE_RECORD_KTHREAD;

	if (unlikely(probe_context_in_interrupt(kp)))
		flags |= PROBE_RECORD_INTERRUPT;
	rec->time = time;
	rec->type = type;
	rec->target = target;
	rec->flags = flags;
	rec->tgid = task->tgid;
	rec->tid = task->pid;
	memcpy(rec->comm, task->comm, TASK_COMM_LEN);
}

/* The same, at this time. */
static __always_inline void probe_record_fill(struct probe_record *rec, u8 type, u8 target,
					      const struct kprobe *kp)
{
	probe_record_fill_at(rec, type, target, kp, local_clock());
}

/**
 * probe_record_is_of_user() - is it of what a user's task does?
 * @rec: the record
 *
 * These are urgent: printed at once. What interrupts, idle tasks and kernel threads do
 * may be caused by printing itself, so that it must not cause more of it at once.
 *
 * Context: any.
 */
static __always_inline bool probe_record_is_of_user(const struct probe_record *rec)
{
	return !(rec->flags & (PROBE_RECORD_KTHREAD | PROBE_RECORD_INTERRUPT));
}

/**
 * probe_record_wake() - wake the drain thread, if a record is one to wake it for
 * @rec: the record that was just published
 *
 * An irq_work that is queued on a CPU on its way down would stay pending for ever.
 * What that CPU has logged is found when something else wakes the thread, at the end
 * of its present sleep if that has a timeout, or at unload.
 *
 * Context: a handler.
 */
static __always_inline void probe_record_wake(const struct probe_record *rec)
{
	if (probe_ring_may_wake(&probe_drain_state.wake) &&
	    probe_ring_must_wake(this_cpu_ptr(&probe_rings), &probe_drain_state.wake,
				 probe_record_is_of_user(rec)) &&
	    cpu_online(raw_smp_processor_id()))
		irq_work_queue(this_cpu_ptr(&probe_wakers));
}

/**
 * probe_records_publish() - give the records of a hit to the drain thread
 * @rec: the first of them
 * @len: bytes they have together, each a multiple of 8; the len of each is set
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
 * @len: bytes it has, a multiple of 8
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
