/* SPDX-License-Identifier: GPL-2.0-only */
/* A module's life: from its parameters to planted probes, and back to nothing. */
#ifndef PROBE_MODULE_H
#define PROBE_MODULE_H

#include <linux/module.h>
#include <linux/slab.h>

#include <probe/drain.h>
#include <probe/fetch.h>
#include <probe/gate.h>
#include <probe/hit.h>
#include <probe/kind.h>
#include <probe/param.h>
#include <probe/plant.h>
#include <probe/spec.h>
#include <probe/stack.h>
#include <probe/target.h>

static inline void probe_targets_free(void)
{
	while (probe_nr_targets) {
		struct probe_target *target = probe_targets[--probe_nr_targets];

		free_percpu(target->counts);
		if (target->name != target->symbol)
			kfree(target->name);
		kfree(target->symbol);
		kfree(target->asked);
	}
}

static inline int probe_target_add(const char *element)
{
	struct probe_target *target;
	unsigned int i;
	int err;

	if (probe_nr_targets == PROBE_TARGETS_MAX) {
		pr_err("symbol=: element %d ('%.40s'): more than %d functions\n",
		       PROBE_TARGETS_MAX + 1, element, PROBE_TARGETS_MAX);
		return -E2BIG;
	}
	target = probe_kind->slot(probe_nr_targets);
	target->index = probe_nr_targets;
	probe_targets[probe_nr_targets++] = target;
	err = probe_target_parse(target, element, probe_kind->anywhere);
	if (err)
		return err;
	for (i = 0; i < target->index; i++) {
		if (strcmp(target->name, probe_targets[i]->name))
			continue;
		probe_target_explain(target, PROBE_KIND, -EEXIST);
		return -EEXIST;
	}
	target->counts = __alloc_percpu(probe_kind->counts, sizeof(u64));
	return target->counts ? 0 : -ENOMEM;
}

static inline int probe_targets_parse(const char *symbol)
{
	char *copy = kstrdup(symbol, GFP_KERNEL);
	char *rest = copy, *element;
	int err = -ENOMEM;

	while ((element = strsep(&rest, ","))) {
		err = probe_target_add(element);
		if (err)
			break;
	}
	kfree(copy);
	if (err == -ENOMEM)
		pr_err("symbol=: out of memory\n");
	if (err)
		probe_targets_free();
	return err;
}

/*
 * How often to look whether limits still suppress hits. The longer they do the
 * less often, for looking may itself cause such hits.
 */
#define PROBE_WATCH	(HZ / 2)
#define PROBE_WATCH_MAX	(2 * HZ)

/* What the limits have kept out of dmesg, and what a line has told of it. */
static struct {
	u64 seen;
	u64 told;
	u64 looked;	/* when: jiffies */
	u64 wait;	/* and when again after that; 0: no need */
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
	u64 now = get_jiffies_64();
	u64 limited;

	/* The counters are those that handlers write: don't look at every batch. */
	if (probe_suppressed.wait) {
		if (now - probe_suppressed.looked < probe_suppressed.wait)
			return (probe_suppressed.looked + probe_suppressed.wait - now) *
			       TICK_NSEC;
	} else if (!probe_limit_rate_refused_since(probe_suppressed.looked) &&
		   !probe_limit_reached()) {
		return 0;
	}

	probe_suppressed.looked = now;
	limited = probe_limited();
	if (limited != probe_suppressed.seen) {
		probe_suppressed.seen = limited;
		probe_suppressed.wait = clamp_t(u64, 2 * probe_suppressed.wait,
						PROBE_WATCH, PROBE_WATCH_MAX);
	} else if (limited != probe_suppressed.told && probe_suppressed.wait > PROBE_WATCH) {
		/* None in a long time; but it may have ended just now. */
		probe_suppressed.wait = PROBE_WATCH;
	} else {
		if (limited != probe_suppressed.told)
			pr_info("%llu hits suppressed (ratelimit=%lu max_hits=%lu)\n",
				limited - probe_suppressed.told,
				probe_ratelimit_number.value,
				probe_max_hits_number.value);
		probe_suppressed.told = limited;
		probe_suppressed.wait = probe_limit_rate_refuses() ? PROBE_WATCH : 0;
	}
	return probe_suppressed.wait * TICK_NSEC;
}

