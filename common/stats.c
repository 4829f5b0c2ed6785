// SPDX-License-Identifier: GPL-2.0-only
/* The parameter stats=: the counters of all probes, and of each. */

#include <linux/kernel.h>
#include <linux/sort.h>

#include <common/counts.h>
#include <common/sum.h>
#include <common/target.h>

/* Only with log=0 there are hits that are only in the table of by=. */
static bool probe_stats_has(enum probe_outcome outcome)
{
	return outcome != PROBE_SUMMED || !probe_sum.log;
}

/* Format the counters of a probe: " hits=... logged=... ... missed=... faults=..." */
static int probe_stats_format(char *text, size_t size, const struct probe_target *target)
{
	struct probe_counts sum = {};
	int i, len;

	probe_counts_add(&sum, target->counts);
	len = scnprintf(text, size, " hits=%llu", probe_counts_hits(&sum));
	for (i = 0; i < PROBE_OUTCOMES; i++)
		if (probe_stats_has(i))
			len += scnprintf(text + len, size - len, " %s=%llu",
					 probe_outcome_names[i], sum.of[i]);
	return len + scnprintf(text + len, size - len, " missed=%lu faults=%llu",
			       probe_target_missed(target), sum.faults);
}

/* Most hits first, then most missed; otherwise in the order of symbol=. */
static int probe_stats_compare(const void *a, const void *b)
{
	const struct probe_target *x = *(const struct probe_target * const *)a;
	const struct probe_target *y = *(const struct probe_target * const *)b;

	if (x->hits != y->hits)
		return x->hits < y->hits ? 1 : -1;
	return x->missed != y->missed ? (x->missed < y->missed ? 1 : -1) : x->index - y->index;
}

/**
 * probe_stats_sort() - set probe_selection to all targets, those with most hits first
 *
 * Context: process context, under probe_mutex.
 */
static void probe_stats_sort(void)
{
	unsigned int i;

	for (i = 0; i < probe_nr_targets; i++) {
		struct probe_target *target = probe_targets[i];
		struct probe_counts sum = {};

		probe_counts_add(&sum, target->counts);
		target->hits = probe_counts_hits(&sum);
		target->missed = probe_target_missed(target);
		probe_selection[i] = target;
	}
	sort(probe_selection, probe_nr_targets, sizeof(*probe_selection), probe_stats_compare,
	     NULL);
}

/* Append a line for each probe to a page, as many as fit. Returns the new length. */
static int probe_stats_list_targets(char *buffer, int len)
{
	const size_t room = PAGE_SIZE - sizeof("... 256 more\n");
	bool few = probe_nr_targets <= PROBE_TARGETS_FEW;
	unsigned int i;

	if (!few)
		probe_stats_sort();
	for (i = 0; i < probe_nr_targets; i++) {
		const struct probe_target *target = few ? probe_targets[i] : probe_selection[i];
		int begin = len;

		len += scnprintf(buffer + len, room - len, "%s", target->name);
		len += probe_stats_format(buffer + len, room - len, target);
		len += scnprintf(buffer + len, room - len,
				 probe_target_waits(target) ? " waiting=1\n" : "\n");
		/* A full buffer may have cut the line. */
		if (len == room - 1)
			return begin + scnprintf(buffer + begin, PAGE_SIZE - begin, "... %u more\n",
						 probe_nr_targets - i);
	}
	return len;
}

/* Called under probe_mutex. */
static int probe_stats_list(char *buffer)
{
	struct probe_counts sum = {};
	unsigned int i, waiting = 0;
	unsigned long missed = 0;
	int len;

	if (!probe_params_live)
		return -ENODEV;
	for (i = 0; i < probe_nr_targets; i++) {
		probe_counts_add(&sum, probe_targets[i]->counts);
		missed += probe_target_missed(probe_targets[i]);
		waiting += probe_target_waits(probe_targets[i]);
	}
	len = scnprintf(buffer, PAGE_SIZE, "hits %llu\n", probe_counts_hits(&sum));
	for (i = 0; i < PROBE_OUTCOMES; i++)
		if (probe_stats_has(i))
			len += scnprintf(buffer + len, PAGE_SIZE - len, "%s %llu\n",
					 probe_outcome_names[i], sum.of[i]);
	len += scnprintf(buffer + len, PAGE_SIZE - len, "missed %lu\nfaults %llu\nwaiting %u\n",
			 missed, sum.faults, waiting);
	if (probe_nr_targets > 1)
		len = probe_stats_list_targets(buffer, len);
	return len;
}

static int probe_stats_get(char *buffer, const struct kernel_param *kp)
{
	int len;

	mutex_lock(&probe_mutex);
	len = probe_stats_list(buffer);
	mutex_unlock(&probe_mutex);
	return len;
}

static int probe_stats_set(const char *val, const struct kernel_param *kp)
{
	pr_err("%s=: this parameter is read-only\n", kp->name);
	return -EINVAL;
}

static const struct kernel_param_ops probe_stats_ops = {
	.set = probe_stats_set,
	.get = probe_stats_get,
};

module_param_cb(stats, &probe_stats_ops, NULL, 0400);
MODULE_PARM_DESC(stats, "read-only: the counters of the hits");
