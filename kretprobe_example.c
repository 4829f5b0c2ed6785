// SPDX-License-Identifier: GPL-2.0-only
/*
 * kretprobe_example - log what a kernel function returns, and how long it took
 *
 *	insmod kretprobe_example.ko symbol=vfs_read
 *	dmesg -w
 *	rmmod kretprobe_example
 *
 * The entry handler notes the time, the return handler logs:
 *
 *	kretprobe_example: Planted return probe at vfs_read: ffffffff81234560 mode=ftrace maxactive=10
 *	kretprobe_example: vfs_read returned 832 and took 1234 ns to execute t=12.345678901 cpu=1 pid=123 tid=123 comm=cat
 *	kretprobe_example: vfs_read returned -21 -EISDIR and took 311 ns to execute t=...
 *	kretprobe_example: Missed probing 3 instances of vfs_read
 *
 * and at the end, with a histogram, how long the calls took:
 *
 *	kretprobe_example: vfs_read: 1234 calls, 5 failed, took min 311 mean 2345 max 1234567 ns
 *	kretprobe_example: [256, 512)           12 |@@@@@                                   |
 */


#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/string.h>

#include <probe/kprobe.h>
#include <common/fetch.h>
#include <common/histogram.h>
#include <common/hit.h>
#include <common/stack.h>
#include <common/value.h>

#include <common/common.c>
#include <common/histogram.c>

static struct probe_param_number maxactive = {
	.max = 4096, .expected = "calls at the same time up to 4096, or 0 for the kernel's default",
};
module_param_cb(maxactive, &probe_param_number_ops, &maxactive, 0400);
MODULE_PARM_DESC(maxactive, "calls that can be inside the function at the same time (default: 0, the kernel's choice)");

/*
 * errors=, min_us=: a call that took less than this is not logged, or not before
 * it has been looked at. One word, so that without them a return asks but once.
 */
static u64 suspect_ns;

static struct probe_param_number errors, min_us;

static int errors_apply(unsigned long value)
{
	WRITE_ONCE(suspect_ns, value ? U64_MAX : min_us.value * NSEC_PER_USEC);
	return 0;
}

static struct probe_param_number errors = {
	.max = 1, .apply = errors_apply, .expected = "0 or 1",
};
module_param_cb(errors, &probe_param_number_ops, &errors, 0600);
MODULE_PARM_DESC(errors, "1: log only returns of a negative errno, which an unsigned or bool $retval in args= is not (default: 0)");

static int min_us_apply(unsigned long value)
{
	if (!errors.value)
		WRITE_ONCE(suspect_ns, value * NSEC_PER_USEC);
	return 0;
}

static struct probe_param_number min_us = {
	.max = 3600000000, .apply = min_us_apply,
	.expected = "microseconds up to 3600000000, or 0 for all calls",
};
module_param_cb(min_us, &probe_param_number_ops, &min_us, 0600);
MODULE_PARM_DESC(min_us, "log only calls that took at least so many microseconds (default: 0, all)");

/* The probes, one for each function in symbol=. */
static struct kretprobe_slot {
	struct probe_target target;
	struct kretprobe rp;
} slots[PROBE_TARGETS_MAX];

/* What a probe counts with, on each CPU. */
struct tally {
	struct probe_counts counts;	/* first, for that is what target->counts is */
	u64 entered;			/* calls of which the return is waited for */
	struct probe_histogram durations;
};

/* What the entry handler keeps for the return handler, for each call. */
struct call {
	struct kretprobe *rp;
	u64 entered;		/* local_clock() */
	bool refused;		/* the limits let none through when it began */
	unsigned long more;	/* there is what follows */
	unsigned int room;	/* of the stack, if one was taken */
	struct probe_stack stack;
	struct probe_fetched fetched;	/* the arguments that args= asks for */
};

/* What the return handler writes and the drain thread reads. */
enum { RECORD_RETURN, RECORD_RETURN_MORE };

struct return_record {
	struct probe_record rec;
	unsigned long value;
	u64 ns;
};

struct more_record {
	struct return_record ret;
	struct probe_fetched fetched;	/* then, with dump_stack=1, a stack */
};

static __always_inline struct probe_target *target_of(struct kretprobe *rp)
{
	return &container_of(rp, struct kretprobe_slot, rp)->target;
}

/* Apart from entry_handler(), so that a hit without these saves no registers. */
static noinline void take_more(struct call *call, struct pt_regs *regs)
{
	struct probe_target *target = target_of(call->rp);

	call->room = probe_stack_capture(&call->stack, probe_stack_room(), target, regs);
	probe_fetch(target, &call->fetched, regs);
}

