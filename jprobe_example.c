// SPDX-License-Identifier: GPL-2.0-only
/*
 * jprobe_example - log the arguments of each call of a kernel function
 *
 *	insmod jprobe_example.ko
 *	dmesg -w
 *	rmmod jprobe_example
 *
 * An entry function is called with the arguments of the probed function. For kernel_clone,
 * the default, it has the same prototype and logs some of what the argument points to; for
 * any other function it logs the first six arguments, as words:
 *
 *	jprobe_example: Planted jprobe at ffffffff81234560, handler addr ffffffffc0801000 (kernel_clone+0x0/0x3a0) mode=ftrace
 *	jprobe_example: jprobe: clone_flags = 0x1200011, stack_start = 0x0 stack_size = 0x0 t=12.345678901 cpu=1 pid=123 tid=123 comm=sh
 *	jprobe_example: <vfs_read> arg1=0xffff888003a41200 arg2=0x7ffd7c5a1b40 arg3=0x340 ...
 */

#include <linux/module.h>
#include <linux/slab.h>

#include <jprobe.h>
#include <compat/sched_task.h>
#include <common/fetch.h>
#include <common/hit.h>
#include <common/stack.h>
#include <common/sum.h>

#include <common/common.c>

/* A jprobe, one for each function in symbol=. */
struct example_probe {
	struct probe_target target;	/* first: kfree() of it frees all */
	struct jprobe jp;
};

/* What an entry function writes and the drain thread reads. */
enum { RECORD_CLONE, RECORD_ARGS };

struct clone_record {
	struct probe_record rec;
	u64 clone_flags;
	u64 stack_start;
	u64 stack_size;
	struct probe_stack stack[];	/* with dump_stack=1 */
};

struct args_record {
	struct probe_record rec;
	struct probe_fetched fetched;	/* then, with dump_stack=1, a stack */
};

/* The first six, if they are in registers. */
#define NR_ARGS (PROBE_REG_ARGS < 6 ? PROBE_REG_ARGS : 6)

/* An args_record without args= and dump_stack=1. */
#define ARGS_LEN offsetof(struct args_record, fetched.words[NR_ARGS])

static struct probe_target *running_target(void)
{
	return &container_of(jprobe_running(), struct example_probe, jp)->target;
}

static void log_clone(u64 clone_flags, u64 stack_start, u64 stack_size)
{
	struct probe_target *target = running_target();
	unsigned int room = probe_stack_room();
	struct clone_record *clone;

	if (!probe_hit_wanted(target, jprobe_regs(), true, true))
		return;
	clone = probe_hit_begin(target, RECORD_CLONE, sizeof(*clone) + room, 0);
	if (!clone)
		return;
	clone->clone_flags = clone_flags;
	clone->stack_start = stack_start;
	clone->stack_size = stack_size;
	probe_hit_end(target, &clone->rec, sizeof(*clone) +
		      probe_stack_take(clone->stack, room, target, jprobe_regs()));
}

/* Called at each entry of kernel_clone(), whose prototype it mirrors. */
static pid_t j_kernel_clone(struct kernel_clone_args *args)
{
	/* As fork's flags were before clone3(): with the signal in the low byte. */
	log_clone(args->flags | args->exit_signal, args->stack, args->stack_size);

	/* The last line of the kernel's own sample; it has no effect any more. */
	jprobe_return();
	return 0;
}

/* The same for its predecessor on older kernels, _do_fork(). */
static long j_do_fork(unsigned long clone_flags, unsigned long stack_start,
		      unsigned long stack_size, int __user *parent_tidptr,
		      int __user *child_tidptr, unsigned long tls)
{
	log_clone(clone_flags, stack_start, stack_size);
	jprobe_return();
	return 0;
}

