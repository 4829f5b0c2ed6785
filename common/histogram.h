/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Count the durations of calls: a bucket for each power of two, minimum, maximum and sum. The
 * buckets are those of by=NAME.log2 (sum.h); bucket.c prints both.
 *
 * Each CPU has its own histogram, which is written only by handlers on that CPU. They do
 * not nest, so plain additions suffice.
 */
#ifndef PROBE_HISTOGRAM_H
#define PROBE_HISTOGRAM_H

#include <linux/bitops.h>
#include <linux/types.h>

#include <probe/counter.h>

/* One bucket for 0, and one for each possible highest bit of a positive s64. */
#define PROBE_BUCKETS 64

/**
 * struct probe_histogram - durations of calls in ns, on one CPU or summed
 * @sum:    sum of all durations
 * @max:    the longest one
 * @min:    the shortest one; U64_MAX if there is none: see probe_histogram_init()
 * @failed: number of calls that failed
 * @of:     @of[n] counts durations from 2^(n-1) to 2^n - 1, @of[0] those of 0
 *
 * The number of calls is the sum of the buckets.
 */
struct probe_histogram {
	u64 sum;
	u64 max;
	u64 min;
	u64 failed;
	u64 of[PROBE_BUCKETS];
};

/* The same as fls64(), which on a 64-bit machine costs more, as it must also handle 0. */
static __always_inline unsigned long probe_histogram_bucket(u64 duration)
{
	return BITS_PER_LONG == 64 ? __fls(2 * duration + 1) : fls64(duration);
}

/**
 * probe_histogram_count() - count a call
 * @cpu: the histogram of this CPU
 * @ns:   its duration; negative if the task moved to a CPU whose clock is slightly behind
 *
 * Context: a handler.
 * Return: @ns, or 0 if it is negative.
 */
static __always_inline u64 probe_histogram_count(struct probe_histogram *cpu, s64 ns)
{
	u64 duration = ns;

	if (unlikely(duration > cpu->max)) {
		if (ns < 0)
			duration = 0;
		else
			probe_counter_set(&cpu->max, duration);
	}
	if (unlikely(duration < cpu->min))
		probe_counter_set(&cpu->min, duration);
	probe_counter_add(&cpu->sum, duration);
	probe_counter_add(&cpu->of[probe_histogram_bucket(duration)], 1);
	return duration;
}

/**
 * probe_histogram_calls() - the number of calls that were counted
 * @histogram: of one CPU, or a sum
 *
 * Context: any.
 */
static inline u64 probe_histogram_calls(const struct probe_histogram *histogram)
{
	u64 calls = 0;
	int i;

	for (i = 0; i < PROBE_BUCKETS; i++)
		calls += probe_counter_read(&histogram->of[i]);
	return calls;
}

/**
 * probe_histogram_init() - initialise a histogram, unless it has counted calls
 * @histogram: of one CPU, or a sum; initially zero
 *
 * Context: any but a handler.
 */
static inline void probe_histogram_init(struct probe_histogram *histogram)
{
	if (!probe_histogram_calls(histogram))
		histogram->min = U64_MAX;
}

#endif
