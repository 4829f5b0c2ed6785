/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parameters that all three modules have.
 *
 * Their callbacks may run at any time from before init begins until after exit
 * has ended. What they change is static and always there, but for the probes
 * themselves: those are touched under probe_mutex and only while
 * probe_params_live, which init sets when they are planted and exit clears first.
 *
 * All values are for root only: they are names, ids and addresses, and what other
 * processes did.
 */
#ifndef PROBE_PARAM_H
#define PROBE_PARAM_H

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/threads.h>

#include <probe/account.h>
#include <probe/fetch.h>
#include <probe/filter.h>
#include <probe/hit.h>
#include <probe/kind.h>
#include <probe/limit.h>
#include <probe/spec.h>
#include <probe/stack.h>
#include <probe/target.h>

/*
 * Serialises everything that changes the probes or their parameters: writes of a
 * parameter, init, exit, the drain thread, modules that come and go. kernel_param_lock()
 * would not do: without CONFIG_SYSFS it is empty.
 */
static DEFINE_MUTEX(probe_mutex);

static bool probe_params_live;

/* The length of what was written, without echo's newline. */
static inline int probe_param_len(const char *val)
{
	return strcspn(val, "\n");
}

static inline int probe_param_refuse(const char *val, const struct kernel_param *kp,
			      const char *expected)
{
	pr_err("%s='%.*s': expected %s\n", kp->name, min(probe_param_len(val), 40),
	       val, expected);
	return -EINVAL;
}

/**
 * struct probe_number - a parameter that is a number
 * @value:    as it is
 * @min:      least that is accepted
 * @max:      most
 * @valid:    further condition, or NULL
 * @apply:    called with the new value before it is stored, under probe_mutex; an
 *            error of it is the writer's; may be NULL
 * @expected: what a valid value is, for messages
 */
struct probe_number {
	unsigned long value;
	long min;
	long max;
	bool (*valid)(unsigned long value);
	int (*apply)(unsigned long value);
	const char *expected;
};

static inline int probe_number_set(const char *val, const struct kernel_param *kp)
{
	struct probe_number *number = kp->arg;
	long value;
	int err;

	if (kstrtol(val, 0, &value) || value < number->min || value > number->max ||
	    (number->valid && !number->valid(value)))
		return probe_param_refuse(val, kp, number->expected);
	mutex_lock(&probe_mutex);
	err = number->apply ? number->apply(value) : 0;
	if (!err)
		number->value = value;
	mutex_unlock(&probe_mutex);
	return err;
}

static inline int probe_number_get(char *buffer, const struct kernel_param *kp)
{
	const struct probe_number *number = kp->arg;

	return scnprintf(buffer, PAGE_SIZE, "%ld\n", (long)number->value);
}

static const struct kernel_param_ops probe_number_ops = {
	.set = probe_number_set,
	.get = probe_number_get,
};

/**
 * struct probe_string - a parameter that is text, given at load only
 * @value: as it is, or NULL: not given
 * @unset: what is shown then
 * @apply: called with a new value; an error of it is the writer's; may be NULL
 */
struct probe_string {
	char *value;
	const char *unset;
	int (*apply)(const char *value);
};

static inline int probe_string_set(const char *val, const struct kernel_param *kp)
{
	struct probe_string *string = kp->arg;
	char *copy = kstrndup(val, probe_param_len(val), GFP_KERNEL);

	if (!copy)
		return -ENOMEM;
	kfree(string->value);
	string->value = copy;
	return string->apply ? string->apply(copy) : 0;
}

static inline int probe_string_get(char *buffer, const struct kernel_param *kp)
{
	const struct probe_string *string = kp->arg;

	return scnprintf(buffer, PAGE_SIZE, "%s\n", string->value ?: string->unset);
}

static inline void probe_string_free(void *arg)
{
	struct probe_string *string = arg;

	kfree(string->value);
}

static const struct kernel_param_ops probe_string_ops = {
	.set = probe_string_set,
	.get = probe_string_get,
	.free = probe_string_free,
};

/* symbol=, args= */

static struct probe_string probe_symbol = { .unset = PROBE_SYMBOL_DEFAULT };

module_param_cb(symbol, &probe_string_ops, &probe_symbol, 0400);
MODULE_PARM_DESC(symbol, "functions to probe, up to 16, comma-separated: name, module:name; in kprobe_example also name+0x10, 0xaddress (default: kernel_clone)");

