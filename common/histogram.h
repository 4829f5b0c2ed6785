/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long calls took: how many between two powers of two, least, most, sum.
 *
 * Each CPU has its own, which only it writes, in a handler; handlers do not nest
 * on a CPU, so that plain additions will do.
 */
#ifndef PROBE_HISTOGRAM_H
#define PROBE_HISTOGRAM_H

#include <linux/bitops.h>
#include <linux/types.h>

/* A bucket for 0, and one for each bit that can be the highest of an s64. */
#define PROBE_BUCKETS 64

/**
 * struct probe_histogram - durations, on one CPU or summed
 * @sum:    of all, ns
 * @most:   ns
 * @least:  ns; U64_MAX without a call: see probe_histogram_init()
 * @failed: how many of the calls failed
 * @of:     how many have n as the number of their highest bit, from 1; 0: none set
 *
 * There is no counter of calls: the buckets' sum is their number.
 */
struct probe_histogram {
	u64 sum;
	u64 most;
	u64 least;
	u64 failed;
	u64 of[PROBE_BUCKETS];
};

/**
 * probe_histogram_count() - a call took so long
 * @mine: the histogram of this CPU
 * @ns:   how long; negative if it went to a CPU whose clock is a little behind
 *
 * Context: a handler.
 * Return: @ns, or 0 if it is negative.
 */
static __always_inline u64 probe_histogram_count(struct probe_histogram *mine, s64 ns)
{
	u64 took = ns;

	if (unlikely(took > mine->most)) {
		if (ns < 0)
			took = 0;
		else
			mine->most = took;
	}
	if (unlikely(took < mine->least))
		mine->least = took;
	mine->sum += took;
	mine->of[__fls(2 * took + 1)]++;
	return took;
}

/**
 * probe_histogram_calls() - how many calls were counted
 * @histogram: of one CPU, or summed
 *
 * Context: any.
 */
static inline u64 probe_histogram_calls(const struct probe_histogram *histogram)
{
	u64 calls = 0;
	int i;

	for (i = 0; i < PROBE_BUCKETS; i++)
		calls += READ_ONCE(histogram->of[i]);
	return calls;
}

/**
 * probe_histogram_init() - prepare a histogram, or leave it as it is if calls were counted
 * @histogram: of one CPU, or to become a sum; zero at first
 *
 * Context: any but a handler.
 */
static inline void probe_histogram_init(struct probe_histogram *histogram)
{
	if (!probe_histogram_calls(histogram))
		histogram->least = U64_MAX;
}

#endif
