// SPDX-License-Identifier: GPL-2.0-only
/*
 * kprobe_example - log each time execution passes a place in the kernel
 *
 *	insmod kprobe_example.ko symbol=vfs_read dump_stack=1
 *	dmesg -w
 *	rmmod kprobe_example
 *
 * The pre handler is called before the probed instruction, the post handler after it. For
 * each hit both print a line to dmesg, and so does the fault handler for a page fault of the
 * pre handler or of the instruction:
 *
 *	kprobe_example: Planted kprobe at ffffffff81234560 (vfs_read+0x0/0x3a0) mode=ftrace handlers=pre,post was=0f1f440000 now=e8b6c51a3f
 *	kprobe_example: <vfs_read> pre_handler: p->addr = 0xffffffff81234560, ip = ffffffff81234561, flags = 0x246 arg1=0x... t=12.345678901 cpu=1 pid=123 tid=123 comm=cat
 *	kprobe_example: <vfs_read> post_handler: p->addr = 0xffffffff81234560, flags = 0x246 t=12.345679012 cpu=1 pid=123 tid=123 comm=cat
 *	kprobe_example: <copy_user> fault_handler: p->addr = 0xffffffff81345678, trap #14, fault_addr=0x7ffd1234 ip=copy_user+0x1c/0x40 faults=1 t=12.345678901 cpu=1 pid=123 tid=123 comm=cat
 */

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <compat/build_bug.h>
#include <probe/arch.h>
#include <probe/kprobe.h>
#include <common/fault.h>
#include <common/fetch.h>
#include <common/hit.h>
#include <common/stack.h>
#include <common/sum.h>

#include <common/common.c>
#include <common/fault.c>

static struct probe_param_number post = { .value = 1, .max = 1, .expected = "0 or 1" };
module_param_cb(post, &probe_param_number_ops, &post, 0400);
MODULE_PARM_DESC(post, "0: no post handler, so that the kernel can use its fastest probe (default: 1)");

/* A probe, one for each function in symbol=. */
struct example_probe {
	struct probe_target target;	/* first: kfree() of it frees all */
	struct kprobe kp;
	bool post;	/* the pre handler does the work of the post handler, too */
	bool fault;	/* page faults of its instruction are logged */
};

/* What a handler writes and the drain thread reads. */
enum { RECORD_PRE, RECORD_POST, RECORD_FAULT = PROBE_RECORD_FAULT };

struct pre_record {
	struct probe_record rec;
	unsigned long ip;
	unsigned long flags;
	struct probe_fetched fetched;	/* then, with dump_stack=1, a stack */
};

struct post_record {
	struct probe_record rec;
	unsigned long flags;
};

/* A pre record of nothing but the argument registers. */
#define PLAIN_LEN offsetof(struct pre_record, fetched.words[PROBE_REG_ARGS])

/* The room behind the pre record is for a post record, and for one of the handler's faults. */
static_assert(sizeof(struct post_record) <= sizeof(struct probe_fault_record));

static __always_inline struct example_probe *probe_of(struct kprobe *p)
{
	return container_of(p, struct example_probe, kp);
}

/*
 * The pre record of a hit is complete, with its length. At an ftrace site no instruction is
 * executed after the pre handler: the hit ends here, and its records are published together.
 */
static __always_inline void fill_post(struct post_record *post, const struct pre_record *pre,
				      struct pt_regs *regs)
{
	post->rec = pre->rec;
	post->rec.time = local_clock();
	post->rec.type = RECORD_POST;
	post->rec.flags |= PROBE_RECORD_EXTRA;
	post->rec.len = sizeof(*post);
	post->flags = probe_regs_flags(regs);
}

/* Log any hit. */
static __always_inline int log_hit(struct kprobe *p, struct pt_regs *regs, bool both)
{
	struct probe_target *target = &probe_of(p)->target;
	unsigned int room = probe_stack_room();
	struct post_record *post;
	struct pre_record *pre;
	void *end;

	pre = probe_hit_begin(target, RECORD_PRE,
			      offsetof(struct pre_record, fetched) + target->program->room + room,
			      PROBE_FAULT_ROOM);
	if (!pre)
		return probe_hit_done();
	pre->ip = instruction_pointer(regs);
	pre->flags = probe_regs_flags(regs);
	probe_reg_args(regs, pre->fetched.words);
	end = probe_fetch(target, &pre->fetched, regs);
	end += probe_stack_take(end, room, target, regs);
	if (both) {
		pre->rec.len = end - (void *)pre;
		post = probe_fault_append(&pre->rec, end);
		fill_post(post, pre, regs);
		probe_counts_inc(target->counts, PROBE_LOGGED);
		probe_records_publish(&pre->rec, (void *)(post + 1) - (void *)pre);
	} else {
		probe_hit_end(target, &pre->rec, end - (void *)pre);
		probe_fault_log(&pre->rec);
		probe_fault_hit_open(&pre->rec);
	}
	return probe_hit_done();
}