static inline int probe_args_apply(const char *value)
{
	struct probe_spec_reader reader = { .bases = PROBE_BASES };

	if (!probe_spec_parse(&probe_spec, &reader, value))
		return 0;
	pr_err("args=: character %td ('%*pE'): expected %s\n", reader.at - value + 1,
	       (int)strnlen(reader.at, 20), reader.at, reader.expected);
	return -EINVAL;
}

static struct probe_string probe_args = { .unset = "", .apply = probe_args_apply };

module_param_cb(args, &probe_string_ops, &probe_args, 0400);
MODULE_PARM_DESC(args, "values to show, up to 8, comma-separated, as in tracefs' kprobe_events: [NAME=]FETCH[:TYPE]; FETCH: $argN $stackN %reg $retval +off(FETCH), as far as the module has them; TYPE: u8..u64 s8..s64 x8..x64 string ustring symbol errno bool (default: argument words)");

/* dump_stack= */

static inline int probe_dump_stack_apply(unsigned long value)
{
	WRITE_ONCE(probe_dump_stack, value);
	return 0;
}

static struct probe_number probe_dump_stack_number = {
	.max = 1, .apply = probe_dump_stack_apply, .expected = "0 or 1",
};

module_param_cb(dump_stack, &probe_number_ops, &probe_dump_stack_number, 0600);
MODULE_PARM_DESC(dump_stack, "1: log the kernel stack of each logged hit (default: 0)");

/* skip=, pid= */

/**
 * struct probe_pid - a parameter that is a process
 * @set:      filled with it and its descendants, if those are meant
 * @apply:    called when the set is filled, under probe_mutex
 * @expected: what a valid value is, for messages
 * @plus:     a process alone can be given, too; with its descendants it has a plus
 * @tree:     it was given with its descendants
 * @written:  as it was written, in the writer's PID namespace; 0: none
 */
struct probe_pid {
	struct probe_pidset *set;
	void (*apply)(pid_t tgid, bool tree);
	const char *expected;
	bool plus;
	bool tree;
	unsigned int written;
};

/*
 * The process that the writer means, as the initial PID namespace knows it. If there
 * is none: 0 if its descendants are meant as well; else what no process, or no process
 * yet, has.
 */
static inline pid_t probe_pid_find(const struct kernel_param *kp, unsigned int nr, bool tree)
{
	struct task_struct *task;
	pid_t tgid = 0, shown = 0;
	bool thread = false;

	rcu_read_lock();
	task = pid_task(find_vpid(nr), PIDTYPE_PID);
	if (task) {
		tgid = task->tgid;
		shown = task_tgid_vnr(task);
		thread = task->pid != tgid;
	}
	rcu_read_unlock();
	if (thread)
		pr_info("%s=%u is a thread of process %d, which is taken with all its threads\n",
			kp->name, nr, shown);
	if (tgid)
		return tgid;
	pr_warn("%s=%u: there is no such process\n", kp->name, nr);
	if (tree)
		return 0;
	return task_active_pid_ns(current) == &init_pid_ns ? nr : -1;
}

/* Under probe_mutex. */
static inline int probe_pid_change(const struct kernel_param *kp, unsigned int nr, bool tree)
{
	struct probe_pid *pid = kp->arg;
	pid_t tgid = nr ? probe_pid_find(kp, nr, tree) : 0;
	int err;

	if (nr && !tgid)
		return -EINVAL;	/* for ESRCH, insmod says "Module has wrong symbol version" */
	err = tree ? probe_pidset_fill(pid->set, tgid) : 0;
	if (err == -EOPNOTSUPP)
		pr_err("%s=%s%u: descendants can not be followed: this kernel has no tracepoint sched_process_fork (CONFIG_TRACEPOINTS)\n",
		       kp->name, pid->plus ? "+" : "", nr);
	else if (err)
		pr_err("%s=%s%u: descendants can not be followed: %d %pe\n", kp->name,
		       pid->plus ? "+" : "", nr, err, ERR_PTR(err));
	if (err)
		return err;
	pid->apply(tgid, tree);
	if (!tree)
		probe_pidset_clear(pid->set);
	pid->tree = tree;
	pid->written = nr;
	return 0;
}

