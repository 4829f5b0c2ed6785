/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of the outcomes of hits, per probe and per CPU. */
#ifndef PROBE_COUNTS_H
#define PROBE_COUNTS_H

#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/types.h>

#include <probe/counter.h>

/**
 * enum probe_outcome - the outcome of a hit; each hit has exactly one
 * @PROBE_LOGGED:   it was, or will be, printed
 * @PROBE_SUMMED:   it is in the table of by=, and log=0 prints no line for it
 * @PROBE_FILTERED: it did not match pid=, comm=, uid=, caller= or where=, or was excluded
 *                  by errors= or min_us=
 * @PROBE_LIMITED:  it was over ratelimit= or max_hits=
 * @PROBE_DROPPED:  the ring of its CPU was full
 * @PROBE_SELF:     it was caused by our own output (self.h)
 * @PROBE_OUTCOMES: the number of outcomes
 */
enum probe_outcome {
	PROBE_LOGGED,
	PROBE_SUMMED,
	PROBE_FILTERED,
	PROBE_LIMITED,
	PROBE_DROPPED,
	PROBE_SELF,
	PROBE_OUTCOMES,
};

static const char * const probe_outcome_names[PROBE_OUTCOMES] = {
	[PROBE_LOGGED] = "logged",
	[PROBE_SUMMED] = "summed",
	[PROBE_FILTERED] = "filtered",
	[PROBE_LIMITED] = "limited",
	[PROBE_DROPPED] = "dropped",
	[PROBE_SELF] = "self",
};

/**
 * struct probe_counts - the outcomes of one probe's hits, on one CPU or summed
 * @of:     number of hits, indexed by enum probe_outcome
 * @faults: page faults of the probe, which are not hits (fault.h)
 *
 * There is no counter of all hits: each hit is counted once, by its outcome, so the number of
 * hits is the sum of the outcomes.
 */
struct probe_counts {
	u64 of[PROBE_OUTCOMES];
	u64 faults;
};

/**
 * probe_counts_inc() - count the outcome of a hit
 * @counts:  the probe's counters
 * @outcome: the outcome
 *
 * Context: a handler.
 */
static __always_inline void probe_counts_inc(struct probe_counts __percpu *counts,
					     enum probe_outcome outcome)
{
	probe_counter_this_cpu_add(counts->of[outcome], 1);
}

/**
 * probe_counts_add() - add a probe's counters of all CPUs to a sum
 * @sum:    the sum
 * @counts: the probe's counters
 *
 * Exact while no handler runs, otherwise approximate.
 *
 * Context: any.
 */
static inline void probe_counts_add(struct probe_counts *sum,
				    const struct probe_counts __percpu *counts)
{
	int cpu, i;

	for_each_possible_cpu(cpu) {
		for (i = 0; i < PROBE_OUTCOMES; i++)
			sum->of[i] += probe_counter_read(&per_cpu_ptr(counts, cpu)->of[i]);
		sum->faults += probe_counter_read(&per_cpu_ptr(counts, cpu)->faults);
	}
}

/**
 * probe_counts_hits() - the number of hits
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
