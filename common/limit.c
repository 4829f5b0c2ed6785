// SPDX-License-Identifier: GPL-2.0-only
/* The parameters ratelimit= and max_hits=, and the line that says how many hits they suppressed. */

#include <linux/jiffies.h>

#include <probe/gate.h>
#include <common/counts.h>
#include <common/limit.h>
#include <common/target.h>

/**
 * probe_limit_rate_refused_since() - may a hit have been over ratelimit= since then?
 * @time: jiffies, 64 bits of them
 *
 * The bucket fills as time goes by and is emptied by hits only. If, as it is now, it
 * were not too empty even at that time, it never was too empty in between.
 *
 * Context: any. Only reads.
 */
static bool probe_limit_rate_refused_since(u64 time)
{
	return probe_limit_rate_refuses_at(time << PROBE_LIMIT_SHIFT);
}

/**
 * probe_limit_set_rate() - change ratelimit=; the bucket is full again
 * @rate: hits a second; 0: any number
 *
 * Context: process context; the caller serialises the changes.
 */
static void probe_limit_set_rate(unsigned int rate)
{
	long cost = rate ? PROBE_LIMIT_COST(rate) : 0;

	atomic_long_set(&probe_limit.full_at, probe_limit_now());
	WRITE_ONCE(probe_limit.room,
		   max((probe_limit.burst - 1) * cost, PROBE_LIMIT_JIFFY - cost));
	WRITE_ONCE(probe_limit.cost, cost);
}

/**
 * probe_limit_set_burst() - set the size of the bucket
 * @ring: bytes of a CPU's ring
 * @rate: ratelimit=
 *
 * Context: as probe_limit_set_rate(), before there is any hit.
 */
static void probe_limit_set_burst(unsigned long ring, unsigned int rate)
{
	probe_limit.burst = min_t(unsigned long, ring / PROBE_LIMIT_HIT_BYTES,
				  PROBE_LIMIT_BURST_MAX);
	probe_limit_set_rate(rate);
}

/**
 * probe_limit_set_max() - change max_hits=; the count starts over
 * @hits: hits at all; 0: any number
 *
 * Context: process context; the caller serialises the changes.
 */
static void probe_limit_set_max(unsigned int hits)
{
	atomic_long_set(&probe_limit.taken, 0);
	WRITE_ONCE(probe_limit.most, hits);
}

/**
 * probe_limit_any() - is there any limit?
 *
 * Context: any.
 */
static bool probe_limit_any(void)
{
	return READ_ONCE(probe_limit.cost) || READ_ONCE(probe_limit.most);
}

/* ratelimit=, max_hits= */

static int probe_limit_apply_rate(unsigned long value)
{
	probe_limit_set_rate(value);
	probe_gate_set(limit, probe_limit_any());
	return 0;
}

static struct probe_param_number probe_ratelimit_param = {
	.value = PROBE_LIMIT_RATE, .max = 1000000, .apply = probe_limit_apply_rate,
	.expected = "hits a second up to 1000000, or 0 for any number",
};

module_param_cb(ratelimit, &probe_param_number_ops, &probe_ratelimit_param, 0600);
MODULE_PARM_DESC(ratelimit, "log at most so many hits a second, each line of a stack counted as one, after a burst of 200 (1000 with ring=512); 0: all (default: 100)");

static int probe_limit_apply_max(unsigned long value)
{
	probe_limit_set_max(value);
	probe_gate_set(limit, probe_limit_any());
	return 0;
}

static struct probe_param_number probe_max_hits_param = {
	.max = INT_MAX, .apply = probe_limit_apply_max,
	.expected = "a number of hits, or 0 for no end",
};

module_param_cb(max_hits, &probe_param_number_ops, &probe_max_hits_param, 0600);
MODULE_PARM_DESC(max_hits, "disarm after so many logged hits; enabled=1 starts over (default: 0, never)");

/*
 * How often to look whether limits still suppress hits. The longer they do the
 * less often, for looking may itself cause such hits.
 */
#define PROBE_LIMIT_REPORT_INTERVAL	(HZ / 2)
#define PROBE_LIMIT_REPORT_MAX	(2 * HZ)

/* What the limits have kept out of dmesg, and what a line has told of it. */
static struct {
	u64 seen;
	u64 told;
	u64 looked;	/* when: jiffies */
	u64 wait;	/* and when again after that; 0: no need */
} probe_limit_suppressed;

static u64 probe_limit_count(void)
{
	struct probe_counts sum = {};
	unsigned int i;

	for (i = 0; i < probe_nr_targets; i++)
		probe_counts_add(&sum, probe_targets[i]->counts);
	return sum.of[PROBE_LIMITED];
}

/*
 * One line when a suppression has ended. Returns after how many nanoseconds to
 * look again, while one goes on or may begin with no logged hit to wake the drain
 * thread; 0 otherwise.
 */
static u64 probe_limit_report(void)
{
	u64 now = get_jiffies_64();
	u64 limited;

	/* The counters are those that handlers write: don't look at every batch. */
	if (probe_limit_suppressed.wait) {
		if (now - probe_limit_suppressed.looked < probe_limit_suppressed.wait)
			return (probe_limit_suppressed.looked + probe_limit_suppressed.wait - now) *
			       TICK_NSEC;
	} else if (!probe_limit_rate_refused_since(probe_limit_suppressed.looked) &&
		   !probe_limit_reached()) {
		return 0;
	}

	probe_limit_suppressed.looked = now;
	limited = probe_limit_count();
	if (limited != probe_limit_suppressed.seen) {
		probe_limit_suppressed.seen = limited;
		probe_limit_suppressed.wait = clamp_t(u64, 2 * probe_limit_suppressed.wait,
						      PROBE_LIMIT_REPORT_INTERVAL, PROBE_LIMIT_REPORT_MAX);
	} else if (limited != probe_limit_suppressed.told && probe_limit_suppressed.wait > PROBE_LIMIT_REPORT_INTERVAL) {
		/* None in a long time; but it may have ended just now. */
		probe_limit_suppressed.wait = PROBE_LIMIT_REPORT_INTERVAL;
	} else {
		if (limited != probe_limit_suppressed.told)
			pr_info("%llu hits suppressed (ratelimit=%lu max_hits=%lu)\n",
				limited - probe_limit_suppressed.told,
				probe_ratelimit_param.value,
				probe_max_hits_param.value);
		probe_limit_suppressed.told = limited;
		probe_limit_suppressed.wait = probe_limit_rate_refuses() ? PROBE_LIMIT_REPORT_INTERVAL : 0;
	}
	return probe_limit_suppressed.wait * TICK_NSEC;
}
