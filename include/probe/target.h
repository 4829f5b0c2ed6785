/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a probe is put on: the words of symbol=, and what to tell the user when
 * the kernel refuses one of them.
 */
#ifndef PROBE_TARGET_H
#define PROBE_TARGET_H

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/err.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/string.h>

#include <compat/kprobes.h>
#include <probe/account.h>

#define PROBE_TARGETS_MAX 16

/* "module:function+0x1234" */
#define PROBE_ELEMENT_MAX (MODULE_NAME_LEN + KSYM_NAME_LEN + 20)

/**
 * struct probe_target - one probe, as the parts that are shared see it
 * @index:    its place in probe_targets
 * @at_entry: it is at a function's start, so the argument registers are arguments
 * @counts:   the outcomes of its hits
 * @kp:       the probe itself, or the one inside a jprobe or kretprobe
 * @rp:       the kretprobe, if it is one
 * @addr:     where it was planted; the kernel clears kp->addr when it unregisters
 * @name:     as in symbol=
 */
struct probe_target {
	u8 index;
	bool at_entry;
	struct probe_counts __percpu *counts;
	struct kprobe *kp;
	struct kretprobe *rp;
	void *addr;
	const char *name;
};

/* The probes of the module, in the order of symbol=. */
static struct probe_target *probe_targets[PROBE_TARGETS_MAX];
static unsigned int probe_nr_targets;

/**
 * probe_target_missed() - hits that the kernel could not give to a probe
 * @target: the probe
 *
 * Context: any.
 * Return: hit while another handler ran, or (kretprobe) with no free instance.
 */
static inline unsigned long probe_target_missed(const struct probe_target *target)
{
	return target->kp->nmissed + (target->rp ? target->rp->nmissed : 0);
}

static inline int probe_target_complain(const struct probe_target *target, const char *what)
{
	pr_err("symbol=: element %u ('%.40s'): %s\n", target->index + 1,
	       target->name, what);
	return -EINVAL;
}

/**
 * probe_target_parse() - take one element of symbol= to pieces
 * @target:  with @index, @name and @kp set; @at_entry, kp->addr, kp->symbol_name
 *           and kp->offset are filled
 * @element: `name`, `module:name`; with @anywhere also `name+0x10` and `0xaddr`;
 *           becomes kp->symbol_name, so it must stay as long as @kp
 * @anywhere: the probe may be elsewhere than at a function's start
 *
 * Context: process context.
 * Return: 0 or -EINVAL, with a line in dmesg.
 */
static inline int probe_target_parse(struct probe_target *target, char *element, bool anywhere)
{
	struct kprobe *kp = target->kp;
	unsigned long number;
	char *plus;

	if (!*element)
		return probe_target_complain(target, "empty; expected a function's name");
	if (strlen(element) >= PROBE_ELEMENT_MAX)
		return probe_target_complain(target, "longer than any symbol of the kernel");

	if (isdigit(*element)) {
		if (!anywhere)
			return probe_target_complain(target, "an address; only kprobe_example takes one, expected a function's name");
		if (strncasecmp(element, "0x", 2) || kstrtoul(element, 16, &number))
			return probe_target_complain(target, "not an address; expected 0x and hexadecimal digits");
		kp->addr = (kprobe_opcode_t *)number;
		return 0;
	}

	plus = strchr(element, '+');
	if (plus) {
		*plus = '\0';
		if (!anywhere)
			return probe_target_complain(target, "has an offset; only kprobe_example takes one, expected a function's name");
		if (!*element || kstrtouint(plus + 1, 0, &kp->offset))
			return probe_target_complain(target, "not a place; expected something like name+0x10");
	}
	kp->symbol_name = element;
	target->at_entry = !kp->offset;
	return 0;
}

/**
 * probe_target_explain() - one line on why the kernel refused a probe
 * @target: the probe
 * @kind:   "kprobe", "jprobe" or "kretprobe"
 * @err:    what registering it returned
 *
 * Context: process context.
 */
static inline void probe_target_explain(const struct probe_target *target,
				 const char *kind, int err)
{
	const char *why;

	switch (err) {
	case -ENOENT:
		why = !target->kp->symbol_name ? "no function is at that address" :
			"no such symbol: look for it in /proc/kallsyms; it may have another name on this kernel, be inlined, exist only as a clone (.isra.0, .constprop.0, .part.0, .cold), or be in a module that is not loaded";
		break;
	case -EINVAL:
		why = "it must not be probed (see /sys/kernel/debug/kprobes/blacklist: noinstr, NOKPROBE, entry code), is not code, or lies outside the function; a jprobe or kretprobe goes to a function's start only";
		break;
	case -EILSEQ:
		why = "not the start of an instruction of that function; objdump -d shows where they are";
		break;
	case -EOPNOTSUPP:
		why = "the instruction there can't be single-stepped, or kprobes are switched off on this kernel";
		break;
	case -EBUSY:
		why = "another user, such as a live patch, has the function to itself; kprobe_example post=0 can share it";
		break;
	case -EEXIST:
		why = "this place has a probe of this module already; name each function once";
		break;
	case -EADDRNOTAVAIL:
		why = "several functions have this name; kprobe_example takes an address from /proc/kallsyms";
		break;
	case -ENODEV:
		why = "registered but not armed; is /sys/kernel/debug/kprobes/enabled 0?";
		break;
	case -ENOMEM:
		why = "out of memory";
		break;
	default:
		why = "not an error that registering a probe is known for";
	}
	pr_err("no %s on '%s': %d %pe: %s\n", kind, target->name, err, ERR_PTR(err), why);
}

#endif
