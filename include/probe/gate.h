/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU flags: does a hit need more than its registers logged (a check such as a filter
 * or a limit, a stack)? If all are 0, a handler learns that with one load.
 */
#ifndef PROBE_GATE_H
#define PROBE_GATE_H

#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/types.h>

#include <compat/build_bug.h>
#include <probe/shared.h>

/**
 * union probe_gate - what applies to a hit
 * @in_our_irq_work: our irq_work is running on this CPU; written by this CPU
 * @readers: there are processes that read the kernel log
 * @skip:    skip= is set
 * @where:   where= or caller= is set
 * @slow:    these four, whose checks are slow, as they call functions
 * @filter:  pid=, comm= or uid= is set
 * @limit:   ratelimit= or max_hits= is set
 * @stack:   dump_stack= is set
 * @result:  errors= or min_us= is set
 * @any:     all of these
 */
union probe_gate {
	struct {
		union {
			struct {
				u8 in_our_irq_work;
				u8 readers;
				u8 skip;
				u8 where;
			};
			__le32 slow;
		};
		u8 filter;
		u8 limit;
		u8 stack;
		u8 result;
	};
	u64 any;
};

/* All of @slow but @where. */
#define PROBE_GATE_SELF cpu_to_le32(0x00ffffff)

static_assert(sizeof(union probe_gate) == sizeof(u64));

PROBE_SHARED_PER_CPU(union probe_gate, probe_gates)

/* Set one flag on all CPUs. A flag is a byte, so the store leaves the others unchanged. */
#define probe_gate_set(flag, value)						\
do {										\
	int probe_cpu;								\
										\
	for_each_possible_cpu(probe_cpu)					\
		WRITE_ONCE(per_cpu(probe_gates, probe_cpu).flag, value);	\
} while (0)

#endif
