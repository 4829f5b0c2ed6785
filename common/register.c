// SPDX-License-Identifier: GPL-2.0-only
/*
 * Register and unregister probes.
 *
 * All functions here are called under probe_mutex, so that a parameter's callback finds each
 * probe either registered or waiting for its module.
 */

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include <common/ops.h>
#include <common/target.h>

/**
 * probe_register_enable() - arm a registered probe that is disabled
 * @target: the probe
 *
 * enable_kprobe() may return 0 although the probe is not armed: see probe_text_mode().
 *
 * Context: process context, may sleep.
 * Return: 0; -ENODEV if it could not be armed; another -errno. On error it is disabled.
 */
static int probe_register_enable(struct probe_target *target)
{
	bool traced;
	int err;

	if (target->kp->flags & KPROBE_FLAG_FTRACE && probe_ftrace_is_off())
		return -ENODEV;
	/* At an ftrace site, the call of another tracer looks like that of the probe. */
	traced = target->kp->flags & KPROBE_FLAG_FTRACE && probe_mode_of_text(target->kp);
	err = enable_kprobe(target->kp);
	if (err || (probe_text_mode(target->kp) && !(traced && probe_ftrace_kprobes_are_off())))
		return err;
	disable_kprobe(target->kp);
	return -ENODEV;
}

/* The name of the probed function, for an address as %pS prints it. */
static const char *probe_register_function(const struct probe_target *target)
{
	static char text[KSYM_SYMBOL_LEN];

	if (target->symbol)
		return target->symbol;
	sprint_symbol(text, target->offset);
	return text;
}

/*
 * Check where the kernel has put a probe that is registered: it accepts an offset that is in
 * the next function, a second probe at an address, and, in the middle of a site of ftrace, one
 * that ftrace overwrites.
 */
static int probe_register_check(struct probe_target *target)
{
	unsigned long size;
	unsigned int i;

	for (i = 0; i < probe_nr_targets; i++)
		if (i != target->index && probe_targets[i]->registered &&
		    probe_targets[i]->addr == target->kp->addr)
			return -EEXIST;
	if (target->symbol && target->offset &&
	    probe_symbols_offset(target->kp->addr, &size) != target->offset)
		return -EINVAL;
	if (!target->at_entry && probe_ftrace_site_at(target->kp->addr))
		return -EINVAL;
	target->addr = target->kp->addr;
	probe_text_read(target->was, target->addr);
	return 0;
}

/* Register a probe, disabled, and check it. @repeat: because of probe_ops.must_repeat() */
static int probe_register_target(struct probe_target *target, bool repeat)
{
	unsigned long size, offset = target->offset;
	int err;

	/* Reinitialise the kprobe: register_kprobe() rejects stale fields. */
	probe_ops.init(target);
	target->kp->symbol_name = target->symbol;
	if (!target->symbol) {
		/* From the function's start RISC-V can find out where instructions begin. */
		offset = probe_symbols_offset((void *)target->offset, &size);
		target->kp->addr = (void *)target->offset - (offset == ULONG_MAX ? 0 : offset);
	}
	target->kp->offset = offset == ULONG_MAX ? 0 : offset;
	target->kp->flags = KPROBE_FLAG_DISABLED;

	/* Of the given address: the kernel moves the probe's address past an ENDBR. */
	target->at_entry = !offset;
	err = probe_fetch_prepare(target, probe_register_function(target), probe_args_param.value);
	if (err) {
		probe_fetch_report_error(target, probe_register_function(target));
		return err;
	}
	err = probe_where_prepare(target);
	if (!err)
		err = probe_sum_prepare(target);
	if (err)
		return err;
	err = probe_ops.register_probe(target, repeat);
	if (!err) {
		err = probe_register_check(target);
		target->registered = !err;
		if (err)
			probe_ops.unregister_probes(&target, 1);
	}
	/* An error that is about the code of the next function would mislead. */
	if (err && probe_errors_outside(target, &size))
		return -EINVAL;
	/* Kernel versions and architectures return different errors for these two cases. */
	if (err == -EINVAL && !IS_ALIGNED(target->offset, PROBE_TEXT_ALIGN))
		return -EILSEQ;
	return err == -ENOENT && !target->symbol ? -EINVAL : err;
}

