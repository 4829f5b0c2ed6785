/* SPDX-License-Identifier: GPL-2.0-only */
/* A module's life: from its parameters to planted probes, and back to nothing. */
#ifndef PROBE_MODULE_H
#define PROBE_MODULE_H

#include <linux/module.h>
#include <linux/slab.h>

#include <probe/drain.h>
#include <probe/gate.h>
#include <probe/hit.h>
#include <probe/param.h>
#include <probe/stack.h>
#include <probe/target.h>

/**
 * struct probe_kind - what the three modules do differently
 * @anywhere: the probe may be elsewhere than at a function's start
 * @slot:     the module's probe number i, its kp (and rp) set and clean
 * @plant:    register it; 0 or -errno
 * @planted:  say in dmesg that it is planted, and in which mode
 * @uproot:   unregister it
 * @gone:     what else there is to say at the end, or NULL
 * @format:   make a record into lines
 */
struct probe_kind {
	bool anywhere;
	struct probe_target *(*slot)(unsigned int i);
	int (*plant)(struct probe_target *target);
	void (*planted)(const struct probe_target *target, const char *mode);
	void (*uproot)(struct probe_target *target);
	void (*gone)(const struct probe_target *target);
	probe_format_t format;
};

/* symbol=, twice: with the commas cut for the names, and with the pluses too. */
static char *probe_names, *probe_elements;

static inline void probe_targets_free(void)
{
	while (probe_nr_targets)
		free_percpu(probe_targets[--probe_nr_targets]->counts);
	kfree(probe_names);
	kfree(probe_elements);
}

static inline int probe_targets_parse(const struct probe_kind *kind, const char *symbol)
{
	char *names, *elements, *name;
	unsigned int i;
	int err = -ENOMEM;

	names = probe_names = kstrdup(symbol, GFP_KERNEL);
	elements = probe_elements = kstrdup(symbol, GFP_KERNEL);
	if (!names || !elements)
		goto fail;
	while ((name = strsep(&names, ","))) {
		struct probe_target *target;

		err = -E2BIG;
		if (probe_nr_targets == PROBE_TARGETS_MAX) {
			pr_err("symbol=: element %d ('%.40s'): more than %d functions\n",
			       PROBE_TARGETS_MAX + 1, name, PROBE_TARGETS_MAX);
			goto fail;
		}
		target = kind->slot(probe_nr_targets);
		target->index = probe_nr_targets;
		target->name = name;
		for (i = 0; i < probe_nr_targets; i++) {
			if (strcmp(name, probe_targets[i]->name))
				continue;
			err = -EEXIST;
			probe_target_explain(target, PROBE_KIND, err);
			goto fail;
		}
		err = probe_target_parse(target, strsep(&elements, ","), kind->anywhere);
		if (err)
			goto fail;
		err = -ENOMEM;
		target->counts = alloc_percpu(struct probe_counts);
		if (!target->counts)
			goto fail;
		probe_targets[probe_nr_targets++] = target;
	}
	return 0;

fail:
	probe_targets_free();
	return err;
}

/* Is an address that symbol= gave the start of a function? */
static inline bool probe_is_start(const void *addr)
{
	static char name[KSYM_SYMBOL_LEN];

	sprint_symbol(name, (unsigned long)addr);
	return strstr(name, "+0x0/");
}

/*
 * The kernel says yes to a probe that it could not arm, and to a second one at
 * the same place, whose post handler could not be told from the first's.
 */
static inline int probe_target_plant(const struct probe_kind *kind,
			      struct probe_target *target, bool armed)
{
	unsigned int i;
	int err;

	if (!armed)
		target->kp->flags |= KPROBE_FLAG_DISABLED;
	err = kind->plant(target);
	if (err)
		goto fail;
	target->addr = target->kp->addr;
	if (!target->kp->symbol_name)
		target->at_entry = probe_is_start(target->addr);
	for (i = 0; i < target->index; i++)
		if (probe_targets[i]->addr == target->addr)
			err = -EEXIST;
	if (!err && armed && !probe_mode(target->kp))
		err = -ENODEV;
	if (!err)
		return 0;
	kind->uproot(target);
fail:
	probe_target_explain(target, PROBE_KIND, err);
	return err;
}

/*
 * How often to look whether limits still suppress hits. The longer they do the
 * less often, for looking may itself cause such hits.
 */
#define PROBE_WATCH_NS		(500 * NSEC_PER_MSEC)
#define PROBE_WATCH_MAX_NS	(2 * NSEC_PER_SEC)

/* What the limits have kept out of dmesg, and what a line has told of it. */
static struct {
	u64 seen;
	u64 told;
	u64 looked;	/* when: local_clock() */
	u64 wait;	/* and when again after that, ns; 0: no need */
} probe_suppressed;

static inline u64 probe_limited(void)
{
	struct probe_counts sum = {};
	unsigned int i;

	for (i = 0; i < probe_nr_targets; i++)
		probe_counts_add(&sum, probe_targets[i]->counts);
	return sum.of[PROBE_LIMITED];
}

