// SPDX-License-Identifier: GPL-2.0-only
/* The parameter report=, and the report lines, which rmmod prints, too. */

#include <linux/kernel.h>
#include <linux/sched.h>

#include <probe/text.h>
#include <common/ops.h>
#include <common/target.h>

/* Print the counters of a probe; @mode: how it is armed, or NULL if it was unregistered. */
static void probe_report_counts(const struct probe_target *target, const char *mode)
{
	char text[384], state[64];
	u8 now[PROBE_TEXT_BYTES];
	int len;

	len = probe_stats_format(text, sizeof(text), target);
	if (probe_nr_targets > 1 && probe_ops.format_calls)
		probe_ops.format_calls(text + len, sizeof(text) - len, target);
	if (!mode)
		scnprintf(state, sizeof(state), "unregistered");
	else if (target->registered && probe_text_read(now, target->addr))
		scnprintf(state, sizeof(state), "mode=%s now=%*phN", mode,
			  PROBE_TEXT_BYTES, now);
	else
		scnprintf(state, sizeof(state), "mode=%s", mode);
	pr_info("%s at %px %s %s%s\n", probe_ops.name, target->addr, target->name, state, text);
}

/* Calls of a function that were entered and have not returned yet. */
static u64 probe_report_inside(const struct probe_target *target)
{
	return probe_ops.nr_inside ? probe_ops.nr_inside(target) : 0;
}

/* Print the counters of a probe, and why it may have no hits, or the extra lines of its module. */
static void probe_report(const struct probe_target *target, const char *mode)
{
	u64 inside = probe_report_inside(target);
	struct probe_counts sum = {};

	probe_report_counts(target, mode);
	probe_counts_add(&sum, target->counts);
	if (!target->addr)
		pr_warn("'%s' was never registered: its module was not loaded\n", target->name);
	else if (probe_counts_hits(&sum) || probe_target_missed(target))
		;
	else if (inside)
		pr_info("'%s' was entered and has not returned yet: %llu calls are inside\n",
			target->name, inside);
	else
		/* A module cannot find out whether there are several. */
		pr_warn("'%s' was never hit: it may not have been called, may be inlined where it is called, may be the first of several functions of this name (see /proc/kallsyms), or another function may do its work on this kernel\n",
			target->name);
	if (probe_ops.report_extra)
		probe_ops.report_extra(target);
}

/* How a probe is armed while the module is loaded. @off: debugfs kprobes/enabled is 0 */
static const char *probe_report_mode(const struct probe_target *target, bool off)
{
	if (!target->registered)
		return probe_target_waits(target) ? "waiting" : "gone";
	return (off ? NULL : probe_text_mode(target->kp)) ?: "disabled";
}

/**
 * probe_report_all() - print the counters of all probes, those with most hits first
 * @live: the module is not being unloaded
 *
 * With many probes this is a table: one line for each that was hit, and one for the others.
 *
 * Context: process context, under probe_mutex.
 */
static void probe_report_all(bool live)
{
	bool off = live && probe_ftrace_kprobes_are_off();
	bool few = probe_nr_targets <= PROBE_TARGETS_FEW;
	unsigned int i, nr_unhit = 0;

	probe_stats_sort();
	for (i = 0; i < probe_nr_targets; i++) {
		struct probe_target *target = probe_selection[i];
		const char *mode = live ? probe_report_mode(target, off) : NULL;

		if (!few && (target->hits || target->missed))
			probe_report_counts(target, mode);
		else if (few || probe_report_inside(target))
			probe_report(target, mode);
		else
			probe_selection[nr_unhit++] = target;
		cond_resched();
	}
	probe_target_log_selected(0, nr_unhit, "were never hit");
}

static int probe_report_apply(unsigned long value)
{
	if (!probe_params_live)
		return -ENODEV;
	probe_report_all(true);
	probe_summary_print();
	return 0;
}

static struct probe_param_number probe_report_param = {
	.min = 1, .max = 1, .apply = probe_report_apply, .expected = "1",
};

module_param_cb(report, &probe_param_number_ops, &probe_report_param, 0200);
MODULE_PARM_DESC(report, "write 1: print the counters of each probe to dmesg");