/* Begin the pre record of a plain hit (hit.h), or count the hit and return NULL. */
static __always_inline struct pre_record *begin_plain(struct probe_hit_plain *plain,
						      struct probe_target *target,
						      struct pt_regs *regs, unsigned int len)
{
	/* First, so that only two registers need to be saved across the call. */
	u64 now = local_clock();
	struct pre_record *pre;

	if (!probe_hit_plain_reserve(plain, target, len + PROBE_FAULT_ROOM))
		return NULL;
	pre = probe_hit_plain_record(plain);
	probe_hit_plain_fill(&pre->rec, target, now);
	pre->ip = instruction_pointer(regs);
	pre->flags = probe_regs_flags(regs);
	probe_reg_args(regs, pre->fetched.words);
	return pre;
}

/* Log a plain hit with no other values than the argument registers: its length is fixed. */
static __always_inline int log_plain_hit(struct kprobe *p, struct pt_regs *regs, bool both)
{
	struct probe_target *target = &probe_of(p)->target;
	struct probe_hit_plain plain;
	struct pre_record *pre = begin_plain(&plain, target, regs, PLAIN_LEN);

	if (!pre)
		return probe_hit_done();
	pre->fetched.faults = 0;
	pre->fetched.size = PLAIN_LEN - offsetof(struct pre_record, fetched);
	if (both) {
		fill_post((void *)pre + PLAIN_LEN, pre, regs);
		probe_hit_plain_end(&plain, target, &pre->rec, PLAIN_LEN + sizeof(struct post_record));
	} else {
		probe_hit_plain_end(&plain, target, &pre->rec, PLAIN_LEN);
		probe_fault_hit_open(&pre->rec);
	}
	return probe_hit_done();
}

/*
 * Each case has its own noinline function, which ends with a tail call of the next: so a hit
 * saves only the registers that its own case needs. All return 0, as a pre handler does.
 */
static noinline int log_pre(struct kprobe *p, struct pt_regs *regs)
{
	return log_hit(p, regs, false);
}

static noinline int log_pre_and_post(struct kprobe *p, struct pt_regs *regs)
{
	return log_hit(p, regs, true);
}

static __always_inline int log_any(struct kprobe *p, struct pt_regs *regs)
{
	return probe_of(p)->post ? log_pre_and_post(p, regs) : log_pre(p, regs);
}

static noinline int check_all(struct kprobe *p, struct pt_regs *regs)
{
	if (!probe_hit_wanted(&probe_of(p)->target, regs, true, true))
		return probe_hit_done();
	return log_any(p, regs);
}

static noinline int check_where(struct kprobe *p, struct pt_regs *regs)
{
	if (probe_hit_is_refused(&probe_of(p)->target, regs))
		return probe_hit_done();
	return check_all(p, regs);
}

static noinline int check(struct kprobe *p, struct pt_regs *regs)
{
	if (probe_hit_needs_slow_checks())
		return check_where(p, regs);
	if (!probe_hit_wanted(&probe_of(p)->target, regs, false, true))
		return probe_hit_done();
	return log_any(p, regs);
}

static noinline int log_plain_pre(struct kprobe *p, struct pt_regs *regs)
{
	return log_plain_hit(p, regs, false);
}

static noinline int log_plain_pre_and_post(struct kprobe *p, struct pt_regs *regs)
{
	return log_plain_hit(p, regs, true);
}

static noinline int log_plain_args(struct kprobe *p, struct pt_regs *regs)
{
	struct probe_target *target = &probe_of(p)->target;
	struct probe_hit_plain plain;
	struct pre_record *pre;
	struct post_record *post;
	void *end;

	pre = begin_plain(&plain, target, regs,
			  offsetof(struct pre_record, fetched) + target->program->room);
	if (!pre)
		return probe_hit_done();
	end = probe_fetch(target, &pre->fetched, regs);
	pre->rec.len = end - (void *)pre;
	if (probe_of(p)->post) {
		post = probe_fault_append(&pre->rec, end);
		fill_post(post, pre, regs);
		probe_hit_plain_end(&plain, target, &pre->rec, (void *)(post + 1) - (void *)pre);
	} else {
		probe_hit_plain_end(&plain, target, &pre->rec, pre->rec.len);
		probe_fault_log(&pre->rec);
		probe_fault_hit_open(&pre->rec);
	}
	return probe_hit_done();
}

