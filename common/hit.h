/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The outcome of a hit: decided and counted in the handler.
 *
 * A hit writes its record and the counters of its own CPU. It only reads data that is
 * shared with other CPUs (with one exception, see limit.h).
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
#include <common/where.h>

/**
 * DOC: plain hits
 *
 * A hit is plain if it is to be logged without any check, stack or flag: that of a user task,
 * in no interrupt, while no gate is set. A handler tests this first, and leaves all other
 * hits to a noinline function. So a plain hit, the most frequent one, saves no registers
 * that only the others need, and the length of its record is known at compile time.
 */

/**
 * probe_hit_is_plain() - is this hit a plain one?
 *
 * Context: a handler.
 */
static __always_inline bool probe_hit_is_plain(void)
{
	return likely(!__this_cpu_read(probe_gates.any) && !(current->flags & PF_KTHREAD) &&
		      !probe_context_may_be_in_interrupt());
}

/**
 * probe_hit_prepare_plain() - prepare for plain hits
 * @target: the probe, not registered
 * @type:   the module's own number for the contents of the record
 * @len:    bytes of the record, with its struct probe_record
 *
 * Context: any.
 */
static inline void probe_hit_prepare_plain(struct probe_target *target, u8 type, u16 len)
{
	const struct probe_record rec = { .len = len, .type = type, .target = target->index };

	target->plain_header = rec.header;
}

/**
 * struct probe_hit_plain - a plain hit while its record is written
 * @ring: the ring of this CPU
 * @head: where the record begins
 */
struct probe_hit_plain {
	struct probe_ring *ring;
	unsigned long head;
};

/**
 * probe_hit_plain_reserve() - reserve room for the record of a plain hit, or count the hit
 * @plain:  to be initialised
 * @target: the probe that was hit
 * @len:    bytes of the record, and those that must be free behind it
 *
 * Context: a handler, after probe_hit_is_plain() has returned true.
 * Return: false if the ring is full.
 */
static __always_inline bool probe_hit_plain_reserve(struct probe_hit_plain *plain,
						    struct probe_target *target, unsigned int len)
{
	plain->ring = this_cpu_ptr(&probe_rings);
	plain->head = plain->ring->head;
	if (likely(probe_ring_has_room(plain->ring, len)))
		return true;
	probe_counts_inc(target->counts, PROBE_DROPPED);
	return false;
}

/**
 * probe_hit_plain_record() - the record of a plain hit
 * @plain: from probe_hit_plain_reserve()
 *
 * Context: a handler.
 */
static __always_inline void *probe_hit_plain_record(const struct probe_hit_plain *plain)
{
	return plain->ring->data + (plain->head & plain->ring->mask);
}

/**
 * probe_hit_plain_fill() - store time and task of a plain hit
 * @rec:    its record
 * @target: the probe that was hit
 * @time:   local_clock()
 *
 * Context: a handler.
 */
static __always_inline void probe_hit_plain_fill(struct probe_record *rec,
						 const struct probe_target *target, u64 time)
{
	rec->time = time;
	rec->header = target->plain_header;
	probe_record_fill_task(rec);
}

/**
 * probe_hit_plain_end() - count a plain hit as logged and publish its records
 * @plain:  from probe_hit_plain_reserve()
 * @target: the probe that was hit
 * @rec:    its record
 * @len:    bytes of all its records
 *
 * Context: a handler.
 */
static __always_inline void probe_hit_plain_end(const struct probe_hit_plain *plain,
						struct probe_target *target,
						const struct probe_record *rec, unsigned int len)
{
	probe_counts_inc(target->counts, PROBE_LOGGED);
	probe_ring_publish_up_to(plain->ring, plain->head + len);
	probe_record_wake(rec);
}

/**
 * probe_hit_done() - 0, for a handler to return
 *
 * The compiler cannot see that it is 0. If it could, it would turn the noinline functions of
 * handlers into void ones, and tail calls of them into calls.
 */
static __always_inline int probe_hit_done(void)
{
	int done = 0;

	OPTIMIZER_HIDE_VAR(done);
	return done;
}

/**
 * probe_hit_is_unchecked() - does no check apply to this hit, so that it is to be logged?
 *
 * As probe_hit_is_plain(), but the record of the hit may get a stack or flags.
 *
 * Context: as probe_hit_wanted().
 */
static __always_inline bool probe_hit_is_unchecked(void)
{
	return likely(!__this_cpu_read(probe_gates.any) && !(current->flags & PF_KTHREAD));
}

/**
 * probe_hit_needs_slow_checks() - may a check apply that calls functions?
 *
 * If not, probe_hit_wanted() need not make these checks, which saves registers.
 *
 * Context: as probe_hit_wanted().
 */
