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
#include <linux/slab.h>
#include <linux/string.h>

#include <compat/kprobes.h>
#include <probe/account.h>
#include <probe/ftrace.h>
#include <probe/names.h>

#define PROBE_TARGETS_MAX 16

/* "module:function+0x1234" */
#define PROBE_ELEMENT_MAX (MODULE_NAME_LEN + KSYM_NAME_LEN + 20)

/**
 * struct probe_target - one probe, as the parts that are shared see it
 * @index:    its place in probe_targets
 * @at_entry: it is at a function's start, so the argument registers are arguments
 * @planted:  it is registered; if not, it waits for its module, or went with it
 * @seen:     its module is there, and was looked into
 * @counts:   the outcomes of its hits
 * @kp:       the probe itself, or the one inside a jprobe or kretprobe
 * @rp:       the kretprobe, if it is one
 * @plan:     how the values of args= are got here (fetch.h)
 * @addr:     where it was planted last; NULL if it never was
 * @was:      the text there, before
 * @name:     of the place, for lines
 * @asked:    as it is called in symbol=, if that is another name
 * @symbol:   of the function, with its module in front; NULL for an address
 * @offset:   from @symbol; the address if there is none
 * @missed:   while it was planted earlier; as kp->nmissed
 * @starved:  the same; as rp->nmissed
 */
struct probe_target {
	u8 index;
	bool at_entry;
	bool planted;
	bool seen;
	struct probe_counts __percpu *counts;
	struct kprobe *kp;
	struct kretprobe *rp;
	struct probe_plan *plan;
	void *addr;
	u8 was[PROBE_TEXT_BYTES];
	char *name;
	char *asked;
	char *symbol;
	unsigned long offset;
	unsigned long missed;
	unsigned long starved;
};

/* The probes of the module, in the order of symbol=. */
static struct probe_target *probe_targets[PROBE_TARGETS_MAX];
static unsigned int probe_nr_targets;

/**
 * probe_target_starved() - calls for which a kretprobe had no free instance
 * @target: the probe
 *
 * Context: any.
 */
static inline unsigned long probe_target_starved(const struct probe_target *target)
{
	return target->starved + (target->planted && target->rp ? target->rp->nmissed : 0);
}

/**
 * probe_target_missed() - hits that the kernel could not give to a probe
 * @target: the probe
 *
 * Context: any.
 * Return: hit while another handler ran, or (kretprobe) with no free instance.
 */
static inline unsigned long probe_target_missed(const struct probe_target *target)
{
	return target->missed + (target->planted ? target->kp->nmissed : 0) +
	       probe_target_starved(target);
}

/**
 * probe_target_module() - the module that symbol= has in front of a name
 * @target: the probe
 * @module: set to it, if there is one
 *
 * Context: any.
 * Return: is there one?
 */
static inline bool probe_target_module(const struct probe_target *target,
				       char module[MODULE_NAME_LEN])
{
	const char *colon = target->symbol ? strchr(target->symbol, ':') : NULL;

	if (!colon)
		return false;
	/* parsed: it is not too long */
	strscpy(module, target->symbol, colon - target->symbol + 1);
	return true;
}

/**
 * probe_target_waits() - is a probe to be planted when its module is loaded?
 * @target: the probe
 *
 * Context: any.
 */
static inline bool probe_target_waits(const struct probe_target *target)
{
	char module[MODULE_NAME_LEN];

	return !target->planted && probe_target_module(target, module);
}

/**
 * probe_target_enable() - arm a probe that is registered and disabled
 * @target: the probe
 *
 * enable_kprobe() can return 0 for a probe that is not armed: see probe_mode().
 *
 * Context: process context, may sleep.
 * Return: 0; -ENODEV if it is not armed; another -errno. On error it is disabled.
 */
static inline int probe_target_enable(struct probe_target *target)
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

static inline int probe_target_complain(const struct probe_target *target, const char *what)
{
	pr_err("symbol=: element %u ('%.40s'): %s\n", target->index + 1,
	       target->name, what);
	return -EINVAL;
}

/* The function's name: all that is in front of a plus. */
static inline int probe_target_parse_symbol(struct probe_target *target, const char *plus)
{
	size_t len = plus ? plus - target->name : strlen(target->name);
	char *colon = memchr(target->name, ':', len);
	const char *now;

	if (colon) {
		if (colon == target->name || colon == target->name + len - 1 ||
		    colon - target->name >= MODULE_NAME_LEN)
			return probe_target_complain(target, "not a module's function; expected module:name");
		/* What modprobe takes for the same, the kernel does not. */
		*colon = '\0';
		strreplace(target->name, '-', '_');
		*colon = ':';
	}
	/* An offset is one into that very function. */
	now = plus ? NULL : probe_name_renamed(target->name);
	if (now) {
		target->asked = target->name;
		target->name = kstrdup(now, GFP_KERNEL);
		target->symbol = kstrdup(now, GFP_KERNEL);
	} else {
		target->symbol = kstrndup(target->name, len, GFP_KERNEL);
	}
	return target->name && target->symbol ? 0 : -ENOMEM;
}

/**
 * probe_target_parse() - take one element of symbol= to pieces
 * @target:  with @index set; @name, @asked, @symbol and @offset are filled
 * @element: `name`, `module:name`; with @anywhere also `name+0x10` and `0xaddr`
 * @anywhere: the probe may be elsewhere than at a function's start
 *
 * Context: process context.
 * Return: 0; -EINVAL with a line in dmesg; -ENOMEM.
 */
