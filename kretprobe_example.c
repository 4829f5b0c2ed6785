// SPDX-License-Identifier: GPL-2.0-only
/*
 * kretprobe_example - log what a kernel function returns, and how long it took
 *
 *	insmod kretprobe_example.ko symbol=vfs_read
 *	dmesg -w
 *	rmmod kretprobe_example
 *
 * The entry handler stores the time, the return handler logs:
 *
 *	kretprobe_example: Planted return probe at vfs_read: ffffffff81234560 mode=ftrace maxactive=10
 *	kretprobe_example: vfs_read returned 832 and took 1234 ns to execute t=12.345678901 cpu=1 pid=123 tid=123 comm=cat
 *	kretprobe_example: vfs_read returned -21 -EISDIR and took 311 ns to execute t=...
 *	kretprobe_example: Missed probing 3 instances of vfs_read
 *
 * When the module is unloaded it prints a histogram of the durations:
 *
 *	kretprobe_example: vfs_read: 1234 calls, 5 failed, took min 311 mean 2345 max 1234567 ns
 *	kretprobe_example: [256, 512)           12 |@@@@@                                   |
 */

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <probe/kprobe.h>
#include <common/fetch.h>
#include <common/histogram.h>
#include <common/hit.h>
#include <common/stack.h>
#include <common/sum.h>
#include <common/value.h>

#include <common/common.c>
#include <common/histogram.c>

static struct probe_param_number maxactive = {
	.max = 4096, .expected = "calls at the same time up to 4096, or 0 for the kernel's default",
};
module_param_cb(maxactive, &probe_param_number_ops, &maxactive, 0400);
MODULE_PARM_DESC(maxactive, "calls that can be inside the function at the same time (default: 0, the kernel's choice)");

static struct probe_param_number errors, min_us;

static int errors_apply(unsigned long value)
{
	probe_gate_set(result, value || min_us.value);
	return 0;
}

static struct probe_param_number errors = {
	.max = 1, .apply = errors_apply, .expected = "0 or 1",
};
module_param_cb(errors, &probe_param_number_ops, &errors, 0600);
MODULE_PARM_DESC(errors, "1: log only returns of a negative errno, which an unsigned or bool $retval in args= is not (default: 0)");

static int min_us_apply(unsigned long value)
{
	probe_gate_set(result, value || errors.value);
	return 0;
}

static struct probe_param_number min_us = {
	.max = 3600000000, .apply = min_us_apply,
	.expected = "microseconds up to 3600000000, or 0 for all calls",
};
module_param_cb(min_us, &probe_param_number_ops, &min_us, 0600);
MODULE_PARM_DESC(min_us, "log only calls that took at least so many microseconds (default: 0, all)");

/* A probe, one for each function in symbol=. */
struct example_probe {
	struct probe_target target;	/* first: kfree() of it frees all */
	struct kretprobe rp;
};

/* The counters of a probe on one CPU. */
struct call_counts {
	struct probe_counts counts;	/* first: target->counts points to it */
	u64 entered;			/* calls whose return is to be handled */
	struct probe_histogram durations;
};

/* What the entry handler stores for the return handler, for each call. */
struct call {
	struct kretprobe *rp;
	u64 entered;		/* local_clock() */
	unsigned long caller;	/* with by=caller */
	bool has_extra;		/* there may be a stack or arguments: the following is set */
	bool refused;		/* the limits refused all hits when the call began */
	unsigned int room;	/* bytes of the stack that are logged, 0 without one */
	struct probe_stack stack;	/* also with by=stack */
	struct probe_fetched fetched;	/* arguments of args= */
};

/* What the return handler writes and the drain thread reads. */
enum { RECORD_RETURN, RECORD_RETURN_ARGS };

struct return_record {
	struct probe_record rec;
	unsigned long value;
	u64 ns;
};

struct return_args_record {
	struct return_record ret;
	struct probe_fetched fetched;	/* then, with dump_stack=1, a stack */
};

static __always_inline struct probe_target *target_of(struct kretprobe *rp)
{
	return &container_of(rp, struct example_probe, rp)->target;
}

/* Does the call have a hit? If so, store its stack or arguments; if not, count its outcome. */
static noinline bool enter_checked(struct call *call, struct pt_regs *regs)
{
	struct probe_target *target = target_of(call->rp);

	if (!probe_hit_is_unchecked() && !probe_hit_wanted(target, regs, true, false))
		return false;
	call->has_extra = READ_ONCE(probe_dump_stack) || READ_ONCE(probe_args_at_entry);
	if (!call->has_extra)
		return true;
	/*
	 * Stack traces are expensive: skip them while the limits refuse all hits. But where=,
	 * which is evaluated before the limits, may need the arguments.
	 */
	call->refused = probe_limit_refuses();
	call->room = probe_stack_capture(&call->stack, call->refused ? 0 : probe_stack_room(),
					 target, regs);
	probe_fetch(target, &call->fetched, regs);
	return true;
}

