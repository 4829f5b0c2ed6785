/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU flags: does any check (filter, limit, log readers, our own irq_work) apply? In
 * the common case all are 0, which a handler learns with one load.
 */
#ifndef PROBE_GATE_H
#define PROBE_GATE_H

#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/types.h>

#include <probe/shared.h>

/**
 * union probe_gate - which checks apply to a hit
 * @in_our_irq_work: our irq_work is running on this CPU; written by this CPU
 * @filter:  pid=, comm= or uid= is set
 * @limit:   ratelimit= or max_hits= is set
 * @readers: there are processes that read the kernel log
 * @skip:    skip= is set
 * @any:     all of these
 */
union probe_gate {
	struct {
		u8 in_our_irq_work;
		u8 filter;
		u8 limit;
		u8 readers;
		u8 skip;
	};
	u64 any;
};

PROBE_SHARED_PER_CPU(union probe_gate, probe_gates)

/* Set one flag on all CPUs; it is a byte, so that the others are not disturbed. */
#define probe_gate_set(which, closed)						\
do {										\
	int probe_cpu;								\
										\
	for_each_possible_cpu(probe_cpu)					\
		WRITE_ONCE(per_cpu(probe_gates, probe_cpu).which, closed);	\
} while (0)

#endif