static inline int probe_target_parse(struct probe_target *target, const char *element,
				     bool anywhere)
{
	const char *plus = strchr(element, '+');

	target->name = kstrdup(element, GFP_KERNEL);
	if (!target->name)
		return -ENOMEM;
	if (!*element)
		return probe_target_complain(target, "empty; expected a function's name");
	if (strlen(element) >= PROBE_ELEMENT_MAX)
		return probe_target_complain(target, "longer than any symbol of the kernel");

	if (isdigit(*element)) {
		if (!anywhere)
			return probe_target_complain(target, "an address; only kprobe_example takes one, expected a function's name");
		if (strncasecmp(element, "0x", 2) || kstrtoul(element, 16, &target->offset))
			return probe_target_complain(target, "not an address; expected 0x and hexadecimal digits");
		/* The kernel's half has the highest bit set. */
		if ((long)target->offset >= 0)
			return probe_target_complain(target, "an address in user space; expected one of the kernel's code, see /proc/kallsyms");
		return 0;
	}
	if (plus) {
		unsigned int offset;

		if (!anywhere)
			return probe_target_complain(target, "has an offset; only kprobe_example takes one, expected a function's name");
		if (plus == element || kstrtouint(plus + 1, 0, &offset))
			return probe_target_complain(target, "not a place; expected something like name+0x10");
		target->offset = offset;
		plus = target->name + (plus - element);
	}
	return probe_target_parse_symbol(target, plus);
}

/* Is its offset that of another function, behind the one named? Of how many bytes? */
static inline bool probe_target_is_outside(const struct probe_target *target,
					   unsigned long *size)
{
	return target->symbol && target->offset &&
	       !probe_name_look_up(target->symbol, size) && *size &&
	       target->offset >= *size;
}

/* -ENOENT, for a name */
static inline void probe_target_explain_absence(const struct probe_target *target, char *why,
						size_t size)
{
	char module[MODULE_NAME_LEN], clones[128];

	if (probe_target_module(target, module) &&
	    probe_name_module(module) == PROBE_MODULE_BUILT_IN) {
		snprintf(why, size, "%s is built into the kernel: give the function's name without it",
			 module);
		return;
	}
	probe_name_clones(clones, sizeof(clones), target->symbol);
	if (*clones)
		snprintf(why, size, "no such symbol, but the compiler has made a clone of it: try %s",
			 clones);
	else if (probe_target_module(target, module))
		snprintf(why, size, "module %s is loaded but has no such function, or had it for its start only, or inlined it: look into /proc/kallsyms",
			 module);
	else
		strscpy(why, "no such symbol: look for it in /proc/kallsyms; it may have another name on this kernel, be inlined, exist only as a clone (.llvm.HASH), or be in a module (module:name) that is not loaded",
			size);
}

/**
 * probe_target_explain() - one line on why the kernel refused a probe
 * @target: the probe
 * @kind:   "kprobe", "jprobe" or "kretprobe"
 * @err:    what registering it returned
 *
 * Context: process context, under probe_mutex if it is not -EEXIST.
 */
static inline void probe_target_explain(const struct probe_target *target,
					const char *kind, int err)
{
	const char *why;
	unsigned long size;
	char text[256];

	switch (err) {
	case -ENOENT:
		why = text;
		probe_target_explain_absence(target, text, sizeof(text));
		break;
	case -EINVAL:
		why = text;
		if (!target->symbol)
			snprintf(text, sizeof(text), "%pS must not be probed (see /sys/kernel/debug/kprobes/blacklist), or is not code",
				 (void *)target->offset);
		else if (probe_target_is_outside(target, &size))
			snprintf(text, sizeof(text), "outside the function, which has 0x%lx bytes", size);
		else
			why = "it must not be probed (see /sys/kernel/debug/kprobes/blacklist: noinstr, NOKPROBE, entry code), is not code, or lies outside the function; a jprobe or kretprobe goes to a function's start only";
		break;
	case -EILSEQ:
		why = "not the start of an instruction of that function; objdump -d shows where they are";
		break;
	case -EOPNOTSUPP:
		why = "the instruction there can't be single-stepped, or kprobes are switched off on this kernel";
		break;
	case -EBUSY:
		why = "another user, such as a live patch, has exclusive use of the function";
		break;
	case -EEXIST:
		why = "this place has a probe of this module already; name each function once";
		break;
	case -EADDRNOTAVAIL:
		why = "several functions have this name; kprobe_example takes an address from /proc/kallsyms";
		break;
	case -ENODEV:
		if (target->kp->flags & KPROBE_FLAG_FTRACE && probe_ftrace_is_off())
			why = "ftrace is switched off and cannot arm it; write 1 to /proc/sys/kernel/ftrace_enabled";
		else
			why = "registered but not armed; if /sys/kernel/debug/kprobes/enabled or /proc/sys/kernel/ftrace_enabled is 0, write 1 to it";
		break;
	case -ENOMEM:
		why = "out of memory";
		break;
	default:
		why = "not an error that registering a probe is known for; the lines above may tell more";
	}
	pr_err("no %s on '%s': %d %pe: %s\n", kind, target->name, err, ERR_PTR(err), why);
}

#endif