/* The same with by=, which may need a stack or the caller as well. */
static noinline bool enter_sum(struct call *call, struct pt_regs *regs)
{
	struct probe_target *target = target_of(call->rp);

	if (!enter_checked(call, regs))
		return false;
	if (probe_sum.caller)
		call->caller = probe_caller(regs);
	if (probe_sum.depth && !(call->has_extra && call->room))
		call->stack.nr = probe_stack_save((unsigned long)target->kp->addr, regs,
						  target->at_entry, call->stack.entries,
						  probe_sum.depth);
	return true;
}

static __always_inline int enter(struct kretprobe_instance *ri, struct pt_regs *regs, bool args,
				 bool sum)
{
	struct call *call = (struct call *)ri->data;

	call->rp = get_kretprobe(ri);
	if (unlikely(!call->rp))
		return 1;	/* it is being unregistered: no return handler for this call */
	if (!args && !sum && probe_hit_is_unchecked())
		call->has_extra = false;
	else if (!(sum ? enter_sum(call, regs) : enter_checked(call, regs)))
		return 1;	/* no return handler for this call */
	probe_counter_this_cpu_add(((struct call_counts __percpu *)
				    target_of(call->rp)->counts)->entered, 1);
	call->entered = local_clock();
	return 0;
}

/*
 * Called when the function is entered. The stack is captured here: when the return handler
 * is called the function has left it, and on older kernels it ends in the kretprobe's own
 * trampoline.
 */
static int entry_handler(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return enter(ri, regs, false, false);
}

/* The entry handler with args=. */
static int entry_handler_args(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return enter(ri, regs, true, false);
}

/* The entry handler with by=. */
static int entry_handler_sum(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return enter(ri, regs, false, true);
}

/* The first $retval of args= without a dereference, whose type the result has; or NULL. */
static const struct probe_arg *returned;

/*
 * Limits to probe_value_is_errno(), which guesses: a result of an unsigned type or a bool is
 * never an errno, and one of a signed type only if it is negative in the width of the type.
 */
static bool never_errno;
static unsigned int errno_shift = BITS_PER_LONG - 32;
static bool errno_in_two;	/* words */

static __always_inline bool has_failed(const struct pt_regs *regs)
{
	unsigned long value = regs_return_value((struct pt_regs *)regs);

	return probe_value_is_errno(value) && !never_errno &&
	       (long)(value << errno_shift) < 0 &&
	       (BITS_PER_LONG == 64 || !errno_in_two ||
		(long)probe_arch_reg_read(regs, PROBE_REG_RETURN + sizeof(long)) < 0);
}

static void set_result_type(void)
{
	unsigned int i;

	for (i = probe_args.nr; i--; )
		if (probe_args.args[i].base == PROBE_BASE_RETVAL && !probe_args.args[i].nr_derefs)
			returned = &probe_args.args[i];
	if (!returned)
		return;
	never_errno = returned->type->class == PROBE_UNSIGNED ||
		      returned->type->class == PROBE_BOOL;
	errno_in_two = probe_arg_words(returned) == 2;
	if (returned->type->class == PROBE_SIGNED && !errno_in_two)
		errno_shift = BITS_PER_LONG - 8 * returned->type->size;
}

static __always_inline bool is_wanted(const struct call *call, const struct pt_regs *regs, u64 ns)
{
	struct probe_where_return ret = {
		.entry = call->has_extra ? &call->fetched : NULL,
		.value = regs_return_value((struct pt_regs *)regs),
		.ns = ns,
	};

	return ns >= (u64)READ_ONCE(min_us.value) * NSEC_PER_USEC &&
	       (!READ_ONCE(errors.value) || has_failed(regs)) &&
	       (!__this_cpu_read(probe_gates.where) ||
		probe_where_matches_return(target_of(call->rp), regs, &ret));
}

/* Log a call with a stack or args=. */
static __always_inline void log_args(struct probe_target *target, const struct call *call,
				     struct pt_regs *regs, u64 now, u64 ns)
{
	struct return_args_record *ret;
	void *end;