/* The same for the registers that the checks need. */
static noinline bool is_call_wanted(struct kretprobe *rp)
{
	return probe_hit_wanted(target_of(rp), false);
}

/*
 * Called when the function is entered. The stack is taken here: in the return
 * handler the function has left it, and on older kernels it ends in the
 * kretprobe's own trampoline.
 */
static int entry_handler(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct call *call = (struct call *)ri->data;
	struct kretprobe *rp = get_kretprobe(ri);

	if (!rp)
		return 1;	/* on its way out: this call is not probed any more */
	if (!probe_hit_is_unchecked() && !is_call_wanted(rp))
		return 1;	/* no return handler for this call */
	call->rp = rp;
	call->more = READ_ONCE(probe_dump_stack) | probe_args.nr;
	if (unlikely(call->more)) {
		/* A stack is dear: none for what will most likely not be logged. */
		call->refused = probe_limit_refuses();
		if (!call->refused)
			take_more(call, regs);
	}
	__this_cpu_inc(((struct tally __percpu *)target_of(rp)->counts)->entered);
	call->entered = local_clock();
	return 0;
}

/* The first plain $retval of args= says what the returned value is; or NULL. */
static const struct probe_arg *returned;

/*
 * What its type leaves of the guess of probe_value_is_errno(): nothing if it is unsigned or a
 * bool, or what is negative in this width.
 */
static bool never_errno;
static unsigned int errno_shift = 32;

static __always_inline bool has_failed(unsigned long value)
{
	return probe_value_is_errno(value) && !never_errno &&
	       (long)(value << errno_shift) < 0;
}

static void judge_by_type(void)
{
	unsigned int i;

	for (i = probe_args.nr; i--; )
		if (probe_args.args[i].base == PROBE_BASE_RETVAL && !probe_args.args[i].nr_derefs)
			returned = &probe_args.args[i];
	if (!returned)
		return;
	never_errno = returned->type->class == PROBE_UNSIGNED ||
		      returned->type->class == PROBE_BOOL;
	if (returned->type->class == PROBE_SIGNED)
		errno_shift = 64 - 8 * returned->type->size;
}

static __always_inline bool is_wanted(unsigned long value, u64 ns)
{
	return ns >= READ_ONCE(min_us.value) * NSEC_PER_USEC &&
	       (!READ_ONCE(errors.value) || has_failed(value));
}

/* Apart from ret_handler(), for the same reason. */
static noinline void log_more(struct probe_target *target, const struct call *call,
			      struct pt_regs *regs, u64 now, u64 ns)
{
	struct more_record *more;
	void *end;

	if (call->refused) {
		probe_counts_inc(target->counts, PROBE_LIMITED);
		return;
	}
	more = probe_hit_begin_at(target, RECORD_RETURN_MORE,
				  offsetof(struct more_record, fetched) +
				  target->program->room + call->room, now);
	if (!more)
		return;
	more->ret.value = regs_return_value(regs);
	more->ret.ns = ns;
	end = probe_fetch_return(target, &more->fetched, &call->fetched, regs);
	if (call->room) {
		memcpy(end, &call->stack, call->room);
		probe_stack_charge(&call->stack);
	}
	probe_hit_end(target, &more->ret.rec, end + call->room - (void *)more);
}

/* Called when the function returns. */
static int ret_handler(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct call *call = (const struct call *)ri->data;
	struct probe_target *target = target_of(call->rp);
	unsigned long value = regs_return_value(regs);
	u64 now = local_clock();
	struct tally *tally = this_cpu_ptr((struct tally __percpu *)target->counts);
	struct return_record *ret;
	u64 ns;

	ns = probe_histogram_count(&tally->durations, now - call->entered);
	if (has_failed(value))
		tally->durations.failed++;
	if (unlikely(ns < READ_ONCE(suspect_ns)) && !is_wanted(value, ns)) {
		probe_counts_inc(target->counts, PROBE_FILTERED);
		return 0;
	}
	if (unlikely(call->more)) {
		log_more(target, call, regs, now, ns);
		return 0;
	}
	ret = probe_hit_begin_at(target, RECORD_RETURN, sizeof(*ret), now);
	if (!ret)
		return 0;
	ret->value = value;
	ret->ns = ns;
	probe_hit_end(target, &ret->rec, sizeof(*ret));
	return 0;
}

/* Without a type, what is no errno and does not fit in 32 bits is an address. */
static void format_guess(struct probe_line *line, unsigned long value)
{
	if (probe_value_is_errno(value) || value <= U32_MAX)
		probe_line_add_errno(line, probe_value_number(value));
	else
		probe_line_add(line, "0x%lx", value);
}