/* Log any call. */
static __always_inline void log_call(struct probe_target *target,
				     unsigned long arg1, unsigned long arg2, unsigned long arg3,
				     unsigned long arg4, unsigned long arg5, unsigned long arg6)
{
	unsigned int room = probe_stack_room();
	struct args_record *any;
	void *end;

	any = probe_hit_begin(target, RECORD_ARGS,
			      offsetof(struct args_record, fetched) + target->program->room + room, 0);
	if (!any)
		return;
	any->fetched.words[0] = arg1;
	any->fetched.words[1] = arg2;
	any->fetched.words[2] = arg3;
	any->fetched.words[3] = arg4;
	if (NR_ARGS == 6) {
		any->fetched.words[4] = arg5;
		any->fetched.words[5] = arg6;
	}
	end = probe_fetch(target, &any->fetched, jprobe_regs());
	end += probe_stack_take(end, room, target, jprobe_regs());
	probe_hit_end(target, &any->rec, end - (void *)any);
	jprobe_return();
}

/* Called at each entry with args=, or when a hit needs more than its arguments stored. */
static noinline long j_args(unsigned long arg1, unsigned long arg2, unsigned long arg3,
			    unsigned long arg4, unsigned long arg5, unsigned long arg6)
{
	struct probe_target *target = running_target();

	if (probe_hit_is_unchecked() || probe_hit_wanted(target, jprobe_regs(), true, true))
		log_call(target, arg1, arg2, arg3, arg4, arg5, arg6);
	return probe_hit_done();
}

/* Called at each entry with by=: counts the call in the table, and logs it unless log=0. */
static long j_sum(unsigned long arg1, unsigned long arg2, unsigned long arg3,
		  unsigned long arg4, unsigned long arg5, unsigned long arg6)
{
	struct probe_target *target = running_target();

	if (probe_hit_needs_checks() && !probe_hit_wanted(target, jprobe_regs(), true, false))
		return probe_hit_done();
	probe_sum_count(&(struct probe_sum_hit){ .target = target, .regs = jprobe_regs() });
	if (probe_sum.log)
		log_call(target, arg1, arg2, arg3, arg4, arg5, arg6);
	else
		probe_counts_inc(target->counts, PROBE_SUMMED);
	jprobe_return();
	return probe_hit_done();
}

/* Called at each entry of any other function: stores the first arguments, as words. */
static long j_any(unsigned long arg1, unsigned long arg2, unsigned long arg3,
		  unsigned long arg4, unsigned long arg5, unsigned long arg6)
{
	struct probe_target *target = running_target();
	struct probe_hit_plain plain;
	struct args_record *any;

	if (!probe_hit_is_plain())
		return j_args(arg1, arg2, arg3, arg4, arg5, arg6);
	if (!probe_hit_plain_reserve(&plain, target, ARGS_LEN))
		return probe_hit_done();
	any = probe_hit_plain_record(&plain);
	/* Before the clock is read, so that they need not be saved across that call. */
	any->fetched.words[0] = arg1;
	any->fetched.words[1] = arg2;
	any->fetched.words[2] = arg3;
	any->fetched.words[3] = arg4;
	if (NR_ARGS == 6) {
		any->fetched.words[4] = arg5;
		any->fetched.words[5] = arg6;
	}
	any->fetched.faults = 0;
	any->fetched.size = ARGS_LEN - offsetof(struct args_record, fetched);
	probe_hit_plain_fill(&any->rec, target, local_clock());
	probe_hit_plain_end(&plain, target, &any->rec, ARGS_LEN);
	jprobe_return();
	return probe_hit_done();
}

