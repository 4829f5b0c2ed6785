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
 * the bucket will be full again, which each hit advances by its cost. The time is in
 * jiffies, as reading a clock would cost more than the rest of a refused hit. So the bucket
 * must hold at least the hits of one jiffy.
 *
 * A stack is charged one hit for each of its lines: one deep stack fills as much of the
 * kernel log as ten other hits.
 */
#ifndef PROBE_LIMIT_H
#define PROBE_LIMIT_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/jiffies.h>

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

/* Fixed point: with 2^20 parts of a jiffy the cost of a hit is exact enough. */
#define PROBE_LIMIT_SHIFT 20
#define PROBE_LIMIT_JIFFY (1L << PROBE_LIMIT_SHIFT)
#define PROBE_LIMIT_COST(rate) (HZ * PROBE_LIMIT_JIFFY / (rate))

static struct {
	/* Read at every hit; written by parameters only. */
	long cost;	/* of one hit, in parts of a jiffy; 0: no ratelimit */
	long room;	/* a hit is let through if at most this is used */
	long max_hits;	/* 0: no limit */
	long burst;	/* hits */

	/* Written at a hit that is let through. */
	atomic_long_t full_at ____cacheline_aligned_in_smp;
	atomic_long_t taken;
} probe_limit = {
	.cost = PROBE_LIMIT_COST(PROBE_LIMIT_RATE),
};

static __always_inline long probe_limit_now(void)
{
	return get_jiffies_64() << PROBE_LIMIT_SHIFT;
}

static __always_inline bool probe_limit_rate_refuses_at(long time)
{
	return READ_ONCE(probe_limit.cost) &&
	       atomic_long_read(&probe_limit.full_at) - time > READ_ONCE(probe_limit.room);
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
	long cost = READ_ONCE(probe_limit.cost);
	long full_at = atomic_long_read(&probe_limit.full_at);
	long ahead;

	if (!cost)
		return true;
	do {
		ahead = max(full_at - probe_limit_now(), 0L);
		if (ahead > READ_ONCE(probe_limit.room))
			return false;
	} while (!atomic_long_try_cmpxchg(&probe_limit.full_at, &full_at,
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
	atomic_long_add(hits * READ_ONCE(probe_limit.cost), &probe_limit.full_at);
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
