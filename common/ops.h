/* SPDX-License-Identifier: GPL-2.0-only */
/* The interface between the shared code and each of the three modules. */
#ifndef PROBE_OPS_H
#define PROBE_OPS_H

#include <probe/drain.h>
#include <common/target.h>

/**
 * struct probe_ops - the operations and properties of a module
 * @name: "kprobe", "jprobe" or "kretprobe"
 * @plural: what the line about more than one of them calls them
 * @default_symbol: the function that is probed if symbol= is not given
 * @bases: the bases that args= may use, as BIT(enum probe_base)
 * @preloaded_args: number of argument words that the module's handler stores itself
 * @at_return: the hit is at the function's return, but arguments are fetched at its entry
 * @anywhere: the probe may be elsewhere than at a function's start
 * @nr_args: number of arguments that have names if args= is not given; they are logged unless
 *           @at_return
 * @counts_size: size of a probe's per-CPU counters in bytes: a struct probe_counts, followed
 *               by counters of the module
 * @new_target: allocate a target, with its kp (and rp) set; kfree() frees it; or NULL
 * @init: reinitialise the probe of a target before it is registered: the kernel rejects
 *        stale fields
 * @register_probe: register the probe of a target, disabled; 0 or -errno
 * @must_repeat: must a probe be unregistered, and registered with @repeat set? or NULL
 * @log_registered: print that it is registered, and in which mode
 * @unregister_probes: unregister the probes of these targets, all of them registered, with
 *                     one wait for their handlers
 * @nr_inside: number of calls that were entered and have not returned, or NULL
 * @format_calls: format a probe's counters of calls, for the line of the report if there are
 *                several probes: " failed=... mean=... max=..."; or NULL
 * @report_extra: print the lines that a report has besides the counters, or NULL
 * @format: format a record into lines
 */
struct probe_ops {
	const char *name;
	const char *plural;
	const char *default_symbol;
	unsigned int bases;
	unsigned int preloaded_args;
	bool at_return;
	bool anywhere;
	unsigned int nr_args;
	size_t counts_size;
	struct probe_target *(*new_target)(void);
	void (*init)(struct probe_target *target);
	int (*register_probe)(struct probe_target *target, bool repeat);
	bool (*must_repeat)(const struct probe_target *target);
	void (*log_registered)(const struct probe_target *target, const char *mode);
	void (*unregister_probes)(struct probe_target **targets, unsigned int nr);
	u64 (*nr_inside)(const struct probe_target *target);
	void (*format_calls)(char *text, size_t size, const struct probe_target *target);
	void (*report_extra)(const struct probe_target *target);
	probe_format_t format;
};

/*
 * Defined at the end of each module's .c file. This tentative definition makes it visible to
 * the shared code. As it is constant, the compiler uses its values and calls its functions
 * directly.
 */
static const struct probe_ops probe_ops;

#endif
