// SPDX-License-Identifier: GPL-2.0-only
/* Sum and print the histogram of the durations of calls. */

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/printk.h>

#include <common/histogram.h>

/**
 * probe_histogram_add() - add the histogram of one CPU to a sum
 * @sum: the sum
 * @cpu: the histogram of the CPU
 *
 * The result is exact when no call is in progress, otherwise approximate.
 *
 * Context: any.
 */
static void probe_histogram_add(struct probe_histogram *sum,
				const struct probe_histogram *cpu)
{
	int i;

	sum->sum += probe_counter_read(&cpu->sum);
	sum->max = max(sum->max, probe_counter_read(&cpu->max));
	sum->min = min(sum->min, probe_counter_read(&cpu->min));
	sum->failed += probe_counter_read(&cpu->failed);
	for (i = 0; i < PROBE_BUCKETS; i++)
		sum->of[i] += probe_counter_read(&cpu->of[i]);
}

/* Format a duration with three digits and a unit: "311 ns", "2.04 us", "19.8 us", "268 ms". */
static const char *probe_histogram_time(char *text, size_t size, u64 ns)
{
	static const char * const units[] = { "ns", "us", "ms", "s" };
	unsigned int unit = 0;
	u32 rest = 0;

	while (ns >= 1000 && unit < ARRAY_SIZE(units) - 1) {
		ns = div_u64_rem(ns, 1000, &rest);
		unit++;
	}
	if (!unit || ns >= 100)
		snprintf(text, size, "%llu %s", ns, units[unit]);
	else if (ns >= 10)
		snprintf(text, size, "%llu.%u %s", ns, rest / 100, units[unit]);
	else
		snprintf(text, size, "%llu.%02u %s", ns, rest / 10, units[unit]);
	return text;
}

/**
 * probe_histogram_print() - print a histogram
 * @histogram: the sum over all CPUs
 * @name:      name of the function
 *
 * Prints nothing if no call was counted.
 *
 * Context: process context.
 */
static void probe_histogram_print(const struct probe_histogram *histogram,
				  const char *name)
{
	unsigned int i, first = PROBE_BUCKETS, last = 0;
	u64 calls = probe_histogram_calls(histogram), fullest = 0, mean;
	char text[3][24];

	if (!calls)
		return;
	for (i = 0; i < PROBE_BUCKETS; i++) {
		if (!histogram->of[i])
			continue;
		fullest = max(fullest, histogram->of[i]);
		first = min(first, i);
		last = i;
	}
	mean = div64_u64(histogram->sum, calls);
	pr_info("%s: %llu calls, %llu failed, took min %llu mean %llu max %llu ns (%s, %s, %s)\n",
		name, calls, histogram->failed, histogram->min, mean, histogram->max,
		probe_histogram_time(text[0], sizeof(text[0]), histogram->min),
		probe_histogram_time(text[1], sizeof(text[1]), mean),
		probe_histogram_time(text[2], sizeof(text[2]), histogram->max));
	for (i = first; i <= last; i++) {
		char range[24];

		pr_info("%-14s%9llu |%-*s| from %s\n",
			probe_bucket_range(range, sizeof(range), i), histogram->of[i],
			PROBE_BUCKET_BAR,
			probe_bucket_bar(PROBE_BUCKET_BAR, histogram->of[i], fullest),
			probe_histogram_time(text[0], sizeof(text[0]), i ? BIT_ULL(i - 1) : 0));
	}
}