/* Try the name that a system call's function, or a renamed function, has on this kernel. */
static int probe_register_renamed(struct probe_target *target)
{
	char *requested = target->symbol;
	char *name = NULL;
	int err = -ENOENT;

	if (!target->offset)
		name = probe_symbols_syscall(requested) ?: probe_symbols_former(requested);
	if (!name)
		return err;
	target->symbol = name;
	err = probe_register_target(target, false);
	if (err) {
		target->symbol = requested;
		kfree(name);
		return err;
	}
	kfree(requested);
	target->requested_name = target->name;
	target->name = kstrdup(name, GFP_KERNEL) ?: target->symbol;
	return 0;
}

/* Report an error of probe_register_target(). Returns the errno for user space. */
static int probe_register_error(const struct probe_target *target, int err)
{
	if (err == -EDOM)
		return -EINVAL;	/* reported by probe_register_target() */
	if (err)
		probe_errors_report(target, err);
	return err;
}

/*
 * Print that a function has another name than in symbol=, and for a system call which other
 * function 32-bit programs call.
 */
static void probe_register_log_renamed(const struct probe_target *target)
{
	char *other;

	pr_info("'%s' is %s on this kernel\n", target->requested_name, target->name);
	/* The search for it registers and unregisters a probe, which takes some jiffies. */
	if (probe_nr_targets > PROBE_TARGETS_FEW)
		return;
	other = probe_symbols_syscall_32(target->name, target->addr);
	if (other)
		pr_info("'%s': 32-bit programs call %s instead: symbol=%s,%s probes both\n",
			target->requested_name, other, target->name, other);
	kfree(other);
}

/* Register a probe, disabled, or wait for its module to be loaded. */
static int probe_register_or_wait(struct probe_target *target)
{
	char module[MODULE_NAME_LEN];
	bool of_module = probe_target_module(target, module);
	unsigned int i;
	int err;

	/* Also for a probe that waits, and has no address yet. */
	for (i = 0; i < target->index; i++)
		if (!strcmp(target->name, probe_targets[i]->name))
			return -EEXIST;
	/*
	 * A module that is still loading counts as absent: ftrace rejects probes on functions
	 * it has not processed yet. A module that is built in may be absent from sysfs, but
	 * its function is found in the kernel.
	 */
	if (of_module && probe_symbols_module(module) == PROBE_MODULE_ABSENT &&
	    !probe_symbols_in_kernel(target->symbol + strlen(module) + 1))
		return 0;
	target->module_seen = of_module;
	err = probe_register_target(target, false);
	if (err == -ENOENT && target->symbol && !of_module)
		err = probe_register_renamed(target);
	return err;
}

/**
 * probe_register_undo() - unregister probes
 * @nr: number of probes, the first ones of probe_selection, all of them registered
 *
 * Waits once for all running handlers. The probes may be registered again.
 *
 * Context: process context, under probe_mutex, may sleep.
 */
static void probe_register_undo(unsigned int nr)
{
	if (!nr)
		return;
	probe_ops.unregister_probes(probe_selection, nr);
	while (nr--) {
		struct probe_target *target = probe_selection[nr];

		target->kp_nmissed += target->kp->nmissed;
		target->rp_nmissed = probe_target_rp_nmissed(target);
		target->registered = false;
	}
}

/**
 * probe_register_undo_all() - unregister all probes that are registered
 *
 * Context: process context, under probe_mutex, may sleep.
 */
static void probe_register_undo_all(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < probe_nr_targets; i++)
		if (probe_targets[i]->registered)
			probe_selection[nr++] = probe_targets[i];
	probe_register_undo(nr);
}

/*
 * Unregister the probes that must be registered in another way, with one wait for all, and do
 * so. Returns the first error, after a line in dmesg for each.
 */
static int probe_register_repeat(void)
{
	unsigned int i, nr = 0;
	int err, first = 0;

	for (i = 0; probe_ops.must_repeat && i < probe_nr_targets; i++)
		if (probe_targets[i]->registered && probe_ops.must_repeat(probe_targets[i]))
			probe_selection[nr++] = probe_targets[i];
	probe_register_undo(nr);
	for (i = 0; i < nr; i++) {
		err = probe_register_target(probe_selection[i], true);
		first = first ?: probe_register_error(probe_selection[i], err);
		cond_resched();
	}
	return first;
}

