// SPDX-License-Identifier: GPL-2.0-only
/* See targets.h. */

#include <linux/compiler.h>

#include "targets.h"

long bench_traced(long a, long b, long c, long d, long e, long f)
{
	return a;
}

/* Some bytes of plain instructions: a jump that optimises a probe needs five. */
notrace long bench_untraced(long a, long b, long c, long d, long e, long f)
{
	return a + b + c + d + e + f;
}

long bench_pointed(const char *text, const struct bench_link *link)
{
	return link->number;
}
