/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many hits may be logged: ratelimit= (so many a second after a burst) and
 * max_hits= (so many at all).
 *
 * All CPUs share one bucket and one count, as the two parameters are the
 * module's. These are the only words that two CPUs may write at a hit, and
 * each is written only when its limit is set and has a share left for the hit: at
 * most ratelimit= times a second, max_hits= times and once more for each CPU at all.
 * A hit that both refuse from the start only reads. With ratelimit=0 and max_hits=0
 * nobody comes here.
 *
 * The bucket is kept as the generic cell rate algorithm does: one word, the
 * time at which the bucket would be full again, which each hit moves on by its
 * share of a second. Time is jiffies, for reading a clock would cost more than
 * all the rest of a refused hit. So the bucket has room for a jiffy's hits at the least.
 */
#ifndef PROBE_LIMIT_H
#define PROBE_LIMIT_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/jiffies.h>

#define PROBE_LIMIT_RATE 100	/* until ratelimit= says otherwise */
#define PROBE_LIMIT_BURST 1000

/* Fixed point: a jiffy in 2^20 parts lets a share of a second be exact enough. */
#define PROBE_LIMIT_SHIFT 20
#define PROBE_LIMIT_JIFFY (1L << PROBE_LIMIT_SHIFT)
#define PROBE_LIMIT_COST(rate) (HZ * PROBE_LIMIT_JIFFY / (rate))

static struct {
	/* Read at every hit; written by parameters only. */
	long cost;	/* of one hit, in parts of a jiffy; 0: no ratelimit */
	long room;	/* for a hit, if no more than this is taken */
	long most;	/* hits let through; 0: no max_hits */

	/* Written at a hit that is let through. */
	atomic_long_t full_at ____cacheline_aligned_in_smp;
	atomic_long_t taken;
} probe_limit = {
	.cost = PROBE_LIMIT_COST(PROBE_LIMIT_RATE),
	.room = (PROBE_LIMIT_BURST - 1) * PROBE_LIMIT_COST(PROBE_LIMIT_RATE),
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
 * probe_limit_rate_refused_since() - may a hit have been over ratelimit= since then?
 * @time: jiffies, 64 bits of them
 *
 * The bucket fills as time goes by and is emptied by hits only. If, as it is now, it
 * were not too empty even at that time, it never was too empty in between.
 *
 * Context: any. Only reads.
 */
static inline bool probe_limit_rate_refused_since(u64 time)
{
	return probe_limit_rate_refuses_at(time << PROBE_LIMIT_SHIFT);
}

/**
 * probe_limit_reached() - have max_hits= hits been let through?
 *
 * Context: any. Only reads.
 */
static __always_inline bool probe_limit_reached(void)
{
	long most = READ_ONCE(probe_limit.most);

	return most && atomic_long_read(&probe_limit.taken) >= most;
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
 * probe_limit_take_rate() - take a hit's share of ratelimit=
 *
 * Context: a handler.
 * Return: false if there is none.
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
 * probe_limit_take_max() - take one of the max_hits=
 *
 * Context: a handler, for a hit that nothing else keeps from being logged.
 * Return: false if there is none.
 */
static inline bool probe_limit_take_max(void)
{
	long most = READ_ONCE(probe_limit.most);

	return !most || (atomic_long_read(&probe_limit.taken) < most &&
			 atomic_long_inc_return(&probe_limit.taken) <= most);
}

/**
 * probe_limit_set_rate() - change ratelimit=; the bucket is full again
 * @rate: hits a second; 0: any number
 *
 * Context: process context; the caller serialises the changes.
 */
static inline void probe_limit_set_rate(unsigned int rate)
{
	long cost = rate ? PROBE_LIMIT_COST(rate) : 0;

	atomic_long_set(&probe_limit.full_at, probe_limit_now());
	WRITE_ONCE(probe_limit.room,
		   max((PROBE_LIMIT_BURST - 1) * cost, PROBE_LIMIT_JIFFY - cost));
	WRITE_ONCE(probe_limit.cost, cost);
}

/**
 * probe_limit_set_max() - change max_hits=; the count starts over
 * @hits: hits at all; 0: any number
 *
 * Context: process context; the caller serialises the changes.
 */
static inline void probe_limit_set_max(unsigned int hits)
{
	atomic_long_set(&probe_limit.taken, 0);
	WRITE_ONCE(probe_limit.most, hits);
}

/**
 * probe_limit_any() - is there any limit?
 *
 * Context: any.
 */
static inline bool probe_limit_any(void)
{
	return READ_ONCE(probe_limit.cost) || READ_ONCE(probe_limit.most);
}

#endif