/* Arm a probe if it is registered. On error, it is unregistered, and a line in dmesg says why. */
static int probe_register_arm(struct probe_target *target)
{
	int err;

	if (!target->registered)
		return 0;
	err = probe_register_enable(target);
	cond_resched();
	if (!err)
		return 0;
	probe_selection[0] = target;
	probe_register_undo(1);
	return probe_register_error(target, err);
}

/* An error of probe_register_or_wait() that does not concern the other functions. */
static bool probe_register_is_refusal(int err)
{
	return err != -ENOMEM && err != -ENODEV && err != -EDOM;
}

/**
 * probe_register_all() - register all probes that do not have to wait for their module
 * @armed: also arm them
 *
 * The probes are armed when all are registered: arming takes most of the time, and a function
 * that the kernel refuses is then found before. With skip_refused=1 it is removed from
 * probe_targets.
 *
 * Context: module init, under probe_mutex, may sleep.
 * Return: 0; -EINTR if the task is being killed; another -errno, which a line in dmesg explains.
 * On error some may be registered.
 */
static int probe_register_all(bool armed)
{
	unsigned int given = probe_nr_targets;
	unsigned int i = 0;
	int err = 0;

	while (i < probe_nr_targets) {
		int refused = probe_register_or_wait(probe_targets[i]);

		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
		if (!refused) {
			i++;
			continue;
		}
		err = probe_register_error(probe_targets[i], refused);
		if (!probe_skip_refused_param.value || !probe_register_is_refusal(refused))
			return err;
		probe_target_remove(i);
	}
	if (probe_nr_targets < given)
		pr_info("skip_refused=1: %u of %u functions are left out\n",
			given - probe_nr_targets, given);
	if (!probe_nr_targets)
		return err;
	err = probe_register_repeat();
	for (i = 0; armed && !err && i < probe_nr_targets; i++)
		err = fatal_signal_pending(current) ? -EINTR :
		      probe_register_arm(probe_targets[i]);
	return err;
}

/* Print whether a probe is registered, waiting or gone. */
static void probe_register_log_one(const struct probe_target *target)
{
	char module[MODULE_NAME_LEN];

	if (target->registered)
		probe_ops.log_registered(target, probe_text_mode(target->kp) ?: "disabled");
	else if (probe_target_module(target, module))
		pr_info("'%s' waits for module %s to be loaded\n", target->name, module);
	else
		pr_info("'%s' is gone with its module; a probe on module:name would wait for it to be loaded again\n",
			target->name);
}

/* Print how many probes are registered, and how they are armed: "mode=ftrace:250,int3:6". */
static void probe_register_log_modes(struct probe_target **targets, unsigned int nr)
{
	static const char * const modes[] = { "ftrace", "optimized", "int3", "brk", "undef",
					     "ebreak", "disabled" };
	unsigned int nr_of[ARRAY_SIZE(modes)] = {};
	unsigned int i, mode;
	char text[80];
	int len = 0;

	for (i = 0; i < nr; i++) {
		const char *name = probe_text_mode(targets[i]->kp) ?: "disabled";

		for (mode = 0; mode < ARRAY_SIZE(modes); mode++)
			nr_of[mode] += !strcmp(name, modes[mode]);
	}
	for (mode = 0; mode < ARRAY_SIZE(modes); mode++)
		if (nr_of[mode])
			len += scnprintf(text + len, sizeof(text) - len, "%s%s:%u",
					 len ? "," : "", modes[mode], nr_of[mode]);
	pr_info("Planted %u %s, the first at %px (%pS) mode=%s\n", nr, probe_ops.plural,
		targets[0]->addr, targets[0]->addr, text);
}

/**
 * probe_register_log() - print which probes are registered, waiting or gone
 * @nr: number of probes, the first ones of probe_selection, whose order changes
 *
 * Context: process context, under probe_mutex.
 */
static void probe_register_log(unsigned int nr)
{
	unsigned int i, registered, waiting;

	if (nr <= PROBE_TARGETS_FEW) {
		for (i = 0; i < nr; i++)
			probe_register_log_one(probe_selection[i]);
		return;
	}
	registered = probe_target_partition(0, nr, probe_target_is_registered);
	waiting = probe_target_partition(registered, nr, probe_target_waits);
	if (registered)
		probe_register_log_modes(probe_selection, registered);
	probe_target_log_selected(registered, waiting, "wait for their modules to be loaded");
	probe_target_log_selected(waiting, nr, "are gone with their modules; probes on module:name would wait for them to be loaded again");
}