/* Called by the drain thread, as a rule within some milliseconds. */
static void format(struct probe_line *line, const struct probe_record *rec)
{
	const struct probe_target *target = probe_targets[rec->target];
	const struct clone_record *clone = container_of(rec, struct clone_record, rec);
	const struct args_record *any = container_of(rec, struct args_record, rec);

	switch (rec->type) {
	case RECORD_CLONE:
		probe_line_add(line, "jprobe: clone_flags = 0x%llx, stack_start = 0x%llx stack_size = 0x%llx",
			       clone->clone_flags, clone->stack_start, clone->stack_size);
		probe_line_add_origin(line, rec);
		probe_line_print(line);
		probe_stack_print(line, rec, clone->stack);
		break;
	case RECORD_ARGS:
		probe_line_add(line, "<%s>", target->name);
		probe_value_format_all(line, target, &any->fetched, NULL);
		probe_line_add_origin(line, rec);
		probe_line_print(line);
		probe_stack_print(line, rec, probe_fetch_end(&any->fetched));
		break;
	}
}

static struct probe_target *new_target(void)
{
	struct example_probe *probe = kzalloc(sizeof(*probe), GFP_KERNEL);

	if (!probe)
		return NULL;
	probe->target.kp = &probe->jp.kp;
	return &probe->target;
}

static void init(struct probe_target *target)
{
	struct example_probe *probe = container_of(target, struct example_probe, target);

	probe->jp = (struct jprobe) {};
}

static int register_probe(struct probe_target *target, bool repeat)
{
	struct jprobe *jp = &container_of(target, struct example_probe, target)->jp;

	probe_hit_prepare_plain(target, RECORD_ARGS, ARGS_LEN);
	if (probe_sum.nr)
		jp->entry = (void *)j_sum;
	else if (!probe_args_param.value && (!strcmp(target->symbol, "kernel_clone") ||
					     !strcmp(target->symbol, "_do_fork")))
		jp->entry = PROBE_CLONE_HAS_ARGS ? (void *)j_kernel_clone : (void *)j_do_fork;
	else
		jp->entry = target->program->nr_words > NR_ARGS ? (void *)j_args : (void *)j_any;
	/* Not register_jprobe(), which prints a line of its own for an old name. */
	return probe_jprobe_register(jp);
}

static void log_registered(const struct probe_target *target, const char *mode)
{
	const struct jprobe *jp = &container_of(target, struct example_probe, target)->jp;

	pr_info("Planted jprobe at %px, handler addr %px (%pS) mode=%s\n", target->addr,
		jp->entry, target->addr, mode);
}

static void unregister_probes(struct probe_target **targets, unsigned int nr)
{
	/* Under probe_mutex. Not unregister_jprobes(), which waits once for each 32. */
	static struct jprobe *jps[PROBE_TARGETS_MAX];
	static struct kprobe *kps[PROBE_TARGETS_MAX];
	static const void *addrs[PROBE_TARGETS_MAX];
	unsigned int i;

	for (i = 0; i < nr; i++)
		jps[i] = &container_of(targets[i], struct example_probe, target)->jp;
	mutex_lock(&probe_jprobes_mutex);
	probe_jprobes_unregister(jps, nr, kps, addrs);
	mutex_unlock(&probe_jprobes_mutex);
}

static const struct probe_ops probe_ops = {
	.name = "jprobe",
	.plural = "jprobes",
	.default_symbol = "kernel_clone",
	.bases = BIT(PROBE_BASE_ARG) | BIT(PROBE_BASE_CALLER) | BIT(PROBE_BASE_COMM) |
		 BIT(PROBE_BASE_IMMEDIATE),
	.preloaded_args = NR_ARGS,
	.nr_args = NR_ARGS,
	.counts_size = sizeof(struct probe_counts),
	.new_target = new_target,
	.init = init,
	.register_probe = register_probe,
	.log_registered = log_registered,
	.unregister_probes = unregister_probes,
	.format = format,
};

static int __init jprobe_example_init(void)
{
	return probe_module_init();
}

static void __exit jprobe_example_exit(void)
{
	probe_module_exit();
}

module_init(jprobe_example_init);
module_exit(jprobe_example_exit);
MODULE_DESCRIPTION("log the arguments of each call of a kernel function");
MODULE_LICENSE("GPL");
