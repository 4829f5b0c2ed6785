/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions that are probed. They are in a file of their own so that the
 * compiler, seeing only this, makes no copies of them that suit their caller.
 */
#ifndef BENCH_TARGETS_H
#define BENCH_TARGETS_H

/* As most functions are: with room for ftrace at the entry, which kprobes use. */
long bench_traced(long a, long b, long c, long d, long e, long f);

/* Without it: the probe is an int3, or a jump where the kernel may optimise. */
long bench_untraced(long a, long b, long c, long d, long e, long f);

/* Of pointers, to a text of 32 characters and to a pointer to a number. */
struct bench_link {
	const struct bench_link *next;
	long number;
};

long bench_pointed(const char *text, const struct bench_link *link);

#endif
