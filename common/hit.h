/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The outcome of a hit: decided, and counted, in the handler.
 *
 * Beside its record a hit writes its own CPU's counters; what it shares with
 * other CPUs it only reads (with one exception, see limit.h).
 */
#ifndef PROBE_HIT_H
#define PROBE_HIT_H

#include <linux/sched.h>

#include <probe/gate.h>
#include <probe/record.h>
#include <probe/self.h>
#include <common/counts.h>
#include <common/filter.h>
#include <common/limit.h>
#include <common/target.h>

/* Do log readers and our irq_work make a hit a self-induced one? */
static __always_inline bool probe_hit_is_self(union probe_gate gate,
					      const struct task_struct *task,
					      const struct kprobe *kp)
{
	/* Who asks for a process by pid= wants its hits, even if it reads the log. */
	return (gate.in_our_irq_work && probe_self_irq_work(kp)) ||
	       (gate.readers && probe_self_reader(task, READ_ONCE(probe_filter)->pid, kp));
}

/**
 * probe_hit_is_unchecked() - does no check apply to this hit, so that it is to be logged?
 *
 * A handler may ask this first, and call probe_hit_wanted() in a function of its own
 * only if it is not so: then the common case saves no registers for the checks.
 *
 * Context: as probe_hit_wanted().
 */
static __always_inline bool probe_hit_is_unchecked(void)
{
	return likely(!__this_cpu_read(probe_gates.any) && !(current->flags & PF_KTHREAD));
}

/**
 * probe_hit_wanted() - is this hit to be logged? if not, count its outcome
 * @target: the probe that was hit
 * @limit:  check the limits here already, which saves a refused hit half its
 *          cost; without it probe_hit_begin() does all
 *
 * Context: a handler called at the probed instruction (of a kretprobe: at the entry).
 * Return: true if the hit goes on to probe_hit_begin().
 */
static __always_inline bool probe_hit_wanted(struct probe_target *target, bool limit)
{
	union probe_gate gate = { .any = __this_cpu_read(probe_gates.any) };
	const struct task_struct *task = current;

	if (unlikely(gate.any)) {
		if (unlikely(gate.skip) && probe_pidset_has(&probe_skip_pids, task) &&
		    !probe_context_in_interrupt(target->kp))
			goto self;
		if (gate.filter && !probe_filter_wants(task)) {
			probe_counts_inc(target->counts, PROBE_FILTERED);
			return false;
		}
		if (probe_hit_is_self(gate, task, target->kp))
			goto self;
		if (limit && gate.limit && probe_limit_refuses()) {
			probe_counts_inc(target->counts, PROBE_LIMITED);
			return false;
		}
	}
	if (likely(!(task->flags & PF_KTHREAD)) || !probe_self_kthread(task, target->kp))
		return true;
self:
	probe_counts_inc(target->counts, PROBE_SELF);
	return false;
}

/*
 * Charge the hit to the rate limits and reserve ring space for its record. On failure,
 * count the outcome and return NULL.
 */
static __always_inline struct probe_record *probe_hit_take(struct probe_target *target,
							   unsigned int len)
{
	bool limit = unlikely(__this_cpu_read(probe_gates.limit));
	struct probe_record *rec;

	if (limit && !probe_limit_take_rate())
		goto limited;
	rec = probe_record_reserve(len);
	if (unlikely(!rec)) {
		probe_counts_inc(target->counts, PROBE_DROPPED);
		return NULL;
	}
	if (limit && !probe_limit_take_max())
		goto limited;
	return rec;

limited:
	probe_counts_inc(target->counts, PROBE_LIMITED);
	return NULL;
}

/**
 * probe_hit_begin() - reserve and begin the record of a hit, or count the hit
 * @target: the probe that was hit
 * @type:   the module's own number for what the record holds
 * @len:    most bytes the record may have, with its struct probe_record
 * @extra:  bytes that must be free behind it, for a record that follows
 *
 * Context: a handler, after probe_hit_wanted().
 * Return: the record, its struct probe_record filled but for @len, to be
 * completed and given to probe_hit_end(); or NULL.
 */
static __always_inline void *probe_hit_begin(struct probe_target *target, u8 type,
					     unsigned int len, unsigned int extra)
{
	struct probe_record *rec = probe_hit_take(target, len + extra);

	if (likely(rec))
		probe_record_fill(rec, type, target->index, target->kp);
	return rec;
}

/**
 * probe_hit_begin_at() - as probe_hit_begin(), for a return handler, which has read the
 *                        clock
 * @target: the probe that was hit
 * @type:   the module's own number for what the record holds
 * @len:    most bytes the record may have, with its struct probe_record
 * @time:   local_clock() at the hit
 *
 * Context: a return handler, after probe_hit_wanted() at the entry.
 * Return: the record, or NULL.
 */
static __always_inline void *probe_hit_begin_at(struct probe_target *target, u8 type,
						unsigned int len, u64 time)
{
	struct probe_record *rec = probe_hit_take(target, len);

	if (likely(rec))
		probe_record_fill_at(rec, type, target->index, NULL, time);
	return rec;
}

/**
 * probe_hit_extra() - begin a further record of a hit that was logged
 * @target: the probe that was hit
 * @type:   the module's own number for what the record holds
 *
 * Context: a handler; no other hit was logged on this CPU since the one for
 * which probe_hit_begin() kept room.
 * Return: the record, to be completed and given to probe_record_publish().
 */
static __always_inline void *probe_hit_extra(struct probe_target *target, u8 type)
{
	struct probe_record *rec = probe_ring_next(this_cpu_ptr(&probe_rings));

	probe_record_fill(rec, type, target->index, target->kp);
	rec->flags |= PROBE_RECORD_EXTRA;
	return rec;
}

/**
 * probe_hit_end() - count a hit as logged and publish its record
 * @target: the probe that was hit
 * @rec:    from probe_hit_begin()
 * @len:    bytes it has, a multiple of 8
 *
 * Context: a handler.
 */
static __always_inline void probe_hit_end(struct probe_target *target,
					  struct probe_record *rec, unsigned int len)
{
	probe_counts_inc(target->counts, PROBE_LOGGED);
	probe_record_publish(rec, len);
}

/**
 * probe_hit_discard() - a hit that was counted as logged will not be printed
 * @target: the probe that was hit
 * @rec:    its record, or another one of it
 * @cpu:    where it was hit
 *
 * Context: the drain thread, when no handler runs any more.
 */
static inline void probe_hit_discard(struct probe_target *target,
				     const struct probe_record *rec, unsigned int cpu)
{
	struct probe_counts *counts = per_cpu_ptr(target->counts, cpu);

	if (rec->flags & PROBE_RECORD_EXTRA)
		return;
	counts->of[PROBE_LOGGED]--;
	counts->of[PROBE_DROPPED]++;
}

#endif
