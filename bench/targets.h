/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions that are probed. They are in a file of their own so that the compiler does not
 * see the callers and makes no specialised clones.
 */
#ifndef BENCH_TARGETS_H
#define BENCH_TARGETS_H

/* Like most functions, it has an ftrace site at its entry, which kprobes use. */
long bench_traced(long a, long b, long c, long d, long e, long f);

/* It has none, so the probe is an int3, or a jump if the kernel may optimise it. */
long bench_untraced(long a, long b, long c, long d, long e, long f);

/* Its arguments point to a text of 32 characters and to a pointer to a number. */
struct bench_link {
	const struct bench_link *next;
	long number;
};

long bench_pointed(const char *text, const struct bench_link *link);

/* Its arguments are a file and a socket. */
struct file;
struct sock;

long bench_objects(const struct file *file, const struct sock *sk);

#endif