/*
 * The pre handler, called just before the probed instruction is executed, in three variants.
 * This is the one with args= of more than the argument registers.
 */
static int handler_pre_args(struct kprobe *p, struct pt_regs *regs)
{
	probe_fault_hit_forget();
	return probe_hit_is_plain() ? log_plain_args(p, regs) : check(p, regs);
}

/* The pre handler with post=0. */
static int handler_pre(struct kprobe *p, struct pt_regs *regs)
{
	probe_fault_hit_forget();
	return probe_hit_is_plain() ? log_plain_pre(p, regs) : check(p, regs);
}

/* The pre handler with post=1. */
static int handler_pre_of_two(struct kprobe *p, struct pt_regs *regs)
{
	probe_fault_hit_forget();
	if (!probe_hit_is_plain())
		return check(p, regs);
	return probe_of(p)->post ? log_plain_pre_and_post(p, regs) : log_plain_pre(p, regs);
}

/* After a hit was counted in the table of by=: log it as well, unless log=0. */
static __always_inline int end_sum(struct kprobe *p, struct pt_regs *regs)
{
	if (probe_sum.log)
		return log_any(p, regs);
	probe_counts_inc(probe_of(p)->target.counts, PROBE_SUMMED);
	return probe_hit_done();
}

static noinline int sum_any(struct kprobe *p, struct pt_regs *regs)
{
	probe_sum_count(&(struct probe_sum_hit){ .target = &probe_of(p)->target, .regs = regs });
	return end_sum(p, regs);
}

static noinline int sum(struct kprobe *p, struct pt_regs *regs)
{
	if (!probe_sum_count_fast(&probe_of(p)->target, regs))
		return sum_any(p, regs);
	return end_sum(p, regs);
}

static noinline int check_and_sum(struct kprobe *p, struct pt_regs *regs)
{
	if (!probe_hit_wanted(&probe_of(p)->target, regs, true, false))
		return probe_hit_done();
	return sum(p, regs);
}

/* The pre handler with by=. */
static int handler_pre_sum(struct kprobe *p, struct pt_regs *regs)
{
	probe_fault_hit_forget();
	return probe_hit_needs_checks() ? check_and_sum(p, regs) : sum(p, regs);
}

/* Called after the probed instruction was executed; not with post=0 or at an ftrace site. */
static void handler_post(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
	struct probe_target *target = &probe_of(p)->target;
	struct post_record *post;

	if (!probe_fault_hit_close())
		return;
	post = probe_hit_extra(target, RECORD_POST);
	post->flags = probe_regs_flags(regs);
	probe_record_publish(&post->rec, sizeof(*post));
}

/* Called by the drain thread, as a rule within some milliseconds. */
static void format(struct probe_line *line, const struct probe_record *rec)
{
	const struct probe_target *target = probe_targets[rec->target];
	const struct pre_record *pre = container_of(rec, struct pre_record, rec);
	const struct post_record *post = container_of(rec, struct post_record, rec);
	const struct probe_fault_record *fault =
		container_of(rec, struct probe_fault_record, rec);

	switch (rec->type) {
	case RECORD_PRE:
		probe_line_add(line, "<%s> pre_handler: p->addr = 0x%px, ip = %lx, flags = 0x%lx",
			       target->name, target->addr, pre->ip, pre->flags);
		probe_value_format_all(line, target, &pre->fetched, NULL);
		probe_line_add_origin(line, rec);
		probe_line_print(line);
		probe_stack_print(line, rec, probe_fetch_end(&pre->fetched));
		break;
	case RECORD_POST:
		probe_line_add(line, "<%s> post_handler: p->addr = 0x%px, flags = 0x%lx",
			       target->name, target->addr, post->flags);
		probe_line_add_origin(line, rec);
		probe_line_print(line);
		break;
	case RECORD_FAULT:
		probe_line_add(line, "<%s> fault_handler: p->addr = 0x%px, ",
			       target->name, target->addr);
		if (fault->ip)
			probe_line_add(line, "trap #%d, fault_addr=0x%lx ip=%pS",
				       PROBE_TRAP_PAGE_FAULT, fault->addr, (void *)fault->ip);
		else
			probe_line_add(line, "read failed, fault_addr=0x%lx", fault->addr);
		probe_line_add(line, " faults=%lu", fault->nr);
		probe_line_add_origin(line, rec);
		probe_line_print(line);
		break;
	}
}

/* Only logged hits have a line of the post handler. */
static bool has_post(void)
{
	return post.value && probe_sum.log;
}

static struct probe_target *new_target(void)
{
	struct example_probe *probe = kzalloc(sizeof(*probe), GFP_KERNEL);

	if (!probe)
		return NULL;
	probe->target.kp = &probe->kp;
	return &probe->target;
}