static inline int probe_pid_set(const char *val, const struct kernel_param *kp)
{
	const struct probe_pid *pid = kp->arg;
	const char *digits = val + (*val == '+');
	unsigned int nr;
	bool tree;
	int err;

	/* Of kstrtouint()'s forms, not those with a second sign. */
	if (!isdigit(*digits) || kstrtouint(digits, 0, &nr) || nr > PID_MAX_LIMIT ||
	    (!nr && digits != val))
		return probe_param_refuse(val, kp, pid->expected);
	tree = nr && (digits != val || !pid->plus);
	mutex_lock(&probe_mutex);
	err = probe_pid_change(kp, nr, tree);
	mutex_unlock(&probe_mutex);
	return err;
}

static inline int probe_pid_get(char *buffer, const struct kernel_param *kp)
{
	const struct probe_pid *pid = kp->arg;

	return scnprintf(buffer, PAGE_SIZE, "%s%u\n", pid->plus && pid->tree ? "+" : "",
			 pid->written);
}

/* When loading has failed, or the module is freed. */
static inline void probe_pid_free(void *arg)
{
	const struct probe_pid *pid = arg;

	probe_pidset_free(pid->set);
}

static const struct kernel_param_ops probe_pid_ops = {
	.set = probe_pid_set,
	.get = probe_pid_get,
	.free = probe_pid_free,
};

static inline void probe_skip_apply(pid_t tgid, bool tree)
{
	probe_gate_set(skip, tree);
}

static struct probe_pid probe_skip = {
	.set = &probe_skip_pids, .apply = probe_skip_apply,
	.expected = "a process id, or 0 for none",
};

module_param_cb(skip, &probe_pid_ops, &probe_skip, 0600);
MODULE_PARM_DESC(skip, "count hits of this process and its descendants as self, before all else (default: 0, none)");

static inline void probe_pid_apply(pid_t tgid, bool tree)
{
	struct probe_filter filter = probe_filter_get();

	filter.pid = tree ? 0 : tgid;
	filter.tree = tree;
	probe_gate_set(filter, probe_filter_set(&filter));
}

static struct probe_pid probe_pid = {
	.set = &probe_filter_pids, .apply = probe_pid_apply, .plus = true,
	.expected = "a process id, +ID for a process and its descendants, or 0 for all",
};

module_param_cb(pid, &probe_pid_ops, &probe_pid, 0600);
MODULE_PARM_DESC(pid, "log only hits of this process; +ID: of it and its descendants (default: 0, all)");

/* comm=, uid= */

static inline int probe_uid_apply(unsigned long value)
{
	struct probe_filter filter = probe_filter_get();

	filter.uid = (long)value < 0 ? INVALID_UID : KUIDT_INIT(value);
	probe_gate_set(filter, probe_filter_set(&filter));
	return 0;
}

static struct probe_number probe_uid_number = {
	.value = -1, .min = -1, .max = (uid_t)-2, .apply = probe_uid_apply,
	.expected = "a user id, or -1 for all",
};

module_param_cb(uid, &probe_number_ops, &probe_uid_number, 0600);
MODULE_PARM_DESC(uid, "log only hits of this user (default: -1, all)");

static char probe_comm[TASK_COMM_LEN];

static inline int probe_comm_set(const char *val, const struct kernel_param *kp)
{
	struct probe_filter filter;
	int len = probe_param_len(val);

	if (len >= TASK_COMM_LEN)
		return probe_param_refuse(val, kp, "at most 15 bytes, as in /proc/PID/comm");
	mutex_lock(&probe_mutex);
	filter = probe_filter_get();
	strscpy(probe_comm, val, len + 1);
	probe_filter_set_comm(&filter, probe_comm);
	probe_gate_set(filter, probe_filter_set(&filter));
	mutex_unlock(&probe_mutex);
	return 0;
}

static inline int probe_comm_get(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%s\n", probe_comm);
}

static const struct kernel_param_ops probe_comm_ops = {
	.set = probe_comm_set,
	.get = probe_comm_get,
};

module_param_cb(comm, &probe_comm_ops, NULL, 0600);
MODULE_PARM_DESC(comm, "log only hits of tasks of this name (default: empty, all)");

/* ratelimit=, max_hits= */

static inline int probe_ratelimit_apply(unsigned long value)
{
	probe_limit_set_rate(value);
	probe_gate_set(limit, probe_limit_any());
	return 0;
}