/*
 * One line when a suppression has ended. Returns after how many nanoseconds to
 * look again, while one goes on or may begin with no logged hit to wake the drain
 * thread; 0 otherwise.
 */
static inline u64 probe_watch_limit(void)
{
	u64 now = local_clock();
	u64 limited;

	if (!probe_limit_any() && probe_suppressed.seen == probe_suppressed.told)
		return 0;
	/* The counters are those that handlers write: don't look at every batch. */
	if (probe_suppressed.wait && now - probe_suppressed.looked < probe_suppressed.wait)
		return probe_suppressed.looked + probe_suppressed.wait - now;

	probe_suppressed.looked = now;
	limited = probe_limited();
	if (limited != probe_suppressed.seen) {
		probe_suppressed.seen = limited;
		probe_suppressed.wait = clamp_t(u64, 2 * probe_suppressed.wait,
						PROBE_WATCH_NS, PROBE_WATCH_MAX_NS);
	} else if (limited != probe_suppressed.told && probe_suppressed.wait > PROBE_WATCH_NS) {
		/* None in a long time; but it may have ended just now. */
		probe_suppressed.wait = PROBE_WATCH_NS;
	} else {
		if (limited != probe_suppressed.told)
			pr_info("%llu hits suppressed (ratelimit=%lu max_hits=%lu)\n",
				limited - probe_suppressed.told,
				probe_ratelimit_number.value,
				probe_max_hits_number.value);
		probe_suppressed.told = limited;
		probe_suppressed.wait = probe_limit_rate_refuses() ? PROBE_WATCH_NS : 0;
	}
	return probe_suppressed.wait;
}

/* What the drain thread does beside printing lines. */
static inline u64 probe_chores(void)
{
	if (probe_limit_reached()) {
		kernel_param_lock(THIS_MODULE);
		if (probe_params_live && probe_enabled_number.value &&
		    probe_limit_reached() && !probe_arm(false)) {
			probe_enabled_number.value = 0;
			pr_info("max_hits=%lu reached: disarmed, enabled=1 starts over\n",
				probe_max_hits_number.value);
		}
		kernel_param_unlock(THIS_MODULE);
	}
	return probe_watch_limit();
}

/**
 * probe_module_init() - plant a probe on each of symbol=, all or none
 * @kind: what the module does differently
 *
 * Context: module init.
 * Return: 0 or -errno, with one line in dmesg that says why; on error nothing
 * stays registered or allocated.
 */
static inline int __init probe_module_init(const struct probe_kind *kind)
{
	bool armed = probe_enabled_number.value;
	unsigned int i;
	int err;

	probe_gate_set(limit, probe_limit_any());
	err = probe_targets_parse(kind, probe_symbol ?: PROBE_SYMBOL_DEFAULT);
	if (err)
		return err;
	err = probe_drain_create(probe_ring_number.value << 10, kind->format, probe_chores);
	if (err) {
		pr_err("ring=%lu: no buffers of so many KiB for %u CPUs, or no thread: %d %pe\n",
		       probe_ring_number.value, num_possible_cpus(), err, ERR_PTR(err));
		goto free;
	}
	for (i = 0; i < probe_nr_targets; i++) {
		err = probe_target_plant(kind, probe_targets[i], armed);
		if (err)
			goto uproot;
	}
	for (i = 0; i < probe_nr_targets; i++)
		kind->planted(probe_targets[i], armed ? probe_mode(probe_targets[i]->kp) : "disabled");

	/* From here on the parameters reach the probes. */
	kernel_param_lock(THIS_MODULE);
	if (armed != probe_enabled_number.value)
		probe_arm(!armed);
	probe_params_live = true;
	kernel_param_unlock(THIS_MODULE);

	/* Only now, so that the lines of hits follow those above. */
	probe_drain_start();
	return 0;

uproot:
	while (i--)
		kind->uproot(probe_targets[i]);
	probe_drain_destroy();
free:
	probe_targets_free();
	return err;
}

/**
 * probe_module_exit() - take the probes away and say what they saw
 * @kind: as for probe_module_init()
 *
 * First nobody can arm a probe any more; then the probes go, and with them the
 * last handler, for unregistering waits for those that run; so no record comes
 * after the drain thread's last batch, and the counters that are printed are
 * final. Then nothing uses what is freed.
 *
 * Context: module exit.
 */
static inline void probe_module_exit(const struct probe_kind *kind)
{
	unsigned int i;

	kernel_param_lock(THIS_MODULE);
	probe_params_live = false;
	kernel_param_unlock(THIS_MODULE);

	for (i = 0; i < probe_nr_targets; i++)
		kind->uproot(probe_targets[i]);
	probe_drain_destroy();
	for (i = 0; i < probe_nr_targets; i++) {
		probe_report(probe_targets[i], "unregistered", NULL);
		if (kind->gone)
			kind->gone(probe_targets[i]);
	}
	probe_targets_free();
}

#endif
