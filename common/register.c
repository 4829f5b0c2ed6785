// SPDX-License-Identifier: GPL-2.0-only
/*
 * Register and unregister probes.
 *
 * All functions here are called under probe_mutex, so that a parameter's callback finds each
 * probe either registered or waiting for its module.
 */

#include <linux/kprobes.h>
#include <linux/module.h>
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
 * Check where the kernel has put a probe that is registered and disabled, then arm it: the
 * kernel accepts an offset that is in the next function, and a second probe at an address.
 */
static int probe_register_check(struct probe_target *target, bool armed)
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
	target->addr = target->kp->addr;
	probe_text_read(target->was, target->addr);
	return armed ? probe_register_enable(target) : 0;
}

/* Register a probe, disabled at first, check it, and arm it if @armed is set. */
static int probe_register_target(struct probe_target *target, bool armed)
{
	unsigned long size;
	int err;

	/* Reinitialise the kprobe: register_kprobe() rejects stale fields. */
	probe_ops.init(target);
	target->kp->symbol_name = target->symbol;
	if (target->symbol)
		target->kp->offset = target->offset;
	else
		target->kp->addr = (kprobe_opcode_t *)target->offset;
	target->kp->flags = KPROBE_FLAG_DISABLED;

	/* Of the given address: the kernel moves the probe's address past an ENDBR. */
	target->at_entry = target->symbol ? !target->offset :
			   !probe_symbols_offset((void *)target->offset, &size);
	err = probe_fetch_prepare(target, probe_register_function(target), probe_args_param.value);
	if (err) {
		probe_fetch_report_error(target, probe_register_function(target));
		return err;
	}
	err = probe_where_prepare(target);
	if (err)
		return err;
	err = probe_ops.register_probe(target);
	if (!err) {
		err = probe_register_check(target, armed);
		target->registered = !err;
		if (err)
			probe_ops.unregister_probes(&target, 1);
	}
	/* An error that is about the code of the next function would mislead. */
	if (err && probe_errors_outside(target, &size))
		return -EINVAL;
	/* Kernel versions and architectures return different errors for these two cases. */
	if (err == -EINVAL && !IS_ALIGNED(target->offset, sizeof(kprobe_opcode_t)))
		return -EILSEQ;
	return err == -ENOENT && !target->symbol ? -EINVAL : err;
}

/* Try the name that a system call's function, or a renamed function, has on this kernel. */
static int probe_register_renamed(struct probe_target *target, bool armed)
{
	char *requested = target->symbol;
	char *name = NULL;
	int err = -ENOENT;

	if (!target->offset)
		name = probe_symbols_syscall(requested) ?: probe_symbols_former(requested);
	if (!name)
		return err;
	target->symbol = name;
	err = probe_register_target(target, armed);
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
	char *other = probe_symbols_syscall_32(target->name, target->addr);

	pr_info("'%s' is %s on this kernel\n", target->requested_name, target->name);
	if (other)
		pr_info("'%s': 32-bit programs call %s instead: symbol=%s,%s probes both\n",
			target->requested_name, other, target->name, other);
	kfree(other);
}

/**
 * probe_register_or_wait() - register a probe, or wait for its module to be loaded
 * @target: the probe
 * @armed:  also arm it
 *
 * Context: module init, under probe_mutex, may sleep.
 * Return: 0; -errno, which a line in dmesg explains.
 */
static int probe_register_or_wait(struct probe_target *target, bool armed)
{
	char module[MODULE_NAME_LEN];
	bool of_module = probe_target_module(target, module);
	int err;

	/*
	 * A module that is still loading counts as absent: ftrace rejects probes on functions
	 * it has not processed yet. A module that is built in may be absent from sysfs, but
	 * its function is found in the kernel.
	 */
	if (of_module && probe_symbols_module(module) == PROBE_MODULE_ABSENT &&
	    !probe_symbols_in_kernel(target->symbol + strlen(module) + 1))
		return 0;
	target->module_seen = of_module;
	err = probe_register_target(target, armed);
	if (err == -ENOENT && target->symbol && !of_module)
		err = probe_register_renamed(target, armed);
	return probe_register_error(target, err);
}

/**
 * probe_register_log() - print whether a probe is registered, waiting or gone
 * @target: the probe
 *
 * Context: process context, under probe_mutex.
 */
static void probe_register_log(const struct probe_target *target)
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

/**
 * probe_register_undo() - unregister probes
 * @targets: the probes; those that are not registered are skipped
 * @nr:      number of probes
 *
 * Waits once for all running handlers. The probes may be registered again.
 *
 * Context: process context, under probe_mutex, may sleep.
 */
static void probe_register_undo(struct probe_target **targets, unsigned int nr)
{
	struct probe_target *registered[PROBE_TARGETS_MAX];
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++)
		if (targets[i]->registered)
			registered[n++] = targets[i];
	if (!n)
		return;
	probe_ops.unregister_probes(registered, n);
	while (n--) {
		registered[n]->kp_nmissed += registered[n]->kp->nmissed;
		registered[n]->rp_nmissed = probe_target_rp_nmissed(registered[n]);
		registered[n]->registered = false;
	}
}
