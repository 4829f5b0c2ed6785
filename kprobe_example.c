// SPDX-License-Identifier: GPL-2.0-only
/*
 * kprobe_example - log each time execution passes a place in the kernel
 *
 *	insmod kprobe_example.ko symbol=vfs_read dump_stack=1
 *	dmesg -w
 *	rmmod kprobe_example
 *
 * For each hit the pre handler, called before the probed instruction, and the
 * post handler, called after it, leave a line in dmesg; and so does a page fault
 * that either a handler or the instruction had:
 *
 *	kprobe_example: Planted kprobe at ffffffff81234560 (vfs_read+0x0/0x3a0) mode=ftrace handlers=pre,post was=0f1f440000 now=e8b6c51a3f
 *	kprobe_example: <vfs_read> pre_handler: p->addr = 0xffffffff81234560, ip = ffffffff81234561, flags = 0x246 arg1=0x... t=12.345678901 cpu=1 pid=123 tid=123 comm=cat
 *	kprobe_example: <vfs_read> post_handler: p->addr = 0xffffffff81234560, flags = 0x246 t=12.345679012 cpu=1 pid=123 tid=123 comm=cat
 *	kprobe_example: <copy_user> fault_handler: p->addr = 0xffffffff81345678, trap #14, fault_addr=0x7ffd1234 ip=copy_user+0x1c/0x40 faults=1 t=12.345678901 cpu=1 pid=123 tid=123 comm=cat
 */


#include <linux/kprobes.h>
#include <linux/module.h>

#include <compat/build_bug.h>
#include <probe/arch.h>
#include <probe/kprobe.h>
#include <common/fault.h>
#include <common/fetch.h>
#include <common/hit.h>
#include <common/stack.h>

#include <common/common.c>
#include <common/fault.c>

static struct probe_param_number post = { .value = 1, .max = 1, .expected = "0 or 1" };
module_param_cb(post, &probe_param_number_ops, &post, 0400);
MODULE_PARM_DESC(post, "0: no post handler, so that the kernel can use its fastest probe (default: 1)");

/* The probes, one for each function in symbol=. */
static struct kprobe_slot {
	struct probe_target target;
	struct kprobe kp;
	kprobe_post_handler_t post;	/* what the pre handler has to do itself, or NULL */
	bool fault;	/* page faults of its instruction are noticed */
} slots[PROBE_TARGETS_MAX];

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

/* The pre record keeps room for the post record, and for one of the handler's faults. */
static_assert(sizeof(struct post_record) <= sizeof(struct probe_fault_record));

/*
 * The pre record of a hit, up to @end, is complete. At an ftrace site nothing remains to
 * be executed: the hit ends here, and its records are published together.
 */
static __always_inline void log_both(struct probe_target *target, struct pre_record *pre,
				     void *end, struct pt_regs *regs)
{
	struct post_record *post;

	pre->rec.len = end - (void *)pre;
	post = probe_fault_append(&pre->rec, end);
	post->rec = pre->rec;
	post->rec.time = local_clock();
	post->rec.type = RECORD_POST;
	post->rec.flags |= PROBE_RECORD_EXTRA;
	post->rec.len = sizeof(*post);
	post->flags = probe_regs_flags(regs);
	probe_counts_inc(target->counts, PROBE_LOGGED);
	probe_records_publish(&pre->rec, (void *)(post + 1) - (void *)pre);
}

static __always_inline void log_hit(struct kprobe *p, struct pt_regs *regs, bool both)
{
	struct probe_target *target = &container_of(p, struct kprobe_slot, kp)->target;
	unsigned int room = probe_stack_room();
	struct pre_record *pre;
	void *end;

	pre = probe_hit_begin(target, RECORD_PRE,
			      offsetof(struct pre_record, fetched) + target->program->room + room,
			      PROBE_FAULT_ROOM);
	if (!pre)
		return;
	pre->ip = instruction_pointer(regs);
	pre->flags = probe_regs_flags(regs);
	probe_reg_args(regs, pre->fetched.words);
	end = probe_fetch(target, &pre->fetched, regs);
	end += probe_stack_take(end, room, target, regs);
	if (both) {
		log_both(target, pre, end, regs);
		return;
	}
	probe_hit_end(target, &pre->rec, end - (void *)pre);
	probe_fault_log(&pre->rec);
	probe_fault_hit_open(&pre->rec);
}

/*
 * These are functions of their own, so that a hit which is not logged saves no registers,
 * one without a post handler does not look for it, and one that no check applies to does
 * not save the registers that the checks need. All return 0, as a pre handler does.
 */
