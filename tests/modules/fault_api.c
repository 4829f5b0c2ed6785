// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault_api: checks fault_handler.h, and jprobes with a fault handler. Loading the module runs
 * all checks. Each check prints a line "ok: ..." or "FAILED: ...".
 *
 * Afterwards a probe with a fault handler stays registered on target_notrace(). Its pre handler
 * reads unmapped memory with copy_from_kernel_nofault().
 *   calls   the number of calls of its fault handler
 *   at      the faulting instruction, "function+0x12/0x34"
 *   crash   when written: the pre handler reads unmapped memory as often as faults of one
 *           handler are reported, and then directly, which is fatal
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/kallsyms.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <fault_handler.h>
#include <jprobe.h>

#include "long_constant.h"
#include "points.h"
#include "target_functions.h"

/* This address is not canonical with 4 and 5 levels: a general protection fault on x86. */
#define WILD ((const long *)LONG_CONSTANT(0x4000000000000000))

static char *page;	/* kernel memory, followed by an unmapped page */

/* These tell the handlers what to do. */
static int pre_reads, post_reads;
static bool pre_wild, pre_crashes;

/* These are set by the fault handler. */
static int calls;
module_param(calls, int, 0444);
static char at[KSYM_SYMBOL_LEN];
module_param_string(at, at, sizeof(at), 0444);
static int runs, errors, others;
static struct kprobe *seen_probe;
static int seen_trap;
static unsigned long seen_ip;

static int handler_fault(struct kprobe *p, struct pt_regs *regs, int trapnr)
{
	calls++;
	seen_probe = p;
	seen_trap = trapnr;
	seen_ip = instruction_pointer(regs);
	if (pre_crashes)
		pr_info("trap %d at %pS\n", trapnr, (void *)seen_ip);
	return 0;
}

static bool read_fails(void)
{
	long value;

	return copy_from_kernel_nofault(&value, page + PAGE_SIZE, sizeof(value));
}

static void guarded_read(void)
{
	if (!read_fails())
		return;
	errors++;
	fault_handler_note();
}

/* Reads with one instruction and uses no stack. */
static noinline notrace __no_sanitize_address long wild_read(const long *from)
{
	return READ_ONCE(*from);
}

/* Handle the fault by returning from wild_read(). */
static int handler_wild(struct kprobe *p, struct pt_regs *regs, int trapnr)
{
	calls++;
	seen_probe = p;
	seen_trap = trapnr;
	seen_ip = instruction_pointer(regs);
#ifdef CONFIG_64BIT
	instruction_pointer_set(regs, *(unsigned long *)kernel_stack_pointer(regs));
	regs->sp += sizeof(long);
#endif
	return 1;
}

static int handler_pre(struct kprobe *p, struct pt_regs *regs)
{
	int i;

	runs++;
	for (i = 0; i < pre_reads; i++)
		guarded_read();
	if (pre_wild)
		wild_read(WILD);
	if (pre_crashes)
		wild_read((const long *)(page + PAGE_SIZE));
	return 0;
}

static void handler_post(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
	int i;

	runs++;
	for (i = 0; i < post_reads; i++)
		guarded_read();
}

static void j_nine(int a, long b, void *c, unsigned int d, int e, unsigned long f,
		   int g, const char *h, long i)
{
	runs++;
	guarded_read();
	guarded_read();
	if (a != NINE_A || f != NINE_F || g != NINE_G || i != NINE_I)
		others++;
	jprobe_return();
}

static void reset(int pre, int post)
{
	pre_reads = pre;
	post_reads = post;
	calls = 0;
	runs = 0;
	errors = 0;
	seen_probe = NULL;
	seen_trap = -1;
	seen_ip = 0;
}

static bool in_function(unsigned long ip, const char *name)
{
	static char symbol[KSYM_SYMBOL_LEN];

	sprint_symbol(symbol, ip);
	return !strncmp(symbol, name, strlen(name));
}

