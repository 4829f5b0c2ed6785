// SPDX-License-Identifier: GPL-2.0-only
/* Register probes when their module is loaded, unregister them when it is removed. */

#include <linux/bitmap.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/sched.h>

#include <common/target.h>

/*
 * MODULE_STATE_COMING: register the probes on this module before its init runs.
 * MODULE_STATE_LIVE: the same for a module whose COMING event preceded the registration of
 * the notifier, but which probe_register_or_wait() did not find loaded yet.
 */
static int probe_notifier_coming(struct notifier_block *block, unsigned long event,
				 void *data)
{
	const struct module *module = data;
	DECLARE_BITMAP(coming, PROBE_TARGETS_MAX) = {};
	unsigned int i, nr = 0;

	mutex_lock(&probe_mutex);
	for (i = 0; probe_params_live && i < probe_nr_targets; i++) {
		struct probe_target *target = probe_targets[i];
		char name[MODULE_NAME_LEN];
		bool seen = target->module_seen;

		if (!probe_target_module(target, name) || strcmp(name, module->name))
			continue;
		target->module_seen = event != MODULE_STATE_GOING;
		if (seen || !target->module_seen)
			continue;
		set_bit(i, coming);
		probe_register_error(target, probe_register_target(target, false));
		cond_resched();
	}
	probe_register_repeat();
	for_each_set_bit(i, coming, PROBE_TARGETS_MAX)
		if (probe_enabled_param.value)
			probe_register_arm(probe_targets[i]);
	for_each_set_bit(i, coming, PROBE_TARGETS_MAX)
		if (probe_targets[i]->registered)
			probe_selection[nr++] = probe_targets[i];
	probe_register_log(nr);
	mutex_unlock(&probe_mutex);
	return NOTIFY_DONE;
}

/*
 * MODULE_STATE_GOING: unregister the probes in this module, which is removed or failed to
 * load. MODULE_STATE_LIVE: unregister those in its init code, which is freed.
 */
static int probe_notifier_going(struct notifier_block *block, unsigned long event,
				void *data)
{
	const struct module *module = data;
	unsigned int i, nr = 0;

	if (event == MODULE_STATE_COMING)
		return NOTIFY_DONE;
	mutex_lock(&probe_mutex);
	for (i = 0; probe_params_live && i < probe_nr_targets; i++) {
		unsigned long addr = (unsigned long)probe_targets[i]->addr;

		if (probe_targets[i]->registered && (event == MODULE_STATE_GOING ?
						     within_module(addr, module) :
						     within_module_init(addr, module)))
			probe_selection[nr++] = probe_targets[i];
	}
	probe_register_undo(nr);
	probe_register_log(nr);
	mutex_unlock(&probe_mutex);
	return NOTIFY_DONE;
}

/*
 * Called after the kernel's own notifiers, which have a priority of at least 0: those of
 * kprobes, jump labels and static calls record what must not be probed in a coming module.
 */
static struct notifier_block probe_notifier_coming_block = {
	.notifier_call = probe_notifier_coming,
	.priority = -1,
};

/*
 * Called before the notifier of kprobes, which only marks the probes in the freed code as
 * gone. Before commit 0c76ef3f26d5 ("kprobes: Fix check for probe enabled in
 * kill_kprobe()") (v6.2) it did not remove them from ftrace, which then failed for the next
 * module at that address.
 */
static struct notifier_block probe_notifier_going_block = {
	.notifier_call = probe_notifier_going,
	.priority = 1,
};

/**
 * probe_notifier_register() - register the module notifiers
 *
 * They change nothing before probe_params_live is set.
 *
 * Context: process context, not under probe_mutex.
 * Return: 0 or -errno.
 */
static int probe_notifier_register(void)
{
	int err = register_module_notifier(&probe_notifier_going_block);

	if (err)
		return err;
	err = register_module_notifier(&probe_notifier_coming_block);
	if (err)
		unregister_module_notifier(&probe_notifier_going_block);
	return err;
}

/**
 * probe_notifier_unregister() - unregister the module notifiers
 *
 * Context: process context, not under probe_mutex.
 */
static void probe_notifier_unregister(void)
{
	unregister_module_notifier(&probe_notifier_coming_block);
	unregister_module_notifier(&probe_notifier_going_block);
}
