/* SPDX-License-Identifier: GPL-2.0-only */
/* A target: one probe, and the function that it is registered on. */
#ifndef PROBE_TARGET_H
#define PROBE_TARGET_H

#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include <compat/kprobes.h>
#include <probe/text.h>
#include <common/counts.h>

#define PROBE_TARGETS_MAX	256

/* With more functions than this, one line is about all of them where there is one for each. */
#define PROBE_TARGETS_FEW	16

/**
 * struct probe_target - a probe and its function, as one element of symbol= names it
 * @index:          index in probe_targets
 * @place:          kind of place, PROBE_PLACE_* (fetch.h)
 * @at_entry:       the probe is at a function's start, where the argument registers hold
 *                  the arguments
 * @registered:     the probe is registered; if not, it waits for its module, or its module
 *                  was removed
 * @module_seen:    the module was loaded, and registering the probe was tried
 * @counts:         counters of the outcomes of its hits
 * @plain_header:   probe_record.header of a plain hit (hit.h)
 * @kp:             the probe itself, or the one inside a jprobe or kretprobe
 * @rp:             the kretprobe, or NULL
 * @program:        fetch instructions for the values of args= (fetch.h)
 * @addr:           address where it was registered last; NULL if it never was
 * @was:            the code bytes at @addr before
 * @name:           name for messages and lines
 * @requested_name: the name in symbol=, if that is another one
 * @symbol:         the function, with its module in front; NULL for an address
 * @offset:         offset from @symbol; the address if that is NULL
 * @kp_nmissed:     sum of kp->nmissed of earlier registrations
 * @rp_nmissed:     sum of rp->nmissed of earlier registrations
 * @hits:           number of hits when the targets were sorted by it (stats.c)
 * @missed:         number of missed runs at that time
 * @next_stepped:   the next one whose instruction is single-stepped (fault.h)
 */
struct probe_target {
	u8 index;
	u8 place;
	bool at_entry;
	bool registered;
	bool module_seen;
	struct probe_counts __percpu *counts;
	u64 plain_header;
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
	u64 hits;
	unsigned long missed;
	struct probe_target *next_stepped;
};

/* The probes of the module, in the order of symbol=. */
static struct probe_target *probe_targets[PROBE_TARGETS_MAX];
static unsigned int probe_nr_targets;

/* Some of them, chosen or sorted by the current user. Protected by probe_mutex. */
static struct probe_target *probe_selection[PROBE_TARGETS_MAX];

/**
 * probe_target_rp_nmissed() - number of calls for which a kretprobe had no free instance
 * @target: the probe
 *
 * Context: any.
 */
static inline unsigned long probe_target_rp_nmissed(const struct probe_target *target)
{
	return target->rp_nmissed + (target->registered && target->rp ? target->rp->nmissed : 0);
}

/**
 * probe_target_missed() - number of runs that the kernel could not give to a handler
 * @target: the probe
 *
 * These are the kernel's own counters: another handler was running on this CPU, or a
 * kretprobe had no free instance.
 *
 * Context: any.
 */
static inline unsigned long probe_target_missed(const struct probe_target *target)
{
	return target->kp_nmissed + (target->registered ? target->kp->nmissed : 0) +
	       probe_target_rp_nmissed(target);
}

/**
 * probe_target_module() - the module of a target that is named as module:name
 * @target: the probe
 * @module: set to the name of the module
 *
 * Context: any.
 * Return: false if the target is not named as module:name.
 */
static inline bool probe_target_module(const struct probe_target *target,
				       char module[MODULE_NAME_LEN])
{
	const char *colon = target->symbol ? strchr(target->symbol, ':') : NULL;

	if (!colon)
		return false;
	/* probe_target_parse() has checked its length. */
	strscpy(module, target->symbol, colon - target->symbol + 1);
	return true;
}

/* For probe_target_partition(). */
static inline bool probe_target_is_registered(const struct probe_target *target)
{
	return target->registered;
}

/**
 * probe_target_waits() - is a probe waiting for its module to be loaded?
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
