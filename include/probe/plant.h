/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Planting: now, or when the module of the function comes, as often as it does.
 *
 * All here is done under probe_mutex, as arming and disarming is, so that a
 * parameter's callback finds each probe either planted or waiting.
 */
#ifndef PROBE_PLANT_H
#define PROBE_PLANT_H

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/string.h>

#include <probe/fetch.h>
#include <probe/kind.h>
#include <probe/param.h>
#include <probe/target.h>

/* The function that a probe is to be in. */
static inline const char *probe_target_function(const struct probe_target *target)
{
	static char text[KSYM_SYMBOL_LEN];

	if (target->symbol)
		return target->symbol;
	sprint_symbol(text, target->offset);
	return text;
}

/* The second half of probe_target_register(). */
static inline int probe_target_check(struct probe_target *target, bool armed)
{
	unsigned long size;
	unsigned int i;

	for (i = 0; i < probe_nr_targets; i++)
		if (i != target->index && probe_targets[i]->planted &&
		    probe_targets[i]->addr == target->kp->addr)
			return -EEXIST;
	/* The kernel takes an offset that is one of the next function's. */
	if (target->symbol && target->offset &&
	    probe_name_place(target->kp->addr, &size) != target->offset)
		return -EINVAL;
	target->addr = target->kp->addr;
	probe_text_read(target->was, target->addr);
	return armed ? probe_target_enable(target) : 0;
}

/*
 * Register a probe. It is armed only when it has been seen to be in the right place:
 * the kernel takes a second one at a place, and one in the wrong function.
 */
static inline int probe_target_register(struct probe_target *target, bool armed)
{
	unsigned long size;
	int err;

	/* As new: what is left of an earlier time the kernel takes amiss. */
	probe_kind->slot(target->index);
	target->kp->symbol_name = target->symbol;
	if (target->symbol)
		target->kp->offset = target->offset;
	else
		target->kp->addr = (kprobe_opcode_t *)target->offset;
	target->kp->flags = KPROBE_FLAG_DISABLED;

	/* The kernel moves an address past an ENDBR: so as it was given. */
	target->at_entry = target->symbol ? !target->offset :
			   !probe_name_place((void *)target->offset, &size);
	err = probe_target_plan(target, probe_target_function(target), probe_args.value);
	if (err) {
		probe_target_plan_explain(target, probe_target_function(target));
		return err;
	}
	err = probe_kind->plant(target);
	if (!err) {
		err = probe_target_check(target, armed);
		target->planted = !err;
		if (err)
			probe_kind->uproot(&target, 1);
	}
	/* What another function has at that offset is no reason to name. */
	if (err && probe_target_is_outside(target, &size))
		return -EINVAL;
	/* Kernels and architectures disagree on these. */
	if (err == -EINVAL && !IS_ALIGNED(target->offset, sizeof(kprobe_opcode_t)))
		return -EILSEQ;
	return err == -ENOENT && !target->symbol ? -EINVAL : err;
}

/* Another name for a function that is not there: a system call's. */
static inline int probe_target_register_syscall(struct probe_target *target, bool armed)
{
	char *asked = target->symbol;
	char *name = target->offset ? NULL : probe_name_syscall(asked);
	int err = -ENOENT;

	if (!name)
		return err;
	target->symbol = name;
	err = probe_target_register(target, armed);
	if (err) {
		target->symbol = asked;
		kfree(name);
		return err;
	}
	kfree(asked);
	target->asked = target->name;
	target->name = kstrdup(name, GFP_KERNEL) ?: target->symbol;
	return 0;
}

static inline int probe_target_tell(const struct probe_target *target, int err)
{
	if (err == -EDOM)
		return -EINVAL;	/* it has been told, by the name under which it was tried */
	if (err)
		probe_target_explain(target, PROBE_KIND, err);
	return err;
}

/**
 * probe_target_plant() - register a probe, or let it wait for its module
 * @target: the probe
 * @armed:  arm it, too
 *
 * Context: module init, under probe_mutex, may sleep.
 * Return: 0; -errno, with a line in dmesg.
 */
static inline int probe_target_plant(struct probe_target *target, bool armed)
{
	char module[MODULE_NAME_LEN];
	bool of_module = probe_target_module(target, module);
	int err;

	/*
	 * One that is just coming is not seen here until its code is in order: ftrace
	 * does not stand a probe on a function that it has not taken over yet.
	 */
	if (of_module && probe_name_module(module) == PROBE_MODULE_ABSENT)
		return 0;
	target->seen = of_module;
	err = probe_target_register(target, armed);
	if (err == -ENOENT && target->symbol && !of_module)
		err = probe_target_register_syscall(target, armed);
	return probe_target_tell(target, err);
}