static void init(struct probe_target *target)
{
	container_of(target, struct example_probe, target)->kp = (struct kprobe) {};
}

/*
 * A post handler must not be registered at an ftrace site (probe/kprobe.h), but whether a site
 * is one is known only when a probe is registered there. So this is a guess: ftrace sites are at
 * the start of functions, or behind the ENDBR there. If it was wrong, must_repeat() is true.
 */
static bool may_be_ftrace_site(const struct probe_target *target)
{
	return IS_ENABLED(CONFIG_KPROBES_ON_FTRACE) &&
	       !(target->symbol && target->offset >= PROBE_TEXT_BYTES);
}

static bool must_repeat(const struct probe_target *target)
{
	bool ftrace = target->kp->flags & KPROBE_FLAG_FTRACE;

	return has_post() && ftrace == !!target->kp->post_handler;
}

static int register_probe(struct probe_target *target, bool repeat)
{
	struct example_probe *probe = container_of(target, struct example_probe, target);
	int err;

	probe_hit_prepare_plain(target, RECORD_PRE, PLAIN_LEN);
	if (probe_sum.nr)
		probe->kp.pre_handler = handler_pre_sum;
	else if (target->program->nr_words > PROBE_REG_ARGS)
		probe->kp.pre_handler = handler_pre_args;
	else
		probe->kp.pre_handler = post.value ? handler_pre_of_two : handler_pre;
	if (has_post() && may_be_ftrace_site(target) == repeat)
		probe->kp.post_handler = handler_post;
	if (repeat) {
		/* Not by name: older kernels compare all their symbols with it. */
		probe->kp.symbol_name = NULL;
		probe->kp.offset = 0;
		probe->kp.addr = target->addr;
	}
	err = probe_kprobe_add(&probe->kp);
	if (err || must_repeat(target))
		return err;
	probe->post = has_post() && !probe->kp.post_handler;
	/* The first instruction of a C function never faults, except in an oops. */
	probe->fault = (!target->at_entry || target->program->entry.nr_derefs) && !probe_fault_start();
	if (probe->fault && !(probe->kp.flags & KPROBE_FLAG_FTRACE))
		probe_fault_add_stepped(target);
	return 0;
}

static void log_registered(const struct probe_target *target, const char *mode)
{
	const struct example_probe *probe = container_of(target, struct example_probe, target);
	u8 now[PROBE_TEXT_BYTES] = {};

	probe_text_read(now, target->addr);
	pr_info("Planted kprobe at %px (%pS) mode=%s handlers=pre%s%s was=%*phN now=%*phN\n",
		target->addr, target->addr, mode, has_post() ? ",post" : "",
		probe->fault ? ",fault" : "", PROBE_TEXT_BYTES, target->was,
		PROBE_TEXT_BYTES, now);
}

static void unregister_probes(struct probe_target **targets, unsigned int nr)
{
	static struct kprobe *kps[PROBE_TARGETS_MAX];	/* under probe_mutex */
	struct example_probe *probe;
	unsigned int i;

	for (i = 0; i < nr; i++)
		kps[i] = targets[i]->kp;
	unregister_kprobes(kps, nr);
	probe_fault_remove_stepped(targets, nr);
	for (i = 0; i < nr; i++) {
		probe = container_of(targets[i], struct example_probe, target);
		probe_kprobe_is_out(&probe->kp, targets[i]->addr);
		if (probe->fault)
			probe_fault_stop();
		probe->fault = false;
	}
}

static const struct probe_ops probe_ops = {
	.name = "kprobe",
	.plural = "kprobes",
	.default_symbol = "kernel_clone",
	.bases = BIT(PROBE_BASE_ARG) | BIT(PROBE_BASE_CALLER) | BIT(PROBE_BASE_COMM) |
		 BIT(PROBE_BASE_IMMEDIATE) | BIT(PROBE_BASE_STACK) |
		 BIT(PROBE_BASE_REG),
	.preloaded_args = PROBE_REG_ARGS,
	.anywhere = true,
	.nr_args = PROBE_REG_ARGS,
	.counts_size = sizeof(struct probe_counts),
	.new_target = new_target,
	.init = init,
	.register_probe = register_probe,
	.must_repeat = must_repeat,
	.log_registered = log_registered,
	.unregister_probes = unregister_probes,
	.format = format,
};

static int __init kprobe_example_init(void)
{
	return probe_module_init();
}

static void __exit kprobe_example_exit(void)
{
	probe_module_exit();
}

module_init(kprobe_example_init);
module_exit(kprobe_example_exit);
MODULE_DESCRIPTION("log each time execution passes a place in the kernel");
MODULE_LICENSE("GPL");