static noinline int log_pre(struct kprobe *p, struct pt_regs *regs)
{
	log_hit(p, regs, false);
	return 0;
}

static noinline int log_pre_and_post(struct kprobe *p, struct pt_regs *regs)
{
	log_hit(p, regs, true);
	return 0;
}

static __always_inline int log_pre_of_two(struct kprobe *p, struct pt_regs *regs)
{
	return container_of(p, struct kprobe_slot, kp)->post ? log_pre_and_post(p, regs) :
							       log_pre(p, regs);
}

static noinline int check_pre(struct kprobe *p, struct pt_regs *regs)
{
	struct probe_target *target = &container_of(p, struct kprobe_slot, kp)->target;

	return probe_hit_wanted(target, true) ? log_pre(p, regs) : 0;
}

static noinline int check_pre_of_two(struct kprobe *p, struct pt_regs *regs)
{
	struct probe_target *target = &container_of(p, struct kprobe_slot, kp)->target;

	return probe_hit_wanted(target, true) ? log_pre_of_two(p, regs) : 0;
}

/* Called just before the probed instruction is executed, with post=0. */
static int handler_pre(struct kprobe *p, struct pt_regs *regs)
{
	probe_fault_hit_forget();
	return probe_hit_is_unchecked() ? log_pre(p, regs) : check_pre(p, regs);
}

/* The same, with post=1. */
static int handler_pre_of_two(struct kprobe *p, struct pt_regs *regs)
{
	probe_fault_hit_forget();
	return probe_hit_is_unchecked() ? log_pre_of_two(p, regs) : check_pre_of_two(p, regs);
}

/*
 * Called after the probed instruction was executed; not with post=0, nor at an ftrace
 * site.
 */
static void handler_post(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
	struct probe_target *target = &container_of(p, struct kprobe_slot, kp)->target;
	struct post_record *post;

	if (!probe_fault_hit_close())
		return;
	post = probe_hit_extra(target, RECORD_POST);
	post->flags = probe_regs_flags(regs);
	probe_record_publish(&post->rec, sizeof(*post));
}

/* Called by the drain thread, some milliseconds later at the most. */
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

static struct probe_target *target_at(unsigned int i)
{
	slots[i].target.kp = &slots[i].kp;
	return &slots[i].target;
}

static void init(struct probe_target *target)
{
	struct kprobe_slot *probe = container_of(target, struct kprobe_slot, target);

	probe->kp = (struct kprobe) {
		.pre_handler = post.value ? handler_pre_of_two : handler_pre,
		.post_handler = post.value ? handler_post : NULL,
	};
}

static int register_probe(struct probe_target *target)
{
	struct kprobe_slot *slot = container_of(target, struct kprobe_slot, target);
	int err;

	/* What a function of C does first never faults, short of an oops. */
	slot->fault = (!target->at_entry || target->program->entry.nr_derefs) && !probe_fault_start();
	err = probe_kprobe_register(&slot->kp, &slot->post);
	if (err && slot->fault)
		probe_fault_stop();
	return err;
}

static void log_registered(const struct probe_target *target, const char *mode)
{
	const struct kprobe_slot *slot = container_of(target, struct kprobe_slot, target);
	u8 now[PROBE_TEXT_BYTES] = {};

	probe_text_read(now, target->addr);
	pr_info("Planted kprobe at %px (%pS) mode=%s handlers=pre%s%s was=%*phN now=%*phN\n",
		target->addr, target->addr, mode, post.value ? ",post" : "",
		slot->fault ? ",fault" : "", PROBE_TEXT_BYTES, target->was,
		PROBE_TEXT_BYTES, now);
}

static void unregister_probes(struct probe_target **targets, unsigned int nr)
{
	struct kprobe *kps[PROBE_TARGETS_MAX];
	unsigned int i;

	for (i = 0; i < nr; i++)
		kps[i] = targets[i]->kp;
	probe_kprobes_unregister(kps, nr);
	for (i = 0; i < nr; i++)
		if (container_of(targets[i], struct kprobe_slot, target)->fault)
			probe_fault_stop();
}

static const struct probe_ops probe_ops = {
	.name = "kprobe",
	.default_symbol = "kernel_clone",
	.bases = BIT(PROBE_BASE_ARG) | BIT(PROBE_BASE_STACK) | BIT(PROBE_BASE_REG),
	.preloaded_args = PROBE_REG_ARGS,
	.anywhere = true,
	.nr_args = PROBE_REG_ARGS,
	.counts_size = sizeof(struct probe_counts),
	.target = target_at,
	.init = init,
	.register_probe = register_probe,
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