	if (call->refused) {
		probe_counts_inc(target->counts, PROBE_LIMITED);
		return;
	}
	ret = probe_hit_begin_at(target, RECORD_RETURN_ARGS,
				 offsetof(struct return_args_record, fetched) +
				 target->program->room + call->room, now);
	if (!ret)
		return;
	ret->ret.value = regs_return_value(regs);
	ret->ret.ns = ns;
	end = probe_fetch_return(target, &ret->fetched, &call->fetched, regs);
	if (call->room) {
		memcpy(end, &call->stack, call->room);
		probe_stack_charge(&call->stack);
	}
	probe_hit_end(target, &ret->ret.rec, end + call->room - (void *)ret);
}

/* Log any call that errors=, min_us= and where= let through, or count its outcome. */
static __always_inline int log_return(struct probe_target *target, const struct call *call,
				      struct pt_regs *regs, u64 now, u64 ns)
{
	struct return_record *ret;

	if (call->has_extra) {
		log_args(target, call, regs, now, ns);
		return probe_hit_done();
	}
	ret = probe_hit_begin_at(target, RECORD_RETURN, sizeof(*ret), now);
	if (!ret)
		return probe_hit_done();
	ret->value = regs_return_value(regs);
	ret->ns = ns;
	probe_hit_end(target, &ret->rec, sizeof(*ret));
	return probe_hit_done();
}

/* Log any call, or count its outcome. */
static noinline int return_checked(const struct call *call, struct pt_regs *regs, u64 now, u64 ns)
{
	struct probe_target *target = target_of(call->rp);

	if (is_wanted(call, regs, ns))
		return log_return(target, call, regs, now, ns);
	probe_counts_inc(target->counts, PROBE_FILTERED);
	return probe_hit_done();
}

/* The same with by=: count the call in the table, and log it unless log=0. */
static noinline int return_sum(const struct call *call, struct pt_regs *regs, u64 now, u64 ns)
{
	struct probe_target *target = target_of(call->rp);

	if (!is_wanted(call, regs, ns)) {
		probe_counts_inc(target->counts, PROBE_FILTERED);
		return probe_hit_done();
	}
	probe_sum_count(&(struct probe_sum_hit){
		.target = target, .regs = regs, .ns = ns, .caller = call->caller,
		.fetched = &call->fetched, .stack = &call->stack,
	});
	if (probe_sum.log)
		return log_return(target, call, regs, now, ns);
	probe_counts_inc(target->counts, PROBE_SUMMED);
	return probe_hit_done();
}

static __always_inline int leave(struct kretprobe_instance *ri, struct pt_regs *regs, bool args,
				 bool sum)
{
	const struct call *call = (const struct call *)ri->data;
	u64 now = local_clock();
	struct probe_target *target = target_of(call->rp);
	struct call_counts *counts = this_cpu_ptr((struct call_counts __percpu *)target->counts);
	unsigned long value = regs_return_value(regs);
	struct return_record *ret;
	struct probe_hit_plain plain;
	u64 ns;

	ns = probe_histogram_count(&counts->durations, now - call->entered);
	if (has_failed(regs))
		probe_counter_add(&counts->durations.failed, 1);
	if (sum)
		return return_sum(call, regs, now, ns);
	if (args || !probe_hit_is_plain())
		return return_checked(call, regs, now, ns);
	if (probe_hit_plain_reserve(&plain, target, sizeof(*ret))) {
		ret = probe_hit_plain_record(&plain);
		probe_hit_plain_fill(&ret->rec, target, now);
		ret->value = value;
		ret->ns = ns;
		probe_hit_plain_end(&plain, target, &ret->rec, sizeof(*ret));
	}
	return probe_hit_done();
}

/* Called when the function returns. */
static int ret_handler(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return leave(ri, regs, false, false);
}

/* The return handler with args=. */
static int ret_handler_args(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return leave(ri, regs, true, false);
}

/* The return handler with by=. */
static int ret_handler_sum(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return leave(ri, regs, false, true);
}

/* Called by the drain thread, as a rule within some milliseconds. */
static void format(struct probe_line *line, const struct probe_record *rec)
{
	const struct return_record *ret = container_of(rec, struct return_record, rec);
	const struct return_args_record *args = container_of(ret, struct return_args_record, ret);
	const struct probe_target *target = probe_targets[rec->target];

	probe_line_add(line, "%s returned ", target->name);
	/* A pointer to an object may be an errno instead. */
	if (returned && !(probe_arg_is_object(returned) && probe_value_is_errno(ret->value)))
		probe_value_format(line, returned, &args->fetched,
				   target->program->value[returned - probe_args.args]);
	else
		probe_value_format_guess(line, ret->value);
	probe_line_add(line, " and took %llu ns to execute", ret->ns);
	if (rec->type == RECORD_RETURN_ARGS)
		probe_value_format_all(line, target, &args->fetched,
				       returned && !returned->named ? returned : NULL);
	probe_line_add_origin(line, rec);
	probe_line_print(line);
	if (rec->type == RECORD_RETURN_ARGS)
		probe_stack_print(line, rec, probe_fetch_end(&args->fetched));
}

