/* SPDX-License-Identifier: GPL-2.0-only */
/* What makes a module its own kind. */
#ifndef PROBE_KIND_H
#define PROBE_KIND_H

#include <probe/drain.h>
#include <probe/target.h>

/**
 * struct probe_kind - what the three modules do differently
 * @anywhere: the probe may be elsewhere than at a function's start
 * @nr_args:  so many argument words are shown if args= is not given
 * @counts:   bytes that a probe counts with on each CPU: a struct probe_counts, and
 *            what the module has behind it
 * @slot:     the module's probe number i, its kp (and rp) set and clean
 * @plant:    register it; 0 or -errno
 * @planted:  say in dmesg that it is planted, and in which mode
 * @uproot:   unregister these, all of them registered, at the price of one
 * @inside:   calls that were seen to enter and not to return; NULL if a hit is an entry
 * @more:     what else there is to say in a report and at the end, or NULL
 * @format:   make a record into lines
 */
struct probe_kind {
	bool anywhere;
	unsigned int nr_args;
	size_t counts;
	struct probe_target *(*slot)(unsigned int i);
	int (*plant)(struct probe_target *target);
	void (*planted)(const struct probe_target *target, const char *mode);
	void (*uproot)(struct probe_target **targets, unsigned int nr);
	u64 (*inside)(const struct probe_target *target);
	void (*more)(const struct probe_target *target);
	probe_format_t format;
};

/* This module's own, from probe_module_init() on. */
static const struct probe_kind *probe_kind;

#endif