/* Does the kernel report page faults, or only fault_handler_note()? */
static bool faults_reported(void)
{
	return PROBE_TRAP_PAGE_FAULT;
}

static void check_kprobe(const char *on, bool posts)
{
	static struct fault_kprobe fk;
	struct fault_kprobe other = {};
	int max = PROBE_FAULT_CONTEXT_MAX;

	pr_info("on %s\n", on);
	memset(&fk, 0, sizeof(fk));
	fk.kp.symbol_name = on;
	fk.kp.pre_handler = handler_pre;
	fk.kp.post_handler = posts ? handler_post : NULL;
	fk.fault_handler = handler_fault;
	EXPECT("register", 0, register_fault_kprobe(&fk));
	EXPECT("register it once more", -EINVAL, register_fault_kprobe(&fk));

	reset(0, 0);
	target_notrace(1, 2);
	target_empty();
	EXPECT("a hit without a fault: handlers run", 1 + posts, runs);
	EXPECT("a hit without a fault: fault handler", 0, calls);

	reset(1, 0);
	target_notrace(0x1234, 2);
	target_empty();
	EXPECT("one read of the pre handler fails", 1, errors);
	EXPECT("the fault handler is called once", 1, calls);
	EXPECT("with the probe", 1, seen_probe == &fk.kp);
	EXPECT("post runs as well", 1 + posts, runs);
	if (faults_reported()) {
		EXPECT("with trap number 14", 14, seen_trap);
		EXPECT("at the instruction that read", 1,
		       in_function(seen_ip, "copy_from_kernel_nofault"));
	}

	reset(3, 0);
	target_notrace(1, 2);
	target_empty();
	EXPECT("three reads fail", 3, errors);
	EXPECT("the fault handler is called three times", 3, calls);

	reset(max, 0);
	target_notrace(1, 2);
	target_empty();
	EXPECT("as many as are reported", max, calls);

	if (posts) {
		reset(0, 1);
		target_notrace(1, 2);
		target_empty();
		EXPECT("one read of the post handler fails", 1, errors);
		EXPECT("the fault handler is called for it", 1, calls);
		reset(2, 2);
		target_notrace(1, 2);
		target_empty();
		EXPECT("two reads of each", 4, calls);
	}

	reset(0, 0);
	EXPECT("a read outside of handlers fails", 1, read_fails());
	EXPECT("it is not reported", 0, calls);

	/* A registration fails while the other probe is registered. */
	other.kp.symbol_name = "no_such_function";
	other.kp.pre_handler = handler_pre;
	other.fault_handler = handler_fault;
	EXPECT("register another one, on nothing", -ENOENT, register_fault_kprobe(&other));
	other.kp.symbol_name = "_do_fork";
	EXPECT("register it on an old name", -ENOENT, register_fault_kprobe(&other));
	EXPECT("its handlers are unchanged", 1, other.kp.pre_handler == handler_pre);
	reset(1, 0);
	target_notrace(1, 2);
	target_empty();
	EXPECT("the first one's fault handler is still called", 1, calls);

	unregister_fault_kprobe(&fk);
	reset(1, 1);
	target_notrace(1, 2);
	target_empty();
	EXPECT("no call once it is unregistered", 0, calls + runs);
	EXPECT("its pre handler is unchanged", 1, fk.kp.pre_handler == handler_pre);

	fk.fault_handler = NULL;
	fk.kp.addr = NULL;
	fk.kp.flags = 0;
	EXPECT("register it without a fault handler", 0, register_fault_kprobe(&fk));
	reset(1, 0);
	target_notrace(1, 2);
	target_empty();
	EXPECT("one read of the pre handler fails", 1, errors);
	EXPECT("its previous fault handler is not called", 0, calls);
	unregister_fault_kprobe(&fk);
}

static unsigned long pre_ip, post_ip;

static bool skips;

