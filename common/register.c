// SPDX-License-Identifier: GPL-2.0-only
/*
 * Register and unregister probes.
 *
 * All functions here run under kernel_param_lock(), as arming does, so that a parameter's
 * callback finds each probe either registered or waiting for its module.
 */

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/string.h>

#include <common/ops.h>
#include <common/target.h>

/**
 * probe_target_enable() - arm a probe that is registered and disabled
 * @target: the probe
 *
 * enable_kprobe() can return 0 for a probe that is not armed: see probe_mode().
 *
 * Context: process context, may sleep.
 * Return: 0; -ENODEV if it is not armed; another -errno. On error it is disabled.
 */
static int probe_target_enable(struct probe_target *target)
{
	int err;

	if (target->kp->flags & KPROBE_FLAG_FTRACE && probe_ftrace_is_off())
		return -ENODEV;
	err = enable_kprobe(target->kp);
	if (err || probe_mode(target->kp))
		return err;
	disable_kprobe(target->kp);
	return -ENODEV;
}

/* The function that a probe is to be in. */
static const char *probe_register_function(const struct probe_target *target)
{
	static char text[KSYM_SYMBOL_LEN];

	if (target->symbol)
		return target->symbol;
	sprint_symbol(text, target->offset);
	return text;
}

/* The second half of probe_register_target(). */
static int probe_register_check(struct probe_target *target, bool armed)
{
	unsigned long size;
	unsigned int i;

	for (i = 0; i < probe_nr_targets; i++)
		if (i != target->index && probe_targets[i]->registered &&
		    probe_targets[i]->addr == target->kp->addr)
			return -EEXIST;
	/* The kernel takes an offset that is one of the next function's. */
	if (target->symbol && target->offset &&
	    probe_symbols_offset(target->kp->addr, &size) != target->offset)
		return -EINVAL;
	target->addr = target->kp->addr;
	probe_text_read(target->was, target->addr);
	return armed ? probe_target_enable(target) : 0;
}

/*
 * Register a probe. It is armed only when it has been seen to be in the right place:
 * the kernel takes a second one at a place, and one in the wrong function.
 */
static int probe_register_target(struct probe_target *target, bool armed)
{
	unsigned long size;
	int err;

	/* As new: what is left of an earlier time the kernel takes amiss. */
	probe_ops.init(target);
	target->kp->symbol_name = target->symbol;
	if (target->symbol)
		target->kp->offset = target->offset;
	else
		target->kp->addr = (kprobe_opcode_t *)target->offset;
	target->kp->flags = KPROBE_FLAG_DISABLED;

	/* The kernel moves an address past an ENDBR: so as it was given. */
	target->at_entry = target->symbol ? !target->offset :
			   !probe_symbols_offset((void *)target->offset, &size);
	err = probe_fetch_prepare(target, probe_register_function(target), probe_args_param.value);
	if (err) {
		probe_fetch_report_error(target, probe_register_function(target));
		return err;
	}
	err = probe_ops.register_probe(target);
	if (!err) {
		err = probe_register_check(target, armed);
		target->registered = !err;
		if (err)
			probe_ops.unregister_probes(&target, 1);
	}
	/* What another function has at that offset is no reason to name. */
	if (err && probe_errors_outside(target, &size))
		return -EINVAL;
	/* Kernels and architectures disagree on these. */
	if (err == -EINVAL && !IS_ALIGNED(target->offset, sizeof(kprobe_opcode_t)))
		return -EILSEQ;
	return err == -ENOENT && !target->symbol ? -EINVAL : err;
}

/* Another name for a function that is not there: a system call's. */
static int probe_register_syscall(struct probe_target *target, bool armed)
{
	char *asked = target->symbol;
	char *name = target->offset ? NULL : probe_symbols_syscall(asked);
	int err = -ENOENT;

	if (!name)
		return err;
	target->symbol = name;
	err = probe_register_target(target, armed);
	if (err) {
		target->symbol = asked;
		kfree(name);
		return err;
	}
	kfree(asked);
	target->requested_name = target->name;
	target->name = kstrdup(name, GFP_KERNEL) ?: target->symbol;
	return 0;
}

static int probe_register_error(const struct probe_target *target, int err)
{
	if (err == -EDOM)
		return -EINVAL;	/* it has been told, by the name under which it was tried */
	if (err)
		probe_errors_report(target, err);
	return err;
}

/* It is called otherwise in symbol=; and what of a system call is not seen then. */
static void probe_target_say_renamed(const struct probe_target *target)
{
	char *other = probe_name_syscall_32(target->name, target->addr);

	pr_info("'%s' is %s on this kernel\n", target->requested_name, target->name);
	if (other)
		pr_info("'%s': 32-bit programs call %s instead: symbol=%s,%s probes both\n",
			target->requested_name, other, target->name, other);
	kfree(other);
}

/**
 * probe_register_or_wait() - register a probe, or let it wait for its module
 * @target: the probe
 * @armed:  arm it, too
 *
 * Context: module init, under probe_mutex, may sleep.
 * Return: 0; -errno, with a line in dmesg.
 */
static int probe_register_or_wait(struct probe_target *target, bool armed)
{
	char module[MODULE_NAME_LEN];
	bool of_module = probe_target_module(target, module);
	int err;

	/*
	 * One that is just coming is not seen here until its code is in order: ftrace
	 * does not stand a probe on a function that it has not taken over yet.
	 */
	if (of_module && probe_symbols_module(module) == PROBE_MODULE_ABSENT)
		return 0;
	target->module_seen = of_module;
	err = probe_register_target(target, armed);
	if (err == -ENOENT && target->symbol && !of_module)
		err = probe_register_syscall(target, armed);
	return probe_register_error(target, err);
}

/**
 * probe_register_log() - one line: it is planted, waits, or is gone
 * @target: the probe
 *
 * Context: process context, under probe_mutex.
 */
static void probe_register_log(const struct probe_target *target)
{
	char module[MODULE_NAME_LEN];

	if (target->registered)
		probe_ops.log_registered(target, probe_mode(target->kp) ?: "disabled");
	else if (probe_target_module(target, module))
		pr_info("'%s' waits for module %s to be loaded\n", target->name, module);
	else
		pr_info("'%s' is gone with its module; as module:name it would wait\n",
			target->name);
}

/**
 * probe_register_undo() - unregister probes
 * @targets: the probes; those that wait are left alone
 * @nr:      how many
 *
 * Waits for their handlers, once. They may be registered again.
 *
 * Context: process context, may sleep; nobody arms or disarms them meanwhile.
 */
static void probe_register_undo(struct probe_target **targets, unsigned int nr)
{
	struct probe_target *planted[PROBE_TARGETS_MAX];
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++)
		if (targets[i]->registered)
			planted[n++] = targets[i];
	if (!n)
		return;
	probe_ops.unregister_probes(planted, n);
	while (n--) {
		planted[n]->kp_nmissed += planted[n]->kp->nmissed;
		planted[n]->rp_nmissed = probe_target_rp_nmissed(planted[n]);
		planted[n]->registered = false;
	}
}