/* A record that unloading leaves no time to print. */
static inline void probe_discard(const struct probe_record *rec, unsigned int cpu)
{
	probe_hit_discard(probe_targets[rec->target], rec, cpu);
}

/* What the drain thread does beside printing lines. */
static inline u64 probe_housekeeping(void)
{
	if (probe_limit_reached()) {
		mutex_lock(&probe_mutex);
		if (probe_params_live && probe_enabled_number.value &&
		    probe_limit_reached()) {
			if (!probe_arm(false))
				pr_info("max_hits=%lu reached: disarmed, enabled=1 starts over\n",
					probe_max_hits_number.value);
			/* Or an error was said, once. */
			probe_enabled_number.value = 0;
		}
		mutex_unlock(&probe_mutex);
	}
	return probe_watch_limit();
}

/* It is called otherwise in symbol=; and what of a system call is not seen then. */
static inline void probe_target_say_renamed(const struct probe_target *target)
{
	char *other = probe_name_syscall_32(target->name, target->addr);

	pr_info("'%s' is %s on this kernel\n", target->asked, target->name);
	if (other)
		pr_info("'%s': 32-bit programs call %s instead: symbol=%s,%s probes both\n",
			target->asked, other, target->name, other);
	kfree(other);
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
	unsigned int i;
	int err;

	probe_kind = kind;
	if (!probe_args.value)
		probe_spec_default(&probe_spec, kind->nr_args);
	err = probe_targets_parse(probe_symbol.value ?: PROBE_SYMBOL_DEFAULT);
	if (err)
		return err;
	err = probe_drain_create(probe_ring_number.value << 10, kind->format, probe_discard,
				 probe_housekeeping);
	if (err) {
		pr_err("ring=%lu: no buffers of so many KiB for %u CPUs, or no thread: %d %pe: try a smaller ring=\n",
		       probe_ring_number.value, num_possible_cpus(), err, ERR_PTR(err));
		goto free;
	}
	/* First, so that no module comes unseen between a look for it and the wait. */
	err = probe_modules_watch();
	if (err)
		goto destroy;

	mutex_lock(&probe_mutex);
	probe_limit_set_burst(probe_ring_number.value << 10, probe_ratelimit_number.value);
	/* The default of ratelimit= was never written. */
	probe_gate_set(limit, probe_limit_any());
	for (i = 0; !err && i < probe_nr_targets; i++)
		err = probe_target_plant(probe_targets[i], probe_enabled_number.value);
	/* From here on the parameters, and modules that come, reach the probes. */
	probe_params_live = !err;
	for (i = 0; !err && i < probe_nr_targets; i++) {
		if (probe_targets[i]->asked)
			probe_target_say_renamed(probe_targets[i]);
		probe_target_say(probe_targets[i]);
	}
	if (err)
		probe_targets_uproot(probe_targets, probe_nr_targets);
	mutex_unlock(&probe_mutex);
	if (err)
		goto ignore;

	/* Only now, so that the lines of hits follow those above. */
	probe_drain_start();
	return 0;

ignore:
	probe_modules_ignore();
destroy:
	probe_drain_destroy();
free:
	probe_targets_free();
	return err;
}

/**
 * probe_module_exit() - take the probes away and say what they saw
 *
 * First nobody can arm or plant a probe any more; then the probes go, and with them the
 * last handler, for unregistering waits for those that run; so no record comes
 * after the drain thread's last batch, and the counters that are printed are
 * final. Then nothing uses what is freed.
 *
 * Context: module exit.
 */
static inline void probe_module_exit(void)
{
	unsigned int i;

	mutex_lock(&probe_mutex);
	probe_params_live = false;
	probe_targets_uproot(probe_targets, probe_nr_targets);
	mutex_unlock(&probe_mutex);

	probe_modules_ignore();
	probe_drain_destroy();
	for (i = 0; i < probe_nr_targets; i++)
		probe_report(probe_targets[i], "unregistered", NULL);
	probe_targets_free();
}

#endif