/* If @skips is set, continue after the ftrace site and return 1. */
static int pre_skips(struct kprobe *p, struct pt_regs *regs)
{
	runs++;
	if (skips)
		instruction_pointer_set(regs, (unsigned long)p->addr + PROBE_TEXT_BYTES);
	return skips;
}

static int pre_first(struct kprobe *p, struct pt_regs *regs)
{
	pre_ip = instruction_pointer(regs);
	return 0;
}

static int pre_second(struct kprobe *p, struct pt_regs *regs)
{
	others += instruction_pointer(regs) != pre_ip;
	return 0;
}

static void post_moves(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
	runs++;
	post_ip = instruction_pointer(regs);
	if (p->flags & KPROBE_FLAG_FTRACE)
		instruction_pointer_set(regs, 0);	/* no effect, as in the kernel */
}

/* Check post handlers of a probe between two others, with and without a fault handler. */
static void check_post(bool guarded)
{
	static struct kprobe before, after;
	static struct fault_kprobe fk;

	before = (struct kprobe){ .symbol_name = "target_empty", .pre_handler = pre_second };
	after = (struct kprobe){ .symbol_name = "target_empty", .pre_handler = pre_first };
	fk = (struct fault_kprobe){
		.kp = {
			.symbol_name = "target_empty",
			.pre_handler = pre_skips,
			.post_handler = post_moves,
		},
		.fault_handler = guarded ? handler_fault : NULL,
	};
	others = 0;
	EXPECT("register a kprobe without a post handler", 0, register_kprobe(&before));
	EXPECT("register one with a post handler", 0, register_fault_kprobe(&fk));
	EXPECT("and another without", 0, register_kprobe(&after));
	reset(0, 0);
	target_empty();
	EXPECT("pre and post handler run", 2, runs);
	EXPECT("the next probe sees the registers of the hit", 0, others);
	if (fk.kp.flags & KPROBE_FLAG_FTRACE) {
		EXPECT("the post handler's ip is after the ftrace site", PROBE_TEXT_BYTES,
		       post_ip - (unsigned long)fk.kp.addr);
		skips = true;
		runs = 0;
		target_empty();
		skips = false;
		EXPECT("no post handler when the pre handler returns 1", 1, runs);
	}
	unregister_kprobe(&before);
	unregister_kprobe(&after);
	unregister_fault_kprobe(&fk);
	EXPECT("the kernel has unregistered it", 1, !!fk.kp.addr);
	EXPECT("its handlers are unchanged", 1,
	       fk.kp.pre_handler == pre_skips && fk.kp.post_handler == post_moves);
	reset(0, 0);
	target_empty();
	EXPECT("no call once it is unregistered", 0, runs);
}

static void check_several(void)
{
	static struct fault_kprobe fks[PROBE_KPROBES_BATCH + 2];
	static struct fault_kprobe *all[ARRAY_SIZE(fks) + 1];
	static struct fault_kprobe bad;
	int i, nr = ARRAY_SIZE(fks);

	for (i = 0; i < nr; i++) {
		all[i] = &fks[i];
		fks[i].kp.symbol_name = "target_empty";
		fks[i].kp.pre_handler = handler_pre;
	}
	fks[nr - 1].fault_handler = handler_fault;
	bad.kp.symbol_name = "no_such_function";
	all[nr] = &bad;
	EXPECT("register none", -EINVAL, register_fault_kprobes(all, 0));
	EXPECT("register many, and one on nothing", -ENOENT, register_fault_kprobes(all, nr + 1));
	reset(1, 0);
	target_empty();
	EXPECT("none is registered", 0, runs);
	for (i = 0; i < nr; i++)
		fks[i].kp = (struct kprobe){
			.symbol_name = "target_empty", .pre_handler = handler_pre,
		};
	EXPECT("register many", 0, register_fault_kprobes(all, nr));
	unregister_fault_kprobes(all, 0);
	reset(1, 0);
	target_empty();
	EXPECT("all are hit", nr, runs);
	EXPECT("the only fault handler is called", 1, calls);
	unregister_fault_kprobes(all, nr + 1);
	reset(1, 0);
	target_empty();
	EXPECT("none is hit once they are unregistered", 0, runs + calls);
}

