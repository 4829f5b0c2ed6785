// SPDX-License-Identifier: GPL-2.0-only
/* The parameter stats=: the counters of all probes, and of each. */

#include <linux/kernel.h>

#include <common/counts.h>
#include <common/target.h>

/* Format the counters of a probe: " hits=... logged=... ... missed=... faults=..." */
static int probe_stats_format(char *text, size_t size, const struct probe_target *target)
{
	struct probe_counts sum = {};
	int i, len;

	probe_counts_add(&sum, target->counts);
	len = scnprintf(text, size, " hits=%llu", probe_counts_hits(&sum));
	for (i = 0; i < PROBE_OUTCOMES; i++)
		len += scnprintf(text + len, size - len, " %s=%llu",
				 probe_outcome_names[i], sum.of[i]);
	return len + scnprintf(text + len, size - len, " missed=%lu faults=%llu",
			       probe_target_missed(target), sum.faults);
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
		len += scnprintf(buffer + len, PAGE_SIZE - len, "%s %llu\n",
				 probe_outcome_names[i], sum.of[i]);
	len += scnprintf(buffer + len, PAGE_SIZE - len, "missed %lu\nfaults %llu\nwaiting %u\n",
			 missed, sum.faults, waiting);
	for (i = 0; i < probe_nr_targets && probe_nr_targets > 1; i++) {
		len += scnprintf(buffer + len, PAGE_SIZE - len, "%s", probe_targets[i]->name);
		len += probe_stats_format(buffer + len, PAGE_SIZE - len, probe_targets[i]);
		len += scnprintf(buffer + len, PAGE_SIZE - len,
				 probe_target_waits(probe_targets[i]) ? " waiting=1\n" : "\n");
	}
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
