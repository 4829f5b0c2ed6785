// SPDX-License-Identifier: GPL-2.0-only
/* See targets.h. */

#include <linux/compiler.h>
#include <linux/stddef.h>

#include "targets.h"

long bench_traced(long a, long b, long c, long d, long e, long f)
{
	return a;
}

/* It has some bytes of plain instructions, because the jump of an optimised probe needs five. */
notrace long bench_untraced(long a, long b, long c, long d, long e, long f)
{
	return a + b + c + d + e + f;
}

long bench_pointed(const char *text, const struct bench_link *link)
{
	return link->number;
}

long bench_objects(const struct file *file, const struct sock *sk)
{
	return file != NULL;
}