static void check_two(void)
{
	static struct fault_kprobe first = {
		.kp = { .symbol_name = "target_notrace", .pre_handler = handler_pre },
		.fault_handler = handler_fault,
	};
	static struct fault_kprobe second = {
		.kp = { .symbol_name = "target_notrace" },
		.fault_handler = handler_fault,
	};

	EXPECT("register one", 0, register_fault_kprobe(&first));
	EXPECT("register another at the same place", 0, register_fault_kprobe(&second));
	reset(1, 0);
	target_notrace(1, 2);
	EXPECT("a fault of the first is reported once", 1, calls);
	EXPECT("for the first", 1, seen_probe == &first.kp);
	unregister_fault_kprobe(&first);
	unregister_fault_kprobe(&second);
}

static void check_wild(void)
{
	static struct fault_kprobe fk = {
		.kp = { .symbol_name = "target_notrace", .pre_handler = handler_pre },
		.fault_handler = handler_wild,
	};

	EXPECT("register", 0, register_fault_kprobe(&fk));
	reset(0, 0);
	pre_wild = true;
	EXPECT("what the probed function returns", 7, target_notrace(3, 4));
	pre_wild = false;
	EXPECT("a wild pointer in the pre handler is reported once", 1, calls);
	EXPECT("with trap number 13", 13, seen_trap);
	EXPECT("at the instruction that read", 1, in_function(seen_ip, "wild_read"));
	unregister_fault_kprobe(&fk);
}

static void check_jprobe(void)
{
	static struct jprobe jp = {
		.entry = j_nine,
		.kp.symbol_name = "target_nine",
		.fault_handler = handler_fault,
	};
	static struct jprobe refused = {
		.entry = j_nine,
		.kp.symbol_name = "no_such_function",
		.fault_handler = handler_fault,
	};

	EXPECT("register a jprobe on nothing", -ENOENT, register_jprobe(&refused));
	EXPECT("register a jprobe", 0, register_jprobe(&jp));
	reset(0, 0);
	EXPECT("what the probed function returns", 9,
	       target_nine(NINE_A, NINE_B, NINE_C, NINE_D, NINE_E, NINE_F, NINE_G, NINE_H,
			   NINE_I));
	EXPECT("two reads of the entry function fail", 2, errors);
	EXPECT("the fault handler is called for each", 2, calls);
	EXPECT("with the jprobe's kprobe", 1, seen_probe == &jp.kp);
	EXPECT("the entry function continues, with its arguments", 0, others);
	unregister_jprobe(&jp);
	reset(0, 0);
	target_nine(NINE_A, NINE_B, NINE_C, NINE_D, NINE_E, NINE_F, NINE_G, NINE_H, NINE_I);
	EXPECT("no call once it is unregistered", 0, calls + runs);

	jp.fault_handler = NULL;
	jp.kp.addr = NULL;
	jp.kp.flags = 0;
	EXPECT("register it without a fault handler", 0, register_jprobe(&jp));
	reset(0, 0);
	target_nine(NINE_A, NINE_B, NINE_C, NINE_D, NINE_E, NINE_F, NINE_G, NINE_H, NINE_I);
	EXPECT("two reads of the entry function fail", 2, errors);
	EXPECT("its previous fault handler is not called", 0, calls);
	unregister_jprobe(&jp);

	jp.fault_handler = handler_fault;
	jp.kp = (struct kprobe){ .symbol_name = "target_nine", .post_handler = handler_post };
	EXPECT("register it with a post handler", 0, register_jprobe(&jp));
	reset(0, 3);
	target_nine(NINE_A, NINE_B, NINE_C, NINE_D, NINE_E, NINE_F, NINE_G, NINE_H, NINE_I);
	EXPECT("three reads of the post handler, and two as before", 5, errors);
	EXPECT("the fault handler is called for each", 5, calls);
	unregister_jprobe(&jp);
	EXPECT("its post handler is unchanged", 1, jp.kp.post_handler == handler_post);
}