/* Called by the drain thread, some milliseconds later at the most. */
static void format(struct probe_line *line, const struct probe_record *rec)
{
	const struct return_record *ret = container_of(rec, struct return_record, rec);
	const struct more_record *more = container_of(ret, struct more_record, ret);
	const struct probe_target *target = probe_targets[rec->target];

	probe_line_add(line, "%s returned ", target->name);
	if (returned)
		probe_value_format(line, returned, &more->fetched,
				   target->program->value[returned - probe_args.args]);
	else
		format_guess(line, ret->value);
	probe_line_add(line, " and took %llu ns to execute", ret->ns);
	if (rec->type == RECORD_RETURN_MORE)
		probe_value_format_all(line, target, &more->fetched,
				       returned && !returned->named ? returned : NULL);
	probe_line_add_origin(line, rec);
	probe_line_print(line);
	if (rec->type == RECORD_RETURN_MORE)
		probe_stack_print(line, rec, probe_fetch_end(&more->fetched));
}

static struct probe_target *target_at(unsigned int i)
{
	slots[i].target.kp = &slots[i].rp.kp;
	slots[i].target.rp = &slots[i].rp;
	return &slots[i].target;
}

static void init(struct probe_target *target)
{
	struct kretprobe_slot *probe = container_of(target, struct kretprobe_slot, target);

	probe->rp = (struct kretprobe) {
		.entry_handler = entry_handler,
		.handler = ret_handler,
		.maxactive = maxactive.value,
	};
}

static int register_probe(struct probe_target *target)
{
	struct tally __percpu *tally = (struct tally __percpu *)target->counts;
	int cpu;

	for_each_possible_cpu(cpu)
		probe_histogram_init(&per_cpu_ptr(tally, cpu)->durations);
	target->rp->data_size = sizeof(struct call) + target->program->nr_words * sizeof(long);
	return register_kretprobe(target->rp);
}

static void log_registered(const struct probe_target *target, const char *mode)
{
	pr_info("Planted return probe at %s: %px mode=%s maxactive=%d\n", target->name,
		target->addr, mode, target->rp->maxactive);
}

static void unregister_probes(struct probe_target **targets, unsigned int nr)
{
	struct kretprobe *rps[PROBE_TARGETS_MAX];
	unsigned int i;

	for (i = 0; i < nr; i++)
		rps[i] = targets[i]->rp;
	probe_kprobe_unregister_kretprobes(rps, nr);
}

/*
 * The kernel's pools of instances differ too much between versions to be asked, so entries
 * are counted: two instructions at a hit. A return is counted once, in the histogram. While
 * calls come and go the difference is approximate.
 */
static u64 nr_inside(const struct probe_target *target)
{
	struct tally __percpu *tally = (struct tally __percpu *)target->counts;
	s64 calls = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		calls += READ_ONCE(per_cpu_ptr(tally, cpu)->entered);
	for_each_possible_cpu(cpu)
		calls -= probe_histogram_calls(&per_cpu_ptr(tally, cpu)->durations);
	return max(calls, 0LL);
}

static void report_extra(const struct probe_target *target)
{
	struct tally __percpu *tally = (struct tally __percpu *)target->counts;
	struct probe_histogram sum = {};
	int cpu;

	probe_histogram_init(&sum);

	/* For want of an instance; those hit in another handler are in missed= only. */
	if (probe_target_rp_nmissed(target))
		pr_info("Missed probing %lu instances of %s\n", probe_target_rp_nmissed(target),
			target->name);
	for_each_possible_cpu(cpu)
		probe_histogram_add(&sum, &per_cpu_ptr(tally, cpu)->durations);
	probe_histogram_print(&sum, target->name);
}

static const struct probe_ops probe_ops = {
	.name = "kretprobe",
	.default_symbol = "kernel_clone",
	.bases = BIT(PROBE_BASE_ARG) | BIT(PROBE_BASE_STACK) | BIT(PROBE_BASE_REG) | BIT(PROBE_BASE_RETVAL),
	.preloaded_args = 0,
	.at_return = true,
	.counts_size = sizeof(struct tally),
	.target = target_at,
	.init = init,
	.register_probe = register_probe,
	.log_registered = log_registered,
	.unregister_probes = unregister_probes,
	.nr_inside = nr_inside,
	.report_extra = report_extra,
	.format = format,
};

static int __init kretprobe_example_init(void)
{
	judge_by_type();
	return probe_module_init();
}

static void __exit kretprobe_example_exit(void)
{
	probe_module_exit();
}

module_init(kretprobe_example_init);
module_exit(kretprobe_example_exit);
MODULE_DESCRIPTION("log what a kernel function returns, and how long it took");
MODULE_LICENSE("GPL");
