/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of each hit: counters, per probe and per CPU. */
#ifndef PROBE_COUNTS_H
#define PROBE_COUNTS_H

#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/types.h>

/**
 * enum probe_outcome - what became of a hit; each hit has exactly one outcome
 * @PROBE_LOGGED:   it is, or will be, in dmesg
 * @PROBE_FILTERED: pid=, comm= or uid= did not match; errors= or min_us= did not want it
 * @PROBE_LIMITED:  over ratelimit= or max_hits=
 * @PROBE_DROPPED:  the ring of its CPU was full
 * @PROBE_SELF:     caused by our own output, logging it would feed itself
 * @PROBE_OUTCOMES: how many there are
 */
enum probe_outcome {
	PROBE_LOGGED,
	PROBE_FILTERED,
	PROBE_LIMITED,
	PROBE_DROPPED,
	PROBE_SELF,
	PROBE_OUTCOMES,
};

static const char * const probe_outcome_names[PROBE_OUTCOMES] = {
	[PROBE_LOGGED] = "logged",
	[PROBE_FILTERED] = "filtered",
	[PROBE_LIMITED] = "limited",
	[PROBE_DROPPED] = "dropped",
	[PROBE_SELF] = "self",
};

/**
 * struct probe_counts - the outcomes of one probe's hits, on one CPU or summed
 * @of:     indexed by enum probe_outcome
 * @faults: page faults of the probe, which are beside its hits (fault.h)
 *
 * There is no counter of hits: a hit is counted once, by its outcome, so the
 * sum of the outcomes is the number of hits and cannot disagree with it.
 */
struct probe_counts {
	u64 of[PROBE_OUTCOMES];
	u64 faults;
};

/**
 * probe_counts_inc() - a hit had this outcome
 * @counts: the probe's counters
 * @outcome: what became of the hit
 *
 * Context: a handler.
 */
static __always_inline void probe_counts_inc(struct probe_counts __percpu *counts,
					     enum probe_outcome outcome)
{
	__this_cpu_inc(counts->of[outcome]);
}

/**
 * probe_counts_add() - add a probe's counters of all CPUs to a sum
 * @sum:    added to
 * @counts: the probe's counters
 *
 * Exact when no hit is in flight, otherwise as of about now.
 *
 * Context: any.
 */
static inline void probe_counts_add(struct probe_counts *sum,
			     const struct probe_counts __percpu *counts)
{
	int cpu, i;

	for_each_possible_cpu(cpu) {
		for (i = 0; i < PROBE_OUTCOMES; i++)
			sum->of[i] += READ_ONCE(per_cpu_ptr(counts, cpu)->of[i]);
		sum->faults += READ_ONCE(per_cpu_ptr(counts, cpu)->faults);
	}
}

/**
 * probe_counts_hits() - how many hits the outcomes of a sum make
 * @sum: from probe_counts_add()
 *
 * Context: any.
 * Return: the number of hits.
 */
static inline u64 probe_counts_hits(const struct probe_counts *sum)
{
	u64 hits = 0;
	int i;

	for (i = 0; i < PROBE_OUTCOMES; i++)
		hits += sum->of[i];
	return hits;
}

#endif
