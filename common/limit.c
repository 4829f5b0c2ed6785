// SPDX-License-Identifier: GPL-2.0-only
/* The parameters ratelimit= and max_hits=, and the report of the hits that they suppressed. */

#include <linux/jiffies.h>
#include <linux/math64.h>

#include <probe/gate.h>
#include <common/counts.h>
#include <common/limit.h>
#include <common/target.h>

/**
 * probe_limit_rate_refused_since() - may a hit have been over ratelimit= since a time?
 * @time: the time, from probe_limit_now()
 *
 * Time only adds tokens to the bucket, and only hits remove them. If a hit would not have
 * been refused at @time with the tokens that were removed until now, none was since.
 *
 * Context: any. Only reads.
 */
static bool probe_limit_rate_refused_since(s64 time)
{
	return probe_limit_rate_refuses_at(time);
}

/**
 * probe_limit_set_rate() - set ratelimit= and fill the bucket
 * @rate: hits a second; 0: no limit
 *
 * Context: process context, under probe_mutex.
 */
static void probe_limit_set_rate(unsigned int rate)
{
	s64 cost = rate ? div_u64(PROBE_LIMIT_SECOND, rate) : 0;

	atomic64_set(&probe_limit.full_at, probe_limit_now());
	atomic64_set(&probe_limit.room,
		     max((probe_limit.burst - 1) * cost, PROBE_LIMIT_JIFFY - cost));
	atomic64_set(&probe_limit.cost, cost);
}

/**
 * probe_limit_set_burst() - set the size of the bucket
 * @ring: size of a CPU's ring in bytes
 * @args: bytes that the values of args= may take at a hit
 * @rate: ratelimit=
 *
 * Context: process context, under probe_mutex, before the first hit.
 */
static void probe_limit_set_burst(unsigned long ring, unsigned int args, unsigned int rate)
{
	probe_limit.burst = min_t(unsigned long, ring / (PROBE_LIMIT_HIT_BYTES + args),
				  PROBE_LIMIT_BURST_MAX);
	probe_limit_set_rate(rate);
}

/**
 * probe_limit_set_max() - set max_hits= and reset the count
 * @hits: number of hits; 0: no limit
 *
 * Context: process context, under probe_mutex.
 */
static void probe_limit_set_max(unsigned int hits)
{
	atomic_long_set(&probe_limit.taken, 0);
	WRITE_ONCE(probe_limit.max_hits, hits);
}

/**
 * probe_limit_any() - is ratelimit= or max_hits= set?
 *
 * Context: any.
 */
static bool probe_limit_any(void)
{
	return atomic64_read(&probe_limit.cost) || READ_ONCE(probe_limit.max_hits);
}

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
MODULE_PARM_DESC(ratelimit, "log at most this many hits a second, each line of a stack counted as one, after a burst of 200 (1000 with ring=512); 0: all (default: 100)");

static int probe_limit_apply_max(unsigned long value)
{
	probe_limit_set_max(value);
	probe_gate_set(limit, probe_limit_any());
	return 0;
}

static struct probe_param_number probe_max_hits_param = {
	.max = INT_MAX, .apply = probe_limit_apply_max,
	.expected = "a number of hits up to 2147483647, or 0 for no end",
};

module_param_cb(max_hits, &probe_param_number_ops, &probe_max_hits_param, 0600);
MODULE_PARM_DESC(max_hits, "disarm after this many logged hits; enabled=1 starts over (default: 0, never)");

/*
 * How long to wait before the counters are checked again while the limits suppress hits. The
 * interval is doubled each time, because checking may itself cause such hits.
 */
#define PROBE_LIMIT_REPORT_INTERVAL	(HZ / 2)
#define PROBE_LIMIT_REPORT_MAX		(2 * HZ)

/**
 * struct probe_limit_suppressed - state of the report of suppressed hits
 * @seen:     number of suppressed hits at the last check
 * @reported: number of suppressed hits that have been reported
 * @checked:  jiffies at the last check
 * @since:    the same as a time of the limits
 * @wait:     jiffies from @checked to the next check; 0: no check is needed
 */
static struct probe_limit_suppressed {
	u64 seen;
	u64 reported;
	u64 checked;
	s64 since;
	u64 wait;
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
 * Print one line when the limits have ceased to suppress hits. Returns after how many
 * nanoseconds to check again while they do, or may begin to without a logged hit that would
 * wake the drain thread; 0 otherwise.
 */
static u64 probe_limit_report(void)
{
	struct probe_limit_suppressed *state = &probe_limit_suppressed;
	u64 now = get_jiffies_64();
	u64 limited;

	/* Handlers write the counters, so do not read them after every batch. */
	if (state->wait) {
		if (now - state->checked < state->wait)
			return (state->checked + state->wait - now) * TICK_NSEC;
	} else if (!probe_limit_rate_refused_since(state->since) && !probe_limit_reached()) {
		return 0;
	}

	state->checked = now;
	state->since = probe_limit_now();
	limited = probe_limit_count();
	if (limited != state->seen) {
		state->seen = limited;
		state->wait = clamp_t(u64, 2 * state->wait, PROBE_LIMIT_REPORT_INTERVAL,
				      PROBE_LIMIT_REPORT_MAX);
	} else if (limited != state->reported && state->wait > PROBE_LIMIT_REPORT_INTERVAL) {
		/* None during a long interval: report it after a short one without any. */
		state->wait = PROBE_LIMIT_REPORT_INTERVAL;
	} else {
		if (limited != state->reported)
			pr_info("%llu hits suppressed (ratelimit=%lu max_hits=%lu)\n",
				limited - state->reported, probe_ratelimit_param.value,
				probe_max_hits_param.value);
		state->reported = limited;
		state->wait = probe_limit_rate_refuses() ? PROBE_LIMIT_REPORT_INTERVAL : 0;
	}
	return state->wait * TICK_NSEC;
}
