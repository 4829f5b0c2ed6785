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
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/types.h>

/* A bucket for 0, and one for each bit that can be the highest of an s64. */
#define PROBE_BUCKETS 64

#define PROBE_BAR 40	/* characters, of the fullest bucket */

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
 * probe_histogram_add() - add what one CPU has counted to a sum
 * @sum: added to
 * @cpu: that CPU's
 *
 * Exact when no call is in flight, otherwise as of about now.
 *
 * Context: any.
 */
static inline void probe_histogram_add(struct probe_histogram *sum,
				       const struct probe_histogram *cpu)
{
	int i;

	sum->sum += READ_ONCE(cpu->sum);
	sum->most = max(sum->most, READ_ONCE(cpu->most));
	sum->least = min(sum->least, READ_ONCE(cpu->least));
	sum->failed += READ_ONCE(cpu->failed);
	for (i = 0; i < PROBE_BUCKETS; i++)
		sum->of[i] += READ_ONCE(cpu->of[i]);
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

/* 2^n as "1", "512", "1K", "4M": a bucket's bound. */
static inline const char *probe_bound(char *text, size_t size, unsigned int n)
{
	static const char unit[] = "\0KMGTPE";

	snprintf(text, size, "%u%.1s", 1 << n % 10, &unit[n / 10]);
	return text;
}

/**
 * probe_histogram_print() - the lines of a histogram
 * @histogram: summed
 * @name:      whose it is
 *
 * Prints nothing if no call was counted.
 *
 * Context: process context.
 */
static inline void probe_histogram_print(const struct probe_histogram *histogram,
					 const char *name)
{
	unsigned int i, first = PROBE_BUCKETS, last = 0;
	u64 calls = probe_histogram_calls(histogram), fullest = 0;

	if (!calls)
		return;
	for (i = 0; i < PROBE_BUCKETS; i++) {
		if (!histogram->of[i])
			continue;
		fullest = max(fullest, histogram->of[i]);
		first = min(first, i);
		last = i;
	}
	pr_info("%s: %llu calls, %llu failed, took min %llu mean %llu max %llu ns\n", name,
		calls, histogram->failed, histogram->least,
		div64_u64(histogram->sum, calls), histogram->most);
	for (i = first; i <= last; i++) {
		char from[8], to[8], range[24];

		if (i < 2)
			snprintf(range, sizeof(range), "[%u]", i);
		else
			snprintf(range, sizeof(range), "[%s, %s)",
				 probe_bound(from, sizeof(from), i - 1),
				 probe_bound(to, sizeof(to), i));
		pr_info("%-14s%9llu |%-*.*s|\n", range, histogram->of[i], PROBE_BAR,
			(int)div64_u64(histogram->of[i] * PROBE_BAR, fullest),
			"@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@");
	}
}

#endif
