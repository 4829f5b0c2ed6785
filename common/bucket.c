// SPDX-License-Identifier: GPL-2.0-only
/* Print the buckets of a histogram: a range of values and a bar. */

#include <linux/kernel.h>
#include <linux/math64.h>

#include <compat/build_bug.h>

#define PROBE_BUCKET_BAR 40	/* characters of the longest bar */

/* Format the bound of a bucket, 2^n, as "1", "512", "1K", "4M". */
static const char *probe_bucket_bound(char *text, size_t size, unsigned int n)
{
	static const char unit[] = "\0KMGTPE";

	snprintf(text, size, "%u%.1s", 1 << n % 10, &unit[n / 10]);
	return text;
}

/**
 * probe_bucket_range() - format the range of values that a bucket counts
 * @text: for the result: "[0]", "[1]", "[512, 1K)"
 * @size: size of @text
 * @n:    the bucket, 0 to 64
 *
 * Context: any.
 * Return: @text.
 */
static const char *probe_bucket_range(char *text, size_t size, unsigned int n)
{
	char from[8], to[8];

	if (n < 2)
		snprintf(text, size, "[%u]", n);
	else
		snprintf(text, size, "[%s, %s)", probe_bucket_bound(from, sizeof(from), n - 1),
			 probe_bucket_bound(to, sizeof(to), n));
	return text;
}

/**
 * probe_bucket_bar() - a bar of "@"
 * @width: characters of the longest bar, at most PROBE_BUCKET_BAR
 * @hits:  what the bar stands for
 * @most:  what the longest bar stands for, not 0
 *
 * Context: any.
 * Return: the bar, its length rounded down.
 */
static const char *probe_bucket_bar(unsigned int width, u64 hits, u64 most)
{
	static const char bar[] = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@";

	static_assert(sizeof(bar) == PROBE_BUCKET_BAR + 1);
	return bar + PROBE_BUCKET_BAR - div64_u64(hits * width, most);
}