/**
 * probe_target_say() - one line: it is planted, waits, or is gone
 * @target: the probe
 *
 * Context: process context, under probe_mutex.
 */
static inline void probe_target_say(const struct probe_target *target)
{
	char module[MODULE_NAME_LEN];

	if (target->planted)
		probe_kind->planted(target, probe_mode(target->kp) ?: "disabled");
	else if (probe_target_module(target, module))
		pr_info("'%s' waits for module %s to be loaded\n", target->name, module);
	else
		pr_info("'%s' is gone with its module; as module:name it would wait\n",
			target->name);
}

/**
 * probe_targets_uproot() - unregister probes
 * @targets: the probes; those that wait are left alone
 * @nr:      how many
 *
 * Waits for their handlers, once. They may be registered again.
 *
 * Context: process context, may sleep; nobody arms or disarms them meanwhile.
 */
static inline void probe_targets_uproot(struct probe_target **targets, unsigned int nr)
{
	struct probe_target *planted[PROBE_TARGETS_MAX];
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++)
		if (targets[i]->planted)
			planted[n++] = targets[i];
	if (!n)
		return;
	probe_kind->uproot(planted, n);
	while (n--) {
		planted[n]->missed += planted[n]->kp->nmissed;
		planted[n]->starved = probe_target_starved(planted[n]);
		planted[n]->planted = false;
	}
}

/*
 * A module comes, its init is yet to run; or init has ended, of one that had come
 * before we watched, but not far enough to be found by probe_target_plant().
 */
static inline int probe_module_comes(struct notifier_block *block, unsigned long event,
				     void *data)
{
	const struct module *module = data;
	unsigned int i;

	mutex_lock(&probe_mutex);
	for (i = 0; probe_params_live && i < probe_nr_targets; i++) {
		struct probe_target *target = probe_targets[i];
		char name[MODULE_NAME_LEN];
		bool seen = target->seen;
		int err;

		if (!probe_target_module(target, name) || strcmp(name, module->name))
			continue;
		target->seen = event != MODULE_STATE_GOING;
		if (seen || !target->seen)
			continue;
		err = probe_target_register(target, probe_enabled_number.value);
		if (!probe_target_tell(target, err))
			probe_target_say(target);
	}
	mutex_unlock(&probe_mutex);
	return NOTIFY_DONE;
}

/* A module goes, perhaps because its init failed; or its init has ended and goes. */
static inline int probe_module_goes(struct notifier_block *block, unsigned long event,
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

		if (probe_targets[i]->planted && (event == MODULE_STATE_GOING ?
						  within_module(addr, module) :
						  within_module_init(addr, module)))
			going[nr++] = probe_targets[i];
	}
	probe_targets_uproot(going, nr);
	for (i = 0; i < nr; i++)
		probe_target_say(going[i]);
	mutex_unlock(&probe_mutex);
	return NOTIFY_DONE;
}

/*
 * After the kernel's own notifiers, which have priority 0 and more: those of kprobes,
 * of jump labels and static calls tell what must not be probed in a module that comes.
 */
static struct notifier_block probe_module_comes_block = {
	.notifier_call = probe_module_comes,
	.priority = -1,
};

/*
 * And before that of kprobes. It only declares the probes in what is freed to be gone,
 * and before commit 0c76ef3f26d5 ("kprobes: Fix check for probe enabled in
 * kill_kprobe()") (v6.2) forgot to tell ftrace, which the next module at that address
 * then upsets.
 */
static struct notifier_block probe_module_goes_block = {
	.notifier_call = probe_module_goes,
	.priority = 1,
};

/**
 * probe_modules_watch() - from here on, see modules come and go
 *
 * Nothing is done with them before probe_params_live.
 *
 * Context: process context, not under probe_mutex.
 * Return: 0 or -errno.
 */
static inline int probe_modules_watch(void)
{
	int err = register_module_notifier(&probe_module_goes_block);

	if (err)
		return err;
	err = register_module_notifier(&probe_module_comes_block);
	if (err)
		unregister_module_notifier(&probe_module_goes_block);
	return err;
}

/**
 * probe_modules_ignore() - the end of that
 *
 * Context: process context, not under probe_mutex.
 */
static inline void probe_modules_ignore(void)
{
	unregister_module_notifier(&probe_module_comes_block);
	unregister_module_notifier(&probe_module_goes_block);
}

#endif