static struct probe_number probe_ratelimit_number = {
	.value = PROBE_LIMIT_RATE, .max = 1000000, .apply = probe_ratelimit_apply,
	.expected = "hits a second up to 1000000, or 0 for any number",
};

module_param_cb(ratelimit, &probe_number_ops, &probe_ratelimit_number, 0600);
MODULE_PARM_DESC(ratelimit, "log at most so many hits a second, each line of a stack counted as one, after a burst of 200 (1000 with ring=512); 0: all (default: 100)");

static inline int probe_max_hits_apply(unsigned long value)
{
	probe_limit_set_max(value);
	probe_gate_set(limit, probe_limit_any());
	return 0;
}

static struct probe_number probe_max_hits_number = {
	.max = INT_MAX, .apply = probe_max_hits_apply,
	.expected = "a number of hits, or 0 for no end",
};

module_param_cb(max_hits, &probe_number_ops, &probe_max_hits_number, 0600);
MODULE_PARM_DESC(max_hits, "disarm after so many logged hits; enabled=1 starts over (default: 0, never)");

/* ring= */

static inline bool probe_ring_valid(unsigned long value)
{
	return is_power_of_2(value);
}

static struct probe_number probe_ring_number = {
	.value = 64, .min = 16, .max = 16384, .valid = probe_ring_valid,
	.expected = "KiB, a power of two from 16 to 16384",
};

module_param_cb(ring, &probe_number_ops, &probe_ring_number, 0400);
MODULE_PARM_DESC(ring, "KiB of buffer per CPU, a power of two, 16 to 16384 (default: 64)");

/* enabled= */

/*
 * Arm or disarm all probes, or on error leave them as they were. One that waits
 * for its module, or whose module has been unloaded, is left alone. As when it is
 * planted, the kernel's word that a probe is armed is not taken for it.
 *
 * Under probe_mutex.
 */
static inline int probe_arm(bool on)
{
	unsigned long changed = 0;
	unsigned int i;
	int err = 0;

	for (i = 0; i < probe_nr_targets; i++) {
		struct kprobe *kp = probe_targets[i]->kp;

		if (!probe_targets[i]->planted || !!kprobe_disabled(kp) != on)
			continue;
		err = on ? probe_target_enable(probe_targets[i]) : disable_kprobe(kp);
		if (err)
			break;
		changed |= BIT(i);
	}
	if (!err)
		return 0;
	if (on)
		probe_target_explain(probe_targets[i], PROBE_KIND, err);
	else
		pr_err("enabled=0: '%s' can not be disarmed: %d %pe\n",
		       probe_targets[i]->name, err, ERR_PTR(err));
	for (i = 0; i < probe_nr_targets; i++)
		if (changed & BIT(i))
			on ? disable_kprobe(probe_targets[i]->kp) :
			     enable_kprobe(probe_targets[i]->kp);
	return err;
}

static inline int probe_enabled_apply(unsigned long value)
{
	int err;

	if (!probe_params_live)
		return 0;
	if (value)
		probe_limit_set_max(probe_max_hits_number.value);
	err = probe_arm(value);
	if (!err)
		pr_info("%s\n", value ? "armed" : "disarmed");
	return err;
}

static struct probe_number probe_enabled_number = {
	.value = 1, .max = 1, .apply = probe_enabled_apply, .expected = "0 or 1",
};

module_param_cb(enabled, &probe_number_ops, &probe_enabled_number, 0600);
MODULE_PARM_DESC(enabled, "0: disarm, 1: arm, at run time (default: 1)");

/* stats, report */

/* " hits=... logged=... ... missed=... faults=..." of one probe */
static inline int probe_stats_format(char *text, size_t size, const struct probe_target *target)
{
	struct probe_counts sum = {};
	int i, len;

	probe_counts_add(&sum, target->counts);
	len = scnprintf(text, size, " hits=%llu", probe_counts_hits(&sum));
	for (i = 0; i < PROBE_OUTCOMES; i++)
		len += scnprintf(text + len, size - len, " %s=%llu",
				 probe_outcome_names[i], sum.of[i]);
	return len + scnprintf(text + len, size - len, " missed=%lu faults=%llu",
			       probe_target_missed(target), sum.faults);
}

