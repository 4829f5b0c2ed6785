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
 */

#define PROBE_KIND "kretprobe"
#define PROBE_SYMBOL_DEFAULT "kernel_clone"

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/string.h>

#include <probe/module.h>

static struct probe_number maxactive = {
	.max = 4096, .expected = "calls at the same time up to 4096, or 0 for the kernel's default",
};
module_param_cb(maxactive, &probe_number_ops, &maxactive, 0444);
MODULE_PARM_DESC(maxactive, "calls that can be inside the function at the same time (default: 0, the kernel's choice)");

/* The probes, one for each function in symbol=. */
static struct kretprobe_slot {
	struct probe_target target;
	struct kretprobe rp;
} slots[PROBE_TARGETS_MAX];

/* What the entry handler keeps for the return handler, for each call. */
struct call {
	struct probe_target *target;
	u64 entered;		/* local_clock() */
	unsigned int room;	/* of the stack, if one was taken */
	struct probe_stack stack;
};

/* What the return handler writes and the drain thread reads. */
struct return_record {
	struct probe_record rec;
	unsigned long value;
	u64 ns;
	struct probe_stack stack[];	/* with dump_stack=1 */
};

/*
 * Called when the function is entered. The stack is taken here: in the return
 * handler the function has left it, and on older kernels it ends in the
 * kretprobe's own trampoline.
 */
static int entry_handler(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct call *call = (struct call *)ri->data;
	struct kretprobe *rp = get_kretprobe(ri);
	struct probe_target *target;

	if (!rp)
		return 1;	/* on its way out: this call is not probed any more */
	target = &container_of(rp, struct kretprobe_slot, rp)->target;
	if (!probe_hit_wanted(target, false))
		return 1;	/* no return handler for this call */
	call->room = probe_stack_take(&call->stack, probe_stack_room(), target, regs);
	call->target = target;
	call->entered = local_clock();
	return 0;
}

/* Called when the function returns. */
static int ret_handler(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct call *call = (const struct call *)ri->data;
	struct probe_target *target = call->target;
	struct return_record *ret;

	ret = probe_hit_begin(target, 0, sizeof(*ret) + call->room, 0);
	if (!ret)
		return 0;
	ret->value = regs_return_value(regs);
	ret->ns = ret->rec.time - call->entered;
	if (unlikely(call->room))
		memcpy(ret->stack, &call->stack, call->room);
	probe_hit_end(target, &ret->rec, sizeof(*ret) + call->room);
	return 0;
}

/*
 * What a value is can only be guessed: a register does not tell the type. A
 * small negative number is an errno, as a long or as an int, whose upper half
 * is zero then; what else does not fit in 32 bits is an address.
 */
static void format_value(struct probe_line *line, unsigned long value)
{
	long number = value;

	if (value <= U32_MAX && IS_ERR_VALUE((long)(int)value))
		number = (int)value;
	if (IS_ERR_VALUE(number) || value <= U32_MAX)
		probe_line_add(line, "%ld", number);
	else
		probe_line_add(line, "0x%lx", value);
	if (IS_ERR_VALUE(number)) {
		char name[32];

		/* One that has no name comes as its number once more. */
		snprintf(name, sizeof(name), "%pe", ERR_PTR(number));
		if (strstarts(name, "-E"))
			probe_line_add(line, " %s", name);
	}
}

/* Called by the drain thread, some milliseconds later at the most. */
static void format(struct probe_line *line, const struct probe_record *rec)
{
	const struct return_record *ret = container_of(rec, struct return_record, rec);

	probe_line_add(line, "%s returned ", probe_targets[rec->target]->name);
	format_value(line, ret->value);
	probe_line_add(line, " and took %llu ns to execute", ret->ns);
	probe_line_add_origin(line, rec);
	probe_line_print(line);
	probe_line_print_stack(line, rec, ret->stack);
}

static struct probe_target *slot(unsigned int i)
{
	slots[i].target.kp = &slots[i].rp.kp;
	slots[i].target.rp = &slots[i].rp;
	slots[i].rp.entry_handler = entry_handler;
	slots[i].rp.handler = ret_handler;
	slots[i].rp.data_size = sizeof(struct call);
	slots[i].rp.maxactive = maxactive.value;
	return &slots[i].target;
}

static int plant(struct probe_target *target)
{
	return register_kretprobe(target->rp);
}

static void planted(const struct probe_target *target, const char *mode)
{
	pr_info("Planted return probe at %s: %px mode=%s maxactive=%d\n", target->name,
		target->addr, mode, target->rp->maxactive);
}

static void uproot(struct probe_target *target)
{
	unregister_kretprobe(target->rp);
}

/* For want of an instance; those hit in another handler are in missed= only. */
static void gone(const struct probe_target *target)
{
	if (target->rp->nmissed)
		pr_info("Missed probing %d instances of %s\n", target->rp->nmissed,
			target->name);
}

static const struct probe_kind kind = {
	.slot = slot,
	.plant = plant,
	.planted = planted,
	.uproot = uproot,
	.gone = gone,
	.format = format,
};

static int __init kretprobe_example_init(void)
{
	return probe_module_init(&kind);
}

static void __exit kretprobe_example_exit(void)
{
	probe_module_exit(&kind);
}

module_init(kretprobe_example_init);
module_exit(kretprobe_example_exit);
MODULE_DESCRIPTION("log what a kernel function returns, and how long it took");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
