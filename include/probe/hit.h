/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of a hit: decided, and counted, in the handler.
 *
 * Beside its record a hit writes its own CPU's counters; what it shares with
 * other CPUs it only reads (limit.h tells of the one exception).
 */
#ifndef PROBE_HIT_H
#define PROBE_HIT_H

#include <linux/sched.h>

#include <probe/account.h>
#include <probe/echo.h>
#include <probe/filter.h>
#include <probe/gate.h>
#include <probe/limit.h>
#include <probe/pidset.h>
#include <probe/record.h>
#include <probe/target.h>

/**
 * probe_hit_wanted() - is this hit wanted? if not, it is counted
 * @target: the probe that was hit
 * @limit:  look at the limits here already, which saves a refused hit half its
 *          cost; without it probe_hit_begin() does all
 *
 * Context: a handler, that is, with preemption off.
 * Return: true if the hit goes on to probe_hit_begin().
 */
static __always_inline bool probe_hit_wanted(struct probe_target *target, bool limit)
{
	union probe_gate gate = { .any = __this_cpu_read(probe_gates.any) };
	const struct task_struct *task = current;

	if (unlikely(gate.any)) {
		if (gate.skip && probe_pidset_has(&probe_skip_pids, task))
			goto self;
		if (gate.filter && !probe_filter_wants(task)) {
			probe_count(target->counts, PROBE_FILTERED);
			return false;
		}
		if (gate.here || (gate.readers && probe_echo_of_reader(task)))
			goto self;
		if (limit && gate.limit && probe_limit_refuses()) {
			probe_count(target->counts, PROBE_LIMITED);
			return false;
		}
	}
	if (likely(!(task->flags & PF_KTHREAD)) || !probe_echo_of_kthread(task))
		return true;
self:
	probe_count(target->counts, PROBE_SELF);
	return false;
}

/* Its share of the limits, and room for its record; if there is none, NULL, and counted. */
static __always_inline struct probe_record *probe_hit_take(struct probe_target *target,
							   unsigned int len)
{
	bool limit = unlikely(__this_cpu_read(probe_gates.limit));
	struct probe_record *rec;

	if (limit && !probe_limit_take_rate())
		goto limited;
	rec = probe_record_reserve(len);
	if (unlikely(!rec)) {
		probe_count(target->counts, PROBE_DROPPED);
		return NULL;
	}
	if (limit && !probe_limit_take_max())
		goto limited;
	return rec;

limited:
	probe_count(target->counts, PROBE_LIMITED);
	return NULL;
}

/**
 * probe_hit_begin() - a record for a hit, in place; if there is none, the hit
 *                     is counted
 * @target: the probe that was hit
 * @type:   the module's own number for what the record holds
 * @len:    most bytes the record may have, with its struct probe_record
 * @more:   bytes that must be free behind it, for a record to come
 *
 * Context: a handler, after probe_hit_wanted().
 * Return: the record, its struct probe_record filled but for @len, to be
 * completed and given to probe_hit_end(); or NULL.
 */
static __always_inline void *probe_hit_begin(struct probe_target *target, u8 type,
					     unsigned int len, unsigned int more)
{
	struct probe_record *rec = probe_hit_take(target, len + more);

	if (likely(rec))
		probe_record_fill(rec, type, target->index);
	return rec;
}

/**
 * probe_hit_begin_at() - as probe_hit_begin(), for a handler that has read the clock
 * @target: the probe that was hit
 * @type:   the module's own number for what the record holds
 * @len:    most bytes the record may have, with its struct probe_record
 * @time:   local_clock() at the hit
 *
 * Context: a handler, after probe_hit_wanted().
 * Return: the record, or NULL.
 */
static __always_inline void *probe_hit_begin_at(struct probe_target *target, u8 type,
						unsigned int len, u64 time)
{
	struct probe_record *rec = probe_hit_take(target, len);

	if (likely(rec))
		probe_record_fill_at(rec, type, target->index, time);
	return rec;
}

/**
 * probe_hit_more() - a further record for a hit that was logged
 * @target: the probe that was hit
 * @type:   the module's own number for what the record holds
 *
 * Context: a handler; no other hit was logged on this CPU since the one for
 * which probe_hit_begin() kept room.
 * Return: the record, to be completed and given to probe_record_publish().
 */
static __always_inline void *probe_hit_more(struct probe_target *target, u8 type)
{
	struct probe_record *rec = probe_ring_next(this_cpu_ptr(&probe_rings));

	probe_record_fill(rec, type, target->index);
	return rec;
}

/**
 * probe_hit_end() - the record of a hit is complete: count it, publish it
 * @target: the probe that was hit
 * @rec:    from probe_hit_begin()
 * @len:    bytes it has, a multiple of 8
 *
 * Context: a handler.
 */
static __always_inline void probe_hit_end(struct probe_target *target,
					  struct probe_record *rec, unsigned int len)
{
	probe_count(target->counts, PROBE_LOGGED);
	probe_record_publish(rec, len);
}

#endif