/* Under probe_mutex. */
static inline int probe_stats_list(char *buffer)
{
	struct probe_counts sum = {};
	unsigned int i, waiting = 0;
	unsigned long missed = 0;
	int len;

	if (!probe_params_live)
		return -ENODEV;
	for (i = 0; i < probe_nr_targets; i++) {
		probe_counts_add(&sum, probe_targets[i]->counts);
		missed += probe_target_missed(probe_targets[i]);
		waiting += probe_target_waits(probe_targets[i]);
	}
	len = scnprintf(buffer, PAGE_SIZE, "hits %llu\n", probe_counts_hits(&sum));
	for (i = 0; i < PROBE_OUTCOMES; i++)
		len += scnprintf(buffer + len, PAGE_SIZE - len, "%s %llu\n",
				 probe_outcome_names[i], sum.of[i]);
	len += scnprintf(buffer + len, PAGE_SIZE - len, "missed %lu\nfaults %llu\nwaiting %u\n",
			 missed, sum.faults, waiting);
	for (i = 0; i < probe_nr_targets && probe_nr_targets > 1; i++) {
		len += scnprintf(buffer + len, PAGE_SIZE - len, "%s", probe_targets[i]->name);
		len += probe_stats_format(buffer + len, PAGE_SIZE - len, probe_targets[i]);
		len += scnprintf(buffer + len, PAGE_SIZE - len,
				 probe_target_waits(probe_targets[i]) ? " waiting=1\n" : "\n");
	}
	return len;
}

static inline int probe_stats_get(char *buffer, const struct kernel_param *kp)
{
	int len;

	mutex_lock(&probe_mutex);
	len = probe_stats_list(buffer);
	mutex_unlock(&probe_mutex);
	return len;
}

static inline int probe_stats_set(const char *val, const struct kernel_param *kp)
{
	return probe_param_refuse(val, kp, "nothing: it can only be read");
}

static const struct kernel_param_ops probe_stats_ops = {
	.set = probe_stats_set,
	.get = probe_stats_get,
};

module_param_cb(stats, &probe_stats_ops, NULL, 0400);
MODULE_PARM_DESC(stats, "read: what became of the hits");

/**
 * probe_report() - what became of a probe's hits, and what else its kind tells
 * @target: the probe
 * @state:  what to say of the probe
 * @mode:   in which way it is armed, or NULL to say nothing of that and of the text
 *
 * Warns if there were none: a probe that does not speak looks like one that
 * does not work.
 *
 * Context: process context.
 */
static inline void probe_report(const struct probe_target *target, const char *state,
				const char *mode)
{
	struct probe_counts sum = {};
	char text[256], how[64] = "";
	u8 now[PROBE_TEXT_BYTES];
	u64 inside;

	probe_stats_format(text, sizeof(text), target);
	if (mode && target->planted && probe_text_read(now, target->addr))
		scnprintf(how, sizeof(how), " mode=%s now=%*phN", mode,
			  PROBE_TEXT_BYTES, now);
	else if (mode)
		scnprintf(how, sizeof(how), " mode=%s", mode);
	pr_info("%s at %px %s%s%s\n", PROBE_KIND, target->addr, state, how, text);

	probe_counts_add(&sum, target->counts);
	inside = probe_kind->inside ? probe_kind->inside(target) : 0;
	if (!target->addr)
		pr_warn("'%s' was never planted: its module was not loaded\n", target->name);
	else if (probe_counts_hits(&sum) || probe_target_missed(target))
		;
	else if (inside)
		pr_info("'%s' was entered and has not returned yet: %llu calls are inside\n",
			target->name, inside);
	else
		pr_warn("'%s' was never hit: it may not have been called, be inlined where it is called, or have left its work to another function on this kernel\n",
			target->name);
	if (probe_kind->more)
		probe_kind->more(target);
}

static inline int probe_report_apply(unsigned long value)
{
	unsigned int i;

	if (!probe_params_live)
		return -ENODEV;
	for (i = 0; i < probe_nr_targets; i++)
		probe_report(probe_targets[i], probe_targets[i]->name,
			     probe_target_waits(probe_targets[i]) ? "waiting" :
			     !probe_targets[i]->planted ? "gone" :
			     probe_mode(probe_targets[i]->kp) ?: "disabled");
	return 0;
}

static struct probe_number probe_report_number = {
	.min = 1, .max = 1, .apply = probe_report_apply, .expected = "1",
};

module_param_cb(report, &probe_number_ops, &probe_report_number, 0200);
MODULE_PARM_DESC(report, "write 1: print what became of the hits to dmesg now");

#endif
