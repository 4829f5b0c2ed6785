// SPDX-License-Identifier: GPL-2.0-only
/*
 * kprobe_example - log each time execution passes a place in the kernel
 *
 *	insmod kprobe_example.ko symbol=vfs_read dump_stack=1
 *	dmesg -w
 *	rmmod kprobe_example
 *
 * For each hit the pre handler, called before the probed instruction, and the
 * post handler, called after it, leave a line in dmesg:
 *
 *	kprobe_example: Planted kprobe at ffffffff81234560 (vfs_read+0x0/0x3a0) mode=ftrace handlers=pre,post
 *	kprobe_example: <vfs_read> pre_handler: p->addr = 0xffffffff81234560, ip = ffffffff81234561, flags = 0x246 arg1=0x... t=12.345678901 cpu=1 pid=123 tid=123 comm=cat
 *	kprobe_example: <vfs_read> post_handler: p->addr = 0xffffffff81234560, flags = 0x246 t=12.345679012 cpu=1 pid=123 tid=123 comm=cat
 */

#define PROBE_KIND "kprobe"
#define PROBE_SYMBOL_DEFAULT "kernel_clone"

#include <linux/kprobes.h>
#include <linux/module.h>

#include <compat/ptrace.h>
#include <probe/module.h>

static struct probe_number post = { .value = 1, .max = 1, .expected = "0 or 1" };
module_param_cb(post, &probe_number_ops, &post, 0444);
MODULE_PARM_DESC(post, "0: no post handler, so that the kernel can use its fastest probe (default: 1)");

/* The probes, one for each function in symbol=. */
static struct kprobe_slot {
	struct probe_target target;
	struct kprobe kp;
} slots[PROBE_TARGETS_MAX];

/* What a handler writes and the drain thread reads. */
enum { RECORD_PRE, RECORD_POST };

struct pre_record {
	struct probe_record rec;
	unsigned long ip;
	unsigned long flags;
	unsigned long args[PROBE_REG_ARGS];
	struct probe_stack stack[];	/* with dump_stack=1 */
};

struct post_record {
	struct probe_record rec;
	unsigned long flags;
};

/*
 * The probe whose pre handler has just logged a hit on this CPU: only then has
 * the post handler something to log. Room for it was kept, so that both are
 * logged or neither.
 */
static DEFINE_PER_CPU(struct kprobe *, pre_logged);

/* Apart from handler_pre(), so that a hit which is not logged saves no registers. */
static noinline void log_pre(struct kprobe *p, struct pt_regs *regs,
			     struct probe_target *target)
{
	unsigned int room = probe_stack_room();
	struct pre_record *pre;

	pre = probe_hit_begin(target, RECORD_PRE, sizeof(*pre) + room,
			      sizeof(struct post_record));
	if (!pre)
		return;
	__this_cpu_write(pre_logged, p);
	pre->ip = instruction_pointer(regs);
	pre->flags = probe_regs_flags(regs);
	probe_reg_args(regs, pre->args);
	probe_hit_end(target, &pre->rec, sizeof(*pre) +
		      probe_stack_take(pre->stack, room, target, regs));
}

/* Called just before the probed instruction is executed. */
static int handler_pre(struct kprobe *p, struct pt_regs *regs)
{
	struct probe_target *target = &container_of(p, struct kprobe_slot, kp)->target;

	__this_cpu_write(pre_logged, NULL);
	if (probe_hit_wanted(target, true))
		log_pre(p, regs, target);
	return 0;
}

/* Called after the probed instruction was executed; not called with post=0. */
static void handler_post(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
	struct probe_target *target = &container_of(p, struct kprobe_slot, kp)->target;
	struct post_record *post;

	if (__this_cpu_read(pre_logged) != p)
		return;
	__this_cpu_write(pre_logged, NULL);	/* the room is used once */
	post = probe_hit_more(target, RECORD_POST);
	post->flags = probe_regs_flags(regs);
	probe_record_publish(&post->rec, sizeof(*post));
}

/* Called by the drain thread, some milliseconds later at the most. */
static void format(struct probe_line *line, const struct probe_record *rec)
{
	const struct probe_target *target = probe_targets[rec->target];
	const struct pre_record *pre = container_of(rec, struct pre_record, rec);
	const struct post_record *post = container_of(rec, struct post_record, rec);
	unsigned int i;

	switch (rec->type) {
	case RECORD_PRE:
		probe_line_add(line, "<%s> pre_handler: p->addr = 0x%px, ip = %lx, flags = 0x%lx",
			       target->name, target->addr, pre->ip, pre->flags);
		for (i = 0; target->at_entry && i < PROBE_REG_ARGS; i++)
			probe_line_add(line, " arg%u=0x%lx", i + 1, pre->args[i]);
		probe_line_add_origin(line, rec);
		probe_line_print(line);
		probe_line_print_stack(line, rec, pre->stack);
		break;
	case RECORD_POST:
		probe_line_add(line, "<%s> post_handler: p->addr = 0x%px, flags = 0x%lx",
			       target->name, target->addr, post->flags);
		probe_line_add_origin(line, rec);
		probe_line_print(line);
		break;
	}
}

static struct probe_target *slot(unsigned int i)
{
	slots[i].target.kp = &slots[i].kp;
	slots[i].kp.pre_handler = handler_pre;
	slots[i].kp.post_handler = post.value ? handler_post : NULL;
	return &slots[i].target;
}

static int plant(struct probe_target *target)
{
	if (target->kp->post_handler && !probe_post_is_safe(target->kp)) {
		pr_warn("'%s' has probes without a post handler already: planted as with post=0\n",
			target->name);
		target->kp->post_handler = NULL;
	}
	return register_kprobe(target->kp);
}

static void planted(const struct probe_target *target, const char *mode)
{
	pr_info("Planted kprobe at %px (%pS) mode=%s handlers=%s\n", target->addr,
		target->addr, mode, target->kp->post_handler ? "pre,post" : "pre");
}

static void uproot(struct probe_target *target)
{
	unregister_kprobe(target->kp);
}

static const struct probe_kind kind = {
	.anywhere = true,
	.slot = slot,
	.plant = plant,
	.planted = planted,
	.uproot = uproot,
	.format = format,
};

static int __init kprobe_example_init(void)
{
	return probe_module_init(&kind);
}

static void __exit kprobe_example_exit(void)
{
	probe_module_exit(&kind);
}

module_init(kprobe_example_init);
module_exit(kprobe_example_exit);
MODULE_DESCRIPTION("log each time execution passes a place in the kernel");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
