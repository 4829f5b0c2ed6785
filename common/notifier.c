// SPDX-License-Identifier: GPL-2.0-only
/* Register probes when their module is loaded, unregister them when it is removed. */

#include <linux/module.h>
#include <linux/notifier.h>

#include <common/target.h>

/*
 * A module comes, its init is yet to run; or init has ended, of one that had come
 * before we watched, but not far enough to be found by probe_register_or_wait().
 */
static int probe_notifier_coming(struct notifier_block *block, unsigned long event,
				     void *data)
{
	const struct module *module = data;
	unsigned int i;

	mutex_lock(&probe_mutex);
	for (i = 0; probe_params_live && i < probe_nr_targets; i++) {
		struct probe_target *target = probe_targets[i];
		char name[MODULE_NAME_LEN];
		bool seen = target->module_seen;
		int err;

		if (!probe_target_module(target, name) || strcmp(name, module->name))
			continue;
		target->module_seen = event != MODULE_STATE_GOING;
		if (seen || !target->module_seen)
			continue;
		err = probe_register_target(target, probe_enabled_param.value);
		if (!probe_register_error(target, err))
			probe_register_log(target);
	}
	mutex_unlock(&probe_mutex);
	return NOTIFY_DONE;
}

/* A module goes, perhaps because its init failed; or its init has ended and goes. */
static int probe_notifier_going(struct notifier_block *block, unsigned long event,
				    void *data)
{
	const struct module *module = data;
	struct probe_target *going[PROBE_TARGETS_MAX];
	unsigned int i, nr = 0;

	if (event == MODULE_STATE_COMING)
		return NOTIFY_DONE;
	mutex_lock(&probe_mutex);
	for (i = 0; probe_params_live && i < probe_nr_targets; i++) {
		unsigned long addr = (unsigned long)probe_targets[i]->addr;

		if (probe_targets[i]->registered && (event == MODULE_STATE_GOING ?
						     within_module(addr, module) :
						     within_module_init(addr, module)))
			going[nr++] = probe_targets[i];
	}
	probe_register_undo(going, nr);
	for (i = 0; i < nr; i++)
		probe_register_log(going[i]);
	mutex_unlock(&probe_mutex);
	return NOTIFY_DONE;
}

/*
 * After the kernel's own notifiers, which have priority 0 and more: those of kprobes,
 * of jump labels and static calls tell what must not be probed in a module that comes.
 */
static struct notifier_block probe_notifier_coming_block = {
	.notifier_call = probe_notifier_coming,
	.priority = -1,
};

/*
 * And before that of kprobes. It only declares the probes in what is freed to be gone,
 * and before commit 0c76ef3f26d5 ("kprobes: Fix check for probe enabled in
 * kill_kprobe()") (v6.2) forgot to tell ftrace, which the next module at that address
 * then upsets.
 */
static struct notifier_block probe_notifier_going_block = {
	.notifier_call = probe_notifier_going,
	.priority = 1,
};

/**
 * probe_notifier_register() - from here on, see modules come and go
 *
 * Nothing is done with them before probe_params_live.
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
 * probe_notifier_unregister() - the end of that
 *
 * Context: process context, not under probe_mutex.
 */
static void probe_notifier_unregister(void)
{
	unregister_module_notifier(&probe_notifier_coming_block);
	unregister_module_notifier(&probe_notifier_going_block);
}
