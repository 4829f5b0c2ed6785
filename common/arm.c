// SPDX-License-Identifier: GPL-2.0-only
/* The parameter enabled=: arm and disarm all probes. */

#include <linux/bitmap.h>
#include <linux/kprobes.h>
#include <linux/sched.h>

#include <compat/errname.h>
#include <common/target.h>

/*
 * Arm or disarm all registered probes; on error, restore the state before. Whether a probe
 * is really armed is checked: see probe_register_enable().
 *
 * Called under probe_mutex.
 */
static int probe_arm(bool on)
{
	DECLARE_BITMAP(changed, PROBE_TARGETS_MAX) = {};
	unsigned int i;
	int err = 0;

	for (i = 0; i < probe_nr_targets; i++) {
		struct kprobe *kp = probe_targets[i]->kp;

		if (!probe_targets[i]->registered || !!kprobe_disabled(kp) != on)
			continue;
		err = on ? probe_register_enable(probe_targets[i]) : disable_kprobe(kp);
		if (err)
			break;
		set_bit(i, changed);
		cond_resched();
	}
	if (!err)
		return 0;
	if (on)
		probe_errors_report(probe_targets[i], err);
	else
		pr_err("enabled=0: '%s' cannot be disarmed: " PROBE_ERR "\n",
		       probe_targets[i]->name, probe_err(err));
	for_each_set_bit(i, changed, PROBE_TARGETS_MAX)
		on ? disable_kprobe(probe_targets[i]->kp) : enable_kprobe(probe_targets[i]->kp);
	return err;
}

static int probe_arm_apply(unsigned long value)
{
	int err;

	if (!probe_params_live)
		return 0;
	if (value)
		probe_limit_set_max(probe_max_hits_param.value);
	err = probe_arm(value);
	if (!err)
		pr_info("%s\n", value ? "armed" : "disarmed");
	return err;
}

static struct probe_param_number probe_enabled_param = {
	.value = 1, .max = 1, .apply = probe_arm_apply, .expected = "0 or 1",
};

module_param_cb(enabled, &probe_param_number_ops, &probe_enabled_param, 0600);
MODULE_PARM_DESC(enabled, "0: disarm, 1: arm the probes; may be changed at run time (default: 1)");
