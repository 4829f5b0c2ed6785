/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many hits may be logged: ratelimit= (per second, after a burst) and max_hits= (in
 * total).
 *
 * All CPUs share one token bucket and one count, as the two parameters apply to the whole
 * module. These two counters are the only data that handlers on different CPUs write.
 * They are written only for hits that are let through, plus at most one overshoot of
 * max_hits per CPU. A hit that is refused at once only reads them. With ratelimit=0 and
 * max_hits=0 nothing here is called.
 *
 * The bucket follows the generic cell rate algorithm: it is one variable, the time at which
 * the bucket will be full again, which each hit advances by its cost. On a 64-bit machine
 * the time is in jiffies, as reading a clock would cost more than the rest of a refused hit.
 * So the bucket must hold at least the hits of one jiffy. A 32-bit machine reads jiffies_64
 * under a seqcount, for which a handler that has interrupted the writer would wait for ever,
 * so there the time is that of the scheduler's clock.
 *
 * A stack is charged one hit for each of its lines: one deep stack fills as much of the
 * kernel log as ten other hits.
 */
#ifndef PROBE_LIMIT_H
#define PROBE_LIMIT_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/jiffies.h>
#include <linux/sched/clock.h>
#include <linux/time64.h>
#include <linux/types.h>

#define PROBE_LIMIT_RATE 100	/* the default of ratelimit= */

/*
 * A burst must fit into the ring of one CPU, as all its hits may be on that CPU, before the
 * first line is printed. So its size follows from ring= and from the size of a hit: for a
 * kprobe about 300 bytes by default, with the record of the post handler, and in addition
 * the values of args=. With ring=64 the lines of a burst also fit into a kernel log of
 * 128 KiB.
 */
#define PROBE_LIMIT_HIT_BYTES 320
#define PROBE_LIMIT_BURST_MAX 1000

/* Units of time. With 2^20 parts of a jiffy, or with ns, the cost of a hit is exact enough. */
#ifdef CONFIG_64BIT
#define PROBE_LIMIT_SHIFT 20
#define PROBE_LIMIT_JIFFY (1L << PROBE_LIMIT_SHIFT)
#define PROBE_LIMIT_SECOND (HZ * PROBE_LIMIT_JIFFY)
#else
#define PROBE_LIMIT_JIFFY ((s64)TICK_NSEC)
#define PROBE_LIMIT_SECOND ((s64)NSEC_PER_SEC)
#endif

/*
 * The times are atomic64_t because a 32-bit machine would read an s64 in two halves. Its
 * 64-bit atomic operations need no lock (probe/arch.h).
 */
static struct {
	/* Read at every hit; written by parameters only. */
	atomic64_t cost;	/* of one hit, in units of time; 0: no ratelimit */
	atomic64_t room;	/* a hit is let through if at most this is used */
	long max_hits;		/* 0: no limit */
	long burst;		/* hits */

	/* Written at a hit that is let through. */
	atomic64_t full_at ____cacheline_aligned_in_smp;
	atomic_long_t taken;
} probe_limit = {
	.cost = ATOMIC64_INIT(PROBE_LIMIT_SECOND / PROBE_LIMIT_RATE),
};

static __always_inline s64 probe_limit_now(void)
{
#ifdef CONFIG_64BIT
	return get_jiffies_64() << PROBE_LIMIT_SHIFT;
#else
	return local_clock();
#endif
}

static __always_inline bool probe_limit_rate_refuses_at(s64 time)
{
	return atomic64_read(&probe_limit.cost) &&
	       atomic64_read(&probe_limit.full_at) - time > atomic64_read(&probe_limit.room);
}

/**
 * probe_limit_rate_refuses() - would a hit be over ratelimit= now?
 *
 * Context: any. Only reads.
 */
static __always_inline bool probe_limit_rate_refuses(void)
{
	return probe_limit_rate_refuses_at(probe_limit_now());
}

/**
 * probe_limit_reached() - have max_hits= hits been let through?
 *
 * Context: any. Only reads.
 */
static __always_inline bool probe_limit_reached(void)
{
	long max_hits = READ_ONCE(probe_limit.max_hits);

	return max_hits && atomic_long_read(&probe_limit.taken) >= max_hits;
}

/**
 * probe_limit_refuses() - do the limits let no hit through at present?
 *
 * Context: any. Only reads.
 */
static __always_inline bool probe_limit_refuses(void)
{
	return probe_limit_rate_refuses() || probe_limit_reached();
}

/**
 * probe_limit_take_rate() - charge one hit to ratelimit=
 *
 * Context: a handler.
 * Return: false if the hit is over the limit; nothing is charged then.
 */
static inline bool probe_limit_take_rate(void)
{
	s64 cost = atomic64_read(&probe_limit.cost);
	s64 full_at = atomic64_read(&probe_limit.full_at);
	s64 ahead;

	if (!cost)
		return true;
	do {
		ahead = max_t(s64, full_at - probe_limit_now(), 0);
		if (ahead > atomic64_read(&probe_limit.room))
			return false;
	} while (!atomic64_try_cmpxchg(&probe_limit.full_at, &full_at,
				       probe_limit_now() + ahead + cost));
	return true;
}

/**
 * probe_limit_charge() - charge more to ratelimit= for a hit that was let through
 * @hits: number of hits to charge, in addition to the one that has been charged
 *
 * Context: a handler.
 */
static inline void probe_limit_charge(unsigned long hits)
{
	atomic64_add(hits * atomic64_read(&probe_limit.cost), &probe_limit.full_at);
}

/**
 * probe_limit_take_max() - charge one hit to max_hits=
 *
 * Context: a handler, for a hit that will be logged if this returns true.
 * Return: false if the hit is over the limit.
 */
static inline bool probe_limit_take_max(void)
{
	long max_hits = READ_ONCE(probe_limit.max_hits);

	return !max_hits || (atomic_long_read(&probe_limit.taken) < max_hits &&
			     atomic_long_inc_return(&probe_limit.taken) <= max_hits);
}

#endif