static __always_inline bool probe_hit_needs_slow_checks(void)
{
	return unlikely(__this_cpu_read(probe_gates.slow) || current->flags & PF_KTHREAD);
}

/**
 * probe_hit_needs_checks() - may a check apply other than the limits?
 *
 * If not, probe_hit_wanted() without @limit returns true.
 *
 * Context: as probe_hit_wanted().
 */
static __always_inline bool probe_hit_needs_checks(void)
{
	return probe_hit_needs_slow_checks() || unlikely(__this_cpu_read(probe_gates.filter));
}

/**
 * probe_hit_is_refused() - does the first comparison of where= refuse the hit, and is no other
 *			    check needed? If so, count it
 * @target: the probe that was hit
 * @regs:   registers at the probed instruction
 *
 * This needs no registers saved. A hit that pid= and the like refuse, too, is filtered all
 * the same.
 *
 * Context: as probe_hit_wanted().
 */
static __always_inline bool probe_hit_is_refused(struct probe_target *target,
						 const struct pt_regs *regs)
{
	if (__this_cpu_read(probe_gates.slow) & PROBE_GATE_SELF || current->flags & PF_KTHREAD ||
	    !probe_where_refuses(target, regs))
		return false;
	probe_counts_inc(target->counts, PROBE_FILTERED);
	return true;
}

/* Is the hit one of a process of skip=? */
static __always_inline bool probe_hit_is_skipped(const struct task_struct *task,
						 const struct kprobe *kp)
{
	return unlikely(__this_cpu_read(probe_gates.skip)) &&
	       probe_pidset_has(&probe_skip_pids, task) && !probe_context_in_interrupt(kp);
}

/* Is the hit one of our irq_work, of a log reader, or of a kernel thread that prints? */
static __always_inline bool probe_hit_is_self(const struct task_struct *task,
					      const struct kprobe *kp)
{
	return (__this_cpu_read(probe_gates.in_our_irq_work) && probe_self_irq_work(kp)) ||
	       (__this_cpu_read(probe_gates.readers) &&
		probe_self_reader(task, probe_filter_requested(), kp)) ||
	       (task->flags & PF_KTHREAD && probe_self_kthread(task, kp));
}

/**
 * probe_hit_wanted() - is this hit to be logged? If not, count its outcome
 * @target: the probe that was hit
 * @regs:   registers at the probed instruction
 * @slow:   make all checks; may be false if probe_hit_needs_slow_checks() has returned false
 * @limit:  check the limits already here, which halves the cost of a hit that they refuse;
 *          probe_hit_begin() charges the hit in any case
 *
 * Context: a handler called at the probed instruction (of a kretprobe: at the entry).
 * Return: true if the hit goes on to probe_hit_begin().
 */
static __always_inline bool probe_hit_wanted(struct probe_target *target,
					     const struct pt_regs *regs, bool slow, bool limit)
{
	const struct task_struct *task = current;

	if (slow && probe_hit_is_skipped(task, target->kp))
		goto self;
	if (unlikely(__this_cpu_read(probe_gates.filter)) && !probe_filter_wants(task)) {
		probe_counts_inc(target->counts, PROBE_FILTERED);
		return false;
	}
	if (slow && probe_hit_is_self(task, target->kp))
		goto self;
	if (slow && __this_cpu_read(probe_gates.where) && !probe_where_matches(target, regs)) {
		probe_counts_inc(target->counts, PROBE_FILTERED);
		return false;
	}
	if (limit && __this_cpu_read(probe_gates.limit) && probe_limit_refuses()) {
		probe_counts_inc(target->counts, PROBE_LIMITED);
		return false;
	}
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
 * @type:   the module's own number for the contents of the record
 * @len:    bytes that the record may have at most, with its struct probe_record
 * @extra:  bytes that must be free behind it, for a record that follows
 *
 * Context: a handler, after probe_hit_wanted().
 * Return: the record, of whose struct probe_record all but @len is set, to be completed and
 * passed to probe_hit_end(); or NULL.
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
 * probe_hit_begin_at() - as probe_hit_begin(), for a return handler that has read the clock
 * @target: the probe that was hit
 * @type:   the module's own number for the contents of the record
 * @len:    bytes that the record may have at most, with its struct probe_record
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
 * @type:   the module's own number for the contents of the record
 *
 * Context: a handler; no other hit was logged on this CPU since probe_hit_begin() reserved
 * room for both records.
 * Return: the record, to be completed and passed to probe_record_publish().
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
 * @rec:    the record, from probe_hit_begin()
 * @len:    its bytes, a multiple of 8
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
 * probe_hit_discard() - count a hit as dropped that was counted as logged
 * @target: the probe that was hit
 * @rec:    the record of the hit, or a further one, which will not be printed
 * @cpu:    the CPU that wrote the record
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
