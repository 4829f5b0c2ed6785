/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records: what a handler writes, in place, into the ring of its CPU, and how
 * the drain thread comes to know of it.
 *
 * Handlers run anywhere: in the scheduler, in NMI, under console locks. So
 * nothing here allocates, locks, prints or wakes; what can be done later is
 * left to the drain thread.
 *
 * Per hit a CPU writes the first line of its own ring and the record; the drain
 * thread's word it only reads.
 */
#ifndef PROBE_RECORD_H
#define PROBE_RECORD_H

#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>

#include <probe/ring.h>
#include <probe/shared.h>

/**
 * struct probe_record - how every record in a ring begins
 * @time:       local_clock(), the clock of dmesg's own time stamps
 * @len:        bytes of the whole record
 * @type:       the module's own number for what follows
 * @target:     index of the probe
 * @task_flags: of the task that was hit
 * @tgid:       its process id
 * @tid:        its thread id
 * @comm:       its name, not always terminated
 */
struct probe_record {
	u64 time;
	u16 len;
	u8 type;
	u8 target;
	u32 task_flags;
	pid_t tgid;
	pid_t tid;
	char comm[TASK_COMM_LEN];
};

DECLARE_PER_CPU_SHARED_ALIGNED(struct probe_ring, probe_rings);
DECLARE_PER_CPU(struct irq_work, probe_wakers);
PROBE_SHARED DEFINE_PER_CPU_SHARED_ALIGNED(struct probe_ring, probe_rings);
PROBE_SHARED DEFINE_PER_CPU(struct irq_work, probe_wakers);

/* The drain thread sleeps; written when it falls asleep and when it is woken. */
extern struct probe_drain_state {
	bool asleep;
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
 * probe_record_fill_at() - when and in which task it is
 * @rec:    the record
 * @type:   the module's own number for what the record holds
 * @target: index of the probe
 * @time:   local_clock()
 *
 * Context: a handler.
 */
static __always_inline void probe_record_fill_at(struct probe_record *rec, u8 type,
						 u8 target, u64 time)
{
	const struct task_struct *task = current;

	rec->time = time;
	rec->type = type;
	rec->target = target;
	rec->task_flags = task->flags;
	rec->tgid = task->tgid;
	rec->tid = task->pid;
	memcpy(rec->comm, task->comm, TASK_COMM_LEN);
}

/* The same, now. */
static __always_inline void probe_record_fill(struct probe_record *rec, u8 type, u8 target)
{
	probe_record_fill_at(rec, type, target, local_clock());
}

/**
 * probe_record_wake() - wake the drain thread, if it sleeps
 *
 * An irq_work that is queued on a CPU on its way down would stay pending for ever.
 * What that CPU has logged is found when a hit that is logged on another one wakes
 * the thread, or at unload.
 *
 * Context: a handler, after something was published.
 */
static __always_inline void probe_record_wake(void)
{
	if (probe_ring_must_wake(&probe_drain_state.asleep) &&
	    cpu_online(raw_smp_processor_id()))
		irq_work_queue(this_cpu_ptr(&probe_wakers));
}

/**
 * probe_records_publish() - give records that follow each other to the drain thread
 * @len: bytes they have together, each a multiple of 8; the len of each is set
 *
 * Context: a handler.
 */
static __always_inline void probe_records_publish(unsigned int len)
{
	probe_ring_publish(this_cpu_ptr(&probe_rings), len);
	probe_record_wake();
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
	probe_records_publish(len);
}

#endif
