/* SPDX-License-Identifier: GPL-2.0-only */
/* A target: one probe, and the function that it is registered on. */
#ifndef PROBE_TARGET_H
#define PROBE_TARGET_H

#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include <compat/kprobes.h>
#include <common/counts.h>

#define PROBE_TARGETS_MAX 16

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
	bool registered;
	bool module_seen;
	struct probe_counts __percpu *counts;
	struct kprobe *kp;
	struct kretprobe *rp;
	struct probe_fetch_program *program;
	void *addr;
	u8 was[PROBE_TEXT_BYTES];
	char *name;
	char *requested_name;
	char *symbol;
	unsigned long offset;
	unsigned long kp_nmissed;
	unsigned long rp_nmissed;
};

/* The probes of the module, in the order of symbol=. */
static struct probe_target *probe_targets[PROBE_TARGETS_MAX];
static unsigned int probe_nr_targets;

/**
 * probe_target_rp_nmissed() - calls for which a kretprobe had no free instance
 * @target: the probe
 *
 * Context: any.
 */
static inline unsigned long probe_target_rp_nmissed(const struct probe_target *target)
{
	return target->rp_nmissed + (target->registered && target->rp ? target->rp->nmissed : 0);
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
	return target->kp_nmissed + (target->registered ? target->kp->nmissed : 0) +
	       probe_target_rp_nmissed(target);
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

	return !target->registered && probe_target_module(target, module);
}

#endif