static int entry_reads, return_reads;

static int handler_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	int i;

	runs++;
	for (i = 0; i < entry_reads; i++)
		guarded_read();
	return entry_reads == 3;
}

static int handler_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	int i;

	runs++;
	for (i = 0; i < return_reads; i++)
		guarded_read();
	return 0;
}

static void check_kretprobe(void)
{
	static struct fault_kretprobe fk = {
		.rp = {
			.kp.symbol_name = "target_empty",
			.entry_handler = handler_entry,
			.handler = handler_return,
		},
		.fault_handler = handler_fault,
	};
	static struct fault_kretprobe refused = {
		.rp = { .kp.symbol_name = "no_such_function", .handler = handler_return },
		.fault_handler = handler_fault,
	};

	EXPECT("register a kretprobe on nothing", -ENOENT, register_fault_kretprobe(&refused));
	EXPECT("its handler is unchanged", 1, refused.rp.handler == handler_return);
	EXPECT("register a kretprobe", 0, register_fault_kretprobe(&fk));
	EXPECT("register it once more", -EINVAL, register_fault_kretprobe(&fk));
	reset(0, 0);
	entry_reads = 2;
	return_reads = 1;
	target_empty();
	EXPECT("two reads of the entry handler and one of the other fail", 3, errors);
	EXPECT("the fault handler is called for each", 3, calls);
	EXPECT("with the kretprobe's kprobe", 1, seen_probe == &fk.rp.kp);
	if (faults_reported()) {
		EXPECT("with trap number 14", 14, seen_trap);
		EXPECT("at the instruction that read", 1,
		       in_function(seen_ip, "copy_from_kernel_nofault"));
	}
	reset(0, 0);
	entry_reads = 3;
	target_empty();
	EXPECT("if the entry handler ignores the call, no other handler runs", 1, runs);
	EXPECT("and its three faults are reported", 3, calls);
	unregister_fault_kretprobe(&fk);
	reset(0, 0);
	target_empty();
	EXPECT("no call once it is unregistered", 0, calls + runs);
	EXPECT("its entry handler is unchanged", 1, fk.rp.entry_handler == handler_entry);
}

static struct fault_kprobe lasting = {
	.kp = { .symbol_name = "target_notrace", .pre_handler = handler_pre },
	.fault_handler = handler_fault,
};

static int crash_set(const char *val, const struct kernel_param *kp)
{
	/* The fatal fault is one more than are reported for a handler. */
	pre_reads = PROBE_FAULT_CONTEXT_MAX;
	pre_crashes = true;
	target_notrace(1, 2);
	return 0;
}

static const struct kernel_param_ops crash_ops = {
	.set = crash_set,
};

module_param_cb(crash, &crash_ops, NULL, 0200);

static int __init fault_init(void)
{
	int err;

	/* vmalloc() leaves an unmapped page after its areas. */
	page = vmalloc(PAGE_SIZE);
	if (!page)
		return -ENOMEM;
	check_kprobe("target_notrace", true);
	check_kprobe("target_empty", false);
	check_post(false);
	check_post(true);
	check_several();
	check_two();
	/* With frame pointers wild_read() uses the stack. */
	if (faults_reported() && !IS_ENABLED(CONFIG_FRAME_POINTER))
		check_wild();
	check_jprobe();
	check_kretprobe();
	points_end();
	reset(1, 0);
	err = register_fault_kprobe(&lasting);
	if (err) {
		vfree(page);
		return err;
	}
	target_notrace(1, 2);
	sprint_symbol(at, seen_ip);
	return 0;
}

static void __exit fault_exit(void)
{
	unregister_fault_kprobe(&lasting);
	vfree(page);
}

module_init(fault_init);
module_exit(fault_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("Checks of fault_handler.h");
