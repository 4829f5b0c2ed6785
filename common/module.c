// SPDX-License-Identifier: GPL-2.0-only
/* Module init and exit. */

#include <linux/module.h>

#include <probe/drain.h>
#include <common/ops.h>
#include <common/target.h>

/* ring= */

static bool probe_module_ring_valid(unsigned long value)
{
	return is_power_of_2(value);
}

static struct probe_param_number probe_ring_param = {
	.value = 64, .min = 16, .max = 16384, .valid = probe_module_ring_valid,
	.expected = "KiB, a power of two from 16 to 16384",
};

module_param_cb(ring, &probe_param_number_ops, &probe_ring_param, 0400);
MODULE_PARM_DESC(ring, "KiB of buffer per CPU, a power of two, 16 to 16384 (default: 64)");

/* A record that unloading leaves no time to print. */
static void probe_discard(const struct probe_record *rec, unsigned int cpu)
{
	probe_hit_discard(probe_targets[rec->target], rec, cpu);
}

/* What the drain thread does beside printing lines. */
static u64 probe_housekeeping(void)
{
	if (probe_limit_reached()) {
		mutex_lock(&probe_mutex);
		if (probe_params_live && probe_enabled_param.value &&
		    probe_limit_reached()) {
			if (!probe_arm(false))
				pr_info("max_hits=%lu reached: disarmed, enabled=1 starts over\n",
					probe_max_hits_param.value);
			/* Or an error was said, once. */
			probe_enabled_param.value = 0;
		}
		mutex_unlock(&probe_mutex);
	}
	return probe_limit_report();
}

/**
 * probe_module_init() - plant a probe on each of symbol=, all or none
 *
 * Context: module init.
 * Return: 0 or -errno, with one line in dmesg that says why; on error nothing
 * stays registered or allocated.
 */
static int __init probe_module_init(void)
{
	unsigned int i;
	int err;

	if (!probe_args_param.value)
		probe_args_default(&probe_args, probe_ops.nr_args);
	err = probe_targets_parse(probe_symbol_param.value ?: probe_ops.default_symbol);
	if (err)
		return err;
	err = probe_drain_create(probe_ring_param.value << 10, probe_ops.format, probe_discard,
				 probe_housekeeping);
	if (err) {
		pr_err("ring=%lu: no buffers of so many KiB for %u CPUs, or no thread: %d %pe: try a smaller ring=\n",
		       probe_ring_param.value, num_possible_cpus(), err, ERR_PTR(err));
		goto free;
	}
	/* First, so that no module comes unseen between a look for it and the wait. */
	err = probe_notifier_register();
	if (err)
		goto destroy;

	mutex_lock(&probe_mutex);
	probe_limit_set_burst(probe_ring_param.value << 10, probe_ratelimit_param.value);
	/* The default of ratelimit= was never written. */
	probe_gate_set(limit, probe_limit_any());
	for (i = 0; !err && i < probe_nr_targets; i++)
		err = probe_register_or_wait(probe_targets[i], probe_enabled_param.value);
	/* From here on the parameters, and modules that come, reach the probes. */
	probe_params_live = !err;
	for (i = 0; !err && i < probe_nr_targets; i++) {
		if (probe_targets[i]->requested_name)
			probe_target_say_renamed(probe_targets[i]);
		probe_register_log(probe_targets[i]);
	}
	if (err)
		probe_register_undo(probe_targets, probe_nr_targets);
	mutex_unlock(&probe_mutex);
	if (err)
		goto ignore;

	/* Only now, so that the lines of hits follow those above. */
	probe_drain_start();
	return 0;

ignore:
	probe_notifier_unregister();
destroy:
	probe_drain_destroy();
free:
	probe_targets_free();
	return err;
}

/**
 * probe_module_exit() - take the probes away and say what they saw
 *
 * First nobody can arm or plant a probe any more; then the probes go, and with them the
 * last handler, for unregistering waits for those that run; so no record comes
 * after the drain thread's last batch, and the counters that are printed are
 * final. Then nothing uses what is freed.
 *
 * Context: module exit.
 */
static void probe_module_exit(void)
{
	unsigned int i;

	mutex_lock(&probe_mutex);
	probe_params_live = false;
	probe_register_undo(probe_targets, probe_nr_targets);
	mutex_unlock(&probe_mutex);

	probe_notifier_unregister();
	probe_drain_destroy();
	for (i = 0; i < probe_nr_targets; i++)
		probe_report(probe_targets[i], "unregistered", NULL);
	probe_targets_free();
}