static struct probe_target *new_target(void)
{
	struct example_probe *probe = kzalloc(sizeof(*probe), GFP_KERNEL);

	if (!probe)
		return NULL;
	probe->target.kp = &probe->rp.kp;
	probe->target.rp = &probe->rp;
	return &probe->target;
}

static void init(struct probe_target *target)
{
	struct example_probe *probe = container_of(target, struct example_probe, target);

	probe->rp = (struct kretprobe) {
		.maxactive = maxactive.value,
	};
}

static int register_probe(struct probe_target *target, bool repeat)
{
	struct call_counts __percpu *counts = (struct call_counts __percpu *)target->counts;
	bool args = target->program->nr && !probe_args.hidden;
	int cpu;

	for_each_possible_cpu(cpu)
		probe_histogram_init(&per_cpu_ptr(counts, cpu)->durations);
	probe_hit_prepare_plain(target, RECORD_RETURN, sizeof(struct return_record));
	target->rp->entry_handler = probe_sum.nr ? entry_handler_sum :
				    args ? entry_handler_args : entry_handler;
	target->rp->handler = probe_sum.nr ? ret_handler_sum : args ? ret_handler_args : ret_handler;
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
	static struct kretprobe *rps[PROBE_TARGETS_MAX];	/* under probe_mutex */
	unsigned int i;

	for (i = 0; i < nr; i++)
		rps[i] = targets[i]->rp;
	unregister_kretprobes(rps, nr);
	for (i = 0; i < nr; i++)
		probe_kprobe_is_out(targets[i]->kp, targets[i]->addr);
}

/*
 * Calls that were entered, less those that returned. The kernel's own pools of instances
 * differ too much between versions. While calls begin and end the result is approximate.
 */
static u64 nr_inside(const struct probe_target *target)
{
	struct call_counts __percpu *counts = (struct call_counts __percpu *)target->counts;
	s64 calls = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		calls += probe_counter_read(&per_cpu_ptr(counts, cpu)->entered);
	for_each_possible_cpu(cpu)
		calls -= probe_histogram_calls(&per_cpu_ptr(counts, cpu)->durations);
	return max(calls, 0LL);
}

static void sum_durations(struct probe_histogram *sum, const struct probe_target *target)
{
	struct call_counts __percpu *counts = (struct call_counts __percpu *)target->counts;
	int cpu;

	*sum = (struct probe_histogram) {};
	probe_histogram_init(sum);
	for_each_possible_cpu(cpu)
		probe_histogram_add(sum, &per_cpu_ptr(counts, cpu)->durations);
}

/* Called with several probes, for a line about each. */
static void format_calls(char *text, size_t size, const struct probe_target *target)
{
	struct probe_histogram sum;
	u64 calls;

	sum_durations(&sum, target);
	calls = probe_histogram_calls(&sum);
	scnprintf(text, size, " failed=%llu mean=%llu max=%llu", sum.failed,
		  calls ? div64_u64(sum.sum, calls) : 0, sum.max);
}

static void report_extra(const struct probe_target *target)
{
	struct probe_histogram sum;

	/* Without a free instance. Calls that hit during another handler are in missed= only. */
	if (probe_target_rp_nmissed(target))
		pr_info("Missed probing %lu instances of %s\n", probe_target_rp_nmissed(target),
			target->name);
	sum_durations(&sum, target);
	probe_histogram_print(&sum, target->name);
}

static const struct probe_ops probe_ops = {
	.name = "kretprobe",
	.plural = "return probes",
	.default_symbol = "kernel_clone",
	.bases = BIT(PROBE_BASE_ARG) | BIT(PROBE_BASE_CALLER) | BIT(PROBE_BASE_COMM) |
		 BIT(PROBE_BASE_IMMEDIATE) | BIT(PROBE_BASE_STACK) |
		 BIT(PROBE_BASE_REG) | BIT(PROBE_BASE_RETVAL),
	.preloaded_args = 0,
	.at_return = true,
	.nr_args = PROBE_REG_ARGS,
	.counts_size = sizeof(struct call_counts),
	.new_target = new_target,
	.init = init,
	.register_probe = register_probe,
	.log_registered = log_registered,
	.unregister_probes = unregister_probes,
	.nr_inside = nr_inside,
	.format_calls = format_calls,
	.report_extra = report_extra,
	.format = format,
};

static int __init kretprobe_example_init(void)
{
	set_result_type();
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
