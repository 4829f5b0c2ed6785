// SPDX-License-Identifier: GPL-2.0-only
/* The parameter report=, and the report lines, which rmmod prints, too. */

#include <linux/kernel.h>

#include <probe/text.h>
#include <common/ops.h>
#include <common/target.h>

/**
 * probe_report() - print the counters of a probe, and the extra lines of its module
 * @target: the probe
 * @mode:   how the probe is armed; NULL: it was unregistered
 *
 * Warns if there was no hit, and says why that may be.
 *
 * Context: process context.
 */
static void probe_report(const struct probe_target *target, const char *mode)
{
	struct probe_counts sum = {};
	char text[256], state[64];
	u8 now[PROBE_TEXT_BYTES];
	u64 inside;

	probe_stats_format(text, sizeof(text), target);
	if (!mode)
		scnprintf(state, sizeof(state), "unregistered");
	else if (target->registered && probe_text_read(now, target->addr))
		scnprintf(state, sizeof(state), "mode=%s now=%*phN", mode,
			  PROBE_TEXT_BYTES, now);
	else
		scnprintf(state, sizeof(state), "mode=%s", mode);
	pr_info("%s at %px %s %s%s\n", probe_ops.name, target->addr, target->name, state, text);

	probe_counts_add(&sum, target->counts);
	inside = probe_ops.nr_inside ? probe_ops.nr_inside(target) : 0;
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

static int probe_report_apply(unsigned long value)
{
	unsigned int i;
	bool off;

	if (!probe_params_live)
		return -ENODEV;
	off = probe_ftrace_kprobes_are_off();
	for (i = 0; i < probe_nr_targets; i++)
		probe_report(probe_targets[i],
			     probe_target_waits(probe_targets[i]) ? "waiting" :
			     !probe_targets[i]->registered ? "gone" :
			     off ? "disabled" : probe_text_mode(probe_targets[i]->kp) ?: "disabled");
	return 0;
}

static struct probe_param_number probe_report_param = {
	.min = 1, .max = 1, .apply = probe_report_apply, .expected = "1",
};

module_param_cb(report, &probe_param_number_ops, &probe_report_param, 0200);
MODULE_PARM_DESC(report, "write 1: print the counters of each probe to dmesg");
