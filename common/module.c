// SPDX-License-Identifier: GPL-2.0-only
/* Init and exit of the three modules, and the parameter ring=. */

#include <linux/module.h>

#include <compat/errname.h>
#include <probe/drain.h>
#include <common/ops.h>
#include <common/sum.h>
#include <common/target.h>

static bool probe_module_ring_valid(unsigned long value)
{
	return is_power_of_2(value);
}

static struct probe_param_number probe_ring_param = {
	.value = 64, .min = 16, .max = 16384, .valid = probe_module_ring_valid,
	.expected = "KiB, a power of two from 16 to 16384",
};

module_param_cb(ring, &probe_param_number_ops, &probe_ring_param, 0400);
MODULE_PARM_DESC(ring, "KiB of buffer per CPU, a power of two from 16 to 16384 (default: 64)");

/* Count a record that could not be printed in the time that unloading allows. */
static void probe_module_discard(const struct probe_record *rec, unsigned int cpu)
{
	probe_hit_discard(probe_targets[rec->target], rec, cpu);
}

/*
 * What the drain thread does after each batch: disarm the probes when max_hits= is reached,
 * report hits that the limits suppressed, and print what every= asks for. Returns after how many nanoseconds it must be
 * called again, or 0.
 */
static u64 probe_module_housekeeping(void)
{
	if (probe_limit_reached()) {
		mutex_lock(&probe_mutex);
		if (probe_params_live && probe_enabled_param.value &&
		    probe_limit_reached()) {
			if (!probe_arm(false))
				pr_info("max_hits=%lu reached: disarmed, enabled=1 starts over\n",
					probe_max_hits_param.value);
			/* Also after an error, which is reported only once. */
			probe_enabled_param.value = 0;
		}
		mutex_unlock(&probe_mutex);
	}
	return min_not_zero(probe_limit_report(), probe_summary_poll());
}

/**
 * probe_module_init() - register a probe for each element of symbol=, all or none
 *
 * Context: module init.
 * Return: 0 or -errno, which one line in dmesg explains; on error nothing stays registered
 * or allocated.
 */
static int __init probe_module_init(void)
{
	unsigned int i;
	int err;

	if (!probe_args_param.value) {
		probe_args_default(&probe_args, probe_ops.nr_args);
		probe_args.hidden = probe_ops.at_return;
	}
	err = probe_targets_parse(probe_symbol_param.value ?: probe_ops.default_symbol);
	if (err)
		return err;
	err = probe_sum_start();
	if (err)
		goto free_targets;
	err = probe_drain_create(probe_ring_param.value << 10, probe_ops.format,
				 probe_module_discard, probe_module_housekeeping);
	if (err) {
		pr_err("ring=%lu: cannot allocate buffers of this size (KiB) for %u CPUs, or create the thread: " PROBE_ERR ": try a smaller ring=\n",
		       probe_ring_param.value, num_possible_cpus(), probe_err(err));
		goto stop_sum;
	}
	/*
	 * Before the search for the modules of symbol=, so that one that is loaded in between
	 * is not missed.
	 */
	err = probe_notifier_register();
	if (err)
		goto destroy_drain;

	mutex_lock(&probe_mutex);
	probe_limit_set_burst(probe_ring_param.value << 10, probe_fetch_args_room(),
			      probe_ratelimit_param.value);
	/* The callback of ratelimit= does not run for its default. */
	probe_gate_set(limit, probe_limit_any());
	probe_stack_init();
	err = probe_summary_start();
	if (!err)
		err = probe_where_start();
	if (!err)
		err = probe_register_all(probe_enabled_param.value);
	/* From now on parameter callbacks and the module notifiers change the probes. */
	probe_params_live = !err;
	if (!err && !probe_symbol_param.value)
		pr_info("no symbol= is given: the default, %s, is probed\n",
			probe_ops.default_symbol);
	for (i = 0; !err && i < probe_nr_targets; i++) {
		if (probe_targets[i]->requested_name)
			probe_register_log_renamed(probe_targets[i]);
		probe_selection[i] = probe_targets[i];
	}
	if (err) {
		probe_register_undo_all();
		probe_where_stop();
	} else {
		probe_register_log(probe_nr_targets);
	}
	mutex_unlock(&probe_mutex);
	if (err)
		goto unregister_notifier;

	/* Not earlier, so that the lines of hits follow the lines above. */
	probe_drain_start();
	return 0;

unregister_notifier:
	probe_notifier_unregister();
destroy_drain:
	probe_drain_destroy();
stop_sum:
	probe_sum_stop();
free_targets:
	probe_targets_free();
	return err;
}

/**
 * probe_module_exit() - unregister the probes and print their counters
 *
 * The order matters. With probe_params_live cleared, neither a parameter nor a module
 * notifier arms or registers a probe any more. Unregistering waits for running handlers, so
 * no record is written after the last batch of the drain thread, and the counters are
 * final when they are printed. Then nothing uses the memory that is freed.
 *
 * Context: module exit.
 */
static void probe_module_exit(void)
{
	mutex_lock(&probe_mutex);
	probe_params_live = false;
	probe_register_undo_all();
	probe_where_stop();
	mutex_unlock(&probe_mutex);

	probe_notifier_unregister();
	probe_drain_destroy();
	mutex_lock(&probe_mutex);
	probe_report_all(false);
	probe_summary_print();
	mutex_unlock(&probe_mutex);
	probe_sum_stop();
	probe_targets_free();
}

/* Also in dkms.conf, README.rst and CHANGELOG; scripts/lint checks that they agree. */
MODULE_VERSION("1.0");
