// SPDX-License-Identifier: GPL-2.0-only
/*
 * jprobe_api: checks that jprobe.h behaves as jprobes did on Linux 4.14. Loading the module runs
 * all checks. Each check prints a line "ok: ..." or "FAILED: ...".
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include <jprobe.h>

#include "points.h"
#include "target_functions.h"

/* Entry functions. */

static int calls;
static int wrong;

static void j_empty(void)
{
	calls++;
	jprobe_return();
}

static int j_nine(int a, long b, void *c, unsigned int d, int e, unsigned long f,
		  int g, const char *h, long i)
{
	calls++;
	if (a != NINE_A || b != NINE_B || c != NINE_C || d != NINE_D || e != NINE_E ||
	    f != NINE_F || g != NINE_G || strcmp(h, NINE_H) || i != NINE_I)
		wrong++;
	/* These changes must not reach the probed function. */
	a = -1;
	b = -1;
	c = NULL;
	g = -1;
	h = "";
	i = -1;
	barrier_data(&a);
	barrier_data(&b);
	barrier_data(&c);
	barrier_data(&g);
	barrier_data(&h);
	barrier_data(&i);
	jprobe_return();
	return -EPERM;
}

static int j_sixteen(long a, long b, long c, long d, long e, long f, long g, long h,
		     long i, long j, long k, long l, long m, long n, long o, long p)
{
	const long args[] = { a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p };
	int nr;

	calls++;
	for (nr = 0; nr < 16; nr++)
		if (args[nr] != SIXTEEN(nr + 1))
			wrong++;
	/* The missing jprobe_return() is intended. */
	return 0;
}

static int nested_results;

/* Calls its own target, and another probed function. */
static int j_recurse(int depth)
{
	calls++;
	nested_results = target_recurse(1);
	target_empty();
	jprobe_return();
	return 0;
}

static int j_depth(int depth)
{
	calls++;
	if (!preempt_count() && IS_ENABLED(CONFIG_PREEMPT_COUNT))
		wrong++;
	jprobe_return();
	return 0;
}

#define JPROBE(function, on) \
	{ .entry = JPROBE_ENTRY(function), .kp = { .symbol_name = (on) } }

static int call_nine(void)
{
	return target_nine(NINE_A, NINE_B, NINE_C, NINE_D, NINE_E, NINE_F, NINE_G,
			   NINE_H, NINE_I);
}

static int call_sixteen(void)
{
	return target_sixteen(SIXTEEN(1), SIXTEEN(2), SIXTEEN(3), SIXTEEN(4),
			      SIXTEEN(5), SIXTEEN(6), SIXTEEN(7), SIXTEEN(8),
			      SIXTEEN(9), SIXTEEN(10), SIXTEEN(11), SIXTEEN(12),
			      SIXTEEN(13), SIXTEEN(14), SIXTEEN(15), SIXTEEN(16));
}

static void refuse(const char *what, int expected, struct jprobe jp)
{
	/* This is not on the stack, because it may stay registered if the check fails. */
	static struct jprobe tried;
	int err;

	tried = jp;
	err = register_jprobe(&tried);
	EXPECT(what, expected, err);
	if (!err)
		unregister_jprobe(&tried);
}

static void check_refusals(void)
{
	static int data;
	struct jprobe good = JPROBE(j_empty, "target_empty");
	struct jprobe jp;

	jp = good;
	jp.entry = NULL;
	refuse("no entry function", -EINVAL, jp);
	jp = good;
	jp.entry = (char *)j_empty + 1;
	refuse("entry inside a function", -EINVAL, jp);
	jp.entry = &data;
	refuse("entry that is data", -EINVAL, jp);
	jp.entry = (void *)0x10000;
	refuse("entry at a user address", -EINVAL, jp);
	jp = good;
	jp.kp.offset = 8;
	refuse("target in the middle of a function", -EINVAL, jp);
	jp = good;
	jp.kp.addr = (kprobe_opcode_t *)target_empty;
	refuse("symbol and address", -EINVAL, jp);
	jp = good;
	jp.kp.symbol_name = NULL;
	refuse("neither symbol nor address", -EINVAL, jp);
	jp.kp.addr = (kprobe_opcode_t *)((char *)target_sixteen + 16);
	refuse("address in the middle of a function", -EINVAL, jp);
	jp.kp.addr = (kprobe_opcode_t *)&data;
	refuse("address of data", -EINVAL, jp);
	jp.kp.addr = (kprobe_opcode_t *)0x10000;
	refuse("user address", -EINVAL, jp);
	jp.kp.addr = (kprobe_opcode_t *)-16;
	refuse("unmapped address", -EINVAL, jp);
	jp = good;
	jp.kp.symbol_name = "target_blacklisted";
	refuse("NOKPROBE function", -EINVAL, jp);
	jp.kp.symbol_name = "no_such_function";
	refuse("unknown symbol", -ENOENT, jp);
}

static void check_one(void)
{
	static struct jprobe jp = JPROBE(j_empty, "target_empty");
	static struct jprobe second = JPROBE(j_empty, "target_empty");
	static struct jprobe never = JPROBE(j_empty, "target_empty");

	EXPECT("disable what is not registered", -EINVAL, disable_jprobe(&never));
	EXPECT("enable what is not registered", -EINVAL, enable_jprobe(&never));

	EXPECT("register", 0, register_jprobe(&jp));
	calls = 0;
	target_empty();
	target_empty();
	EXPECT("one call of the entry function for each call", 2, calls);
	EXPECT("register the same again", -EINVAL, register_jprobe(&jp));
	EXPECT("a second one at the same address", -EEXIST, register_jprobe(&second));
	target_empty();
	EXPECT("the first one is still called", 3, calls);

	EXPECT("disable", 0, disable_jprobe(&jp));
	EXPECT("disable again", 0, disable_jprobe(&jp));
	target_empty();
	EXPECT("no calls while disabled", 3, calls);
	memset(&second, 0, sizeof(second));
	second.entry = j_empty;
	second.kp.symbol_name = "target_empty";
	EXPECT("a second one where the first is disabled", -EEXIST, register_jprobe(&second));
	EXPECT("enable", 0, enable_jprobe(&jp));
	EXPECT("enable again", 0, enable_jprobe(&jp));
	target_empty();
	EXPECT("calls once enabled", 4, calls);
	unregister_jprobe(&jp);
	target_empty();
	EXPECT("no calls once unregistered", 4, calls);
}

static void check_born_disabled(void)
{
	static struct jprobe jp = JPROBE(j_empty, "target_empty");

	jp.kp.flags = KPROBE_FLAG_DISABLED;
	EXPECT("register with KPROBE_FLAG_DISABLED", 0, register_jprobe(&jp));
	calls = 0;
	target_empty();
	EXPECT("no calls until enabled", 0, calls);
	EXPECT("enable it", 0, enable_jprobe(&jp));
	target_empty();
	EXPECT("calls then", 1, calls);
	unregister_jprobe(&jp);
}

static void check_arguments(void)
{
	static struct jprobe nine = JPROBE(j_nine, "target_nine");
	static struct jprobe sixteen = JPROBE(j_sixteen, "target_sixteen");
	static struct jprobe *both[] = { &nine, &sixteen };

	EXPECT("register two at once", 0, register_jprobes(both, 2));
	unregister_jprobes(both, 0);
	calls = 0;
	wrong = 0;
	EXPECT("nine arguments reach the function, though the entry function changes its copies",
	       9, call_nine());
	EXPECT("nine arguments reach the entry function", 0, wrong);
	EXPECT("sixteen arguments reach the function", 16, call_sixteen());
	EXPECT("sixteen arguments reach the entry function", 0, wrong);
	EXPECT("calls of the two entry functions, after unregister_jprobes(, 0)", 2, calls);
	unregister_jprobes(both, 2);
	call_nine();
	call_sixteen();
	EXPECT("no calls once both are unregistered", 2, calls);
}

static void check_all_or_none(void)
{
	static struct jprobe good = JPROBE(j_empty, "target_empty");
	static struct jprobe bad = JPROBE(j_empty, "no_such_function");
	static struct jprobe *both[] = { &good, &bad };

	EXPECT("register none", -EINVAL, register_jprobes(both, 0));
	EXPECT("register -1", -EINVAL, register_jprobes(both, -1));
	calls = 0;
	EXPECT("register a good and a bad one", -ENOENT, register_jprobes(both, 2));
	target_empty();
	EXPECT("the good one is not registered either", 0, calls);
}

static void check_recursion(void)
{
	static struct jprobe depth = JPROBE(j_depth, "target_recurse");
	static struct jprobe recurse = JPROBE(j_recurse, "target_recurse");
	static struct jprobe empty = JPROBE(j_empty, "target_empty");

	calls = 0;
	wrong = 0;
	EXPECT("register on a recursive function", 0, register_jprobe(&depth));
	EXPECT("what it returns", 5, target_recurse(5));
	EXPECT("calls at every level", 5, calls);
	EXPECT("preemption is off in the entry function", 0, wrong);
	unregister_jprobe(&depth);

	EXPECT("register one that calls its own target", 0, register_jprobe(&recurse));
	EXPECT("register the other one that it calls", 0, register_jprobe(&empty));
	calls = 0;
	nested_results = 0;
	EXPECT("what the outer call returns", 1, target_recurse(1));
	EXPECT("the nested call runs", 1, nested_results);
	EXPECT("its entry function does not", 1, calls);
	EXPECT("it is counted as missed", 1, recurse.kp.nmissed);
	EXPECT("so is the other", 1, empty.kp.nmissed);
	unregister_jprobe(&empty);
	unregister_jprobe(&recurse);
}

static struct six six_seen;
static long last_seen;

static long j_struct(struct six six, long last)
{
	calls++;
	six_seen = six;
	last_seen = last;
	/* Where structs are passed on the stack, the probed function has its own copy. */
	if (PROBE_STACK_ARGS_OFFSET)
		memset(&six, 0xff, sizeof(six));
	barrier_data(&six);
	jprobe_return();
	return 0;
}

static long varargs_sum;

static long j_varargs(int n, ...)
{
	va_list args;

	calls++;
	varargs_sum = 0;
	va_start(args, n);
	while (n--)
		varargs_sum = 10 * varargs_sum + va_arg(args, long);
	va_end(args);
	jprobe_return();
	return 0;
}

static void check_by_value(void)
{
	static struct jprobe in_struct = JPROBE(j_struct, "target_struct");
	static struct jprobe varargs = JPROBE(j_varargs, "target_varargs");
	struct six six = { { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66 } };
	const long last = LONG_CONSTANT(0x10000010000000);

	EXPECT("register on a function that is given a struct", 0, register_jprobe(&in_struct));
	calls = 0;
	EXPECT("six words by value reach the function", 0x6b97531 + last, target_struct(six, last));
	EXPECT("one call of the entry function", 1, calls);
	EXPECT("six words by value reach the entry function", 0,
	       memcmp(&six, &six_seen, sizeof(six)));
	EXPECT("and so does the next argument", last, last_seen);
	unregister_jprobe(&in_struct);

	EXPECT("register on a function of many arguments", 0, register_jprobe(&varargs));
	EXPECT("eleven of them reach the function", 12345678912,
	       target_varargs(11, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 1L, 2L));
	EXPECT("eleven of them reach the entry function", 12345678912, varargs_sum);
	EXPECT("none reach the function", 0, target_varargs(0));
	EXPECT("none reach the entry function", 0, varargs_sum);
	unregister_jprobe(&varargs);
}

static long big_a, big_b;
static unsigned long big_place;

/* The type is that of target_big(), so its caller passes the address of the result, too. */
static struct six j_big(long a, long b)
{
#ifdef PROBE_CALL_RESULT
	register unsigned long place asm(PROBE_CALL_RESULT);

	asm volatile("" : "=r"(place));
	big_place = place;
#endif
	calls++;
	big_a = a;
	big_b = b;
	jprobe_return();
	return (struct six){ { -1, -2, -3, -4, -5, -6 } };
}

static void check_big(void)
{
	static struct jprobe jp = JPROBE(j_big, "target_big");
	static const struct six expected = { { 11, 22, 33, -11, 22, 44 } };
	struct six result;

	EXPECT("register on a function that returns 48 bytes", 0, register_jprobe(&jp));
	calls = 0;
	big_place = 0;
	result = target_big(11, 22);
	EXPECT("calls of its entry function", 1, calls);
	EXPECT("its arguments", 33, big_a + big_b);
	EXPECT("48 bytes that it returns, not those of the entry function", 0,
	       memcmp(&result, &expected, sizeof(expected)));
#ifdef PROBE_CALL_RESULT
	/* The address may be that of a temporary object, which the compiler then copies. */
	EXPECT("the entry function's result goes to the caller's frame", 1,
	       big_place - (unsigned long)current_stack_pointer < 1024);
#endif
	unregister_jprobe(&jp);
}

/* The context in which the entry function ran. */
static int count_seen, interrupt_seen, off_seen;

static void j_context(void)
{
	calls++;
	count_seen = preempt_count();
	interrupt_seen = !!in_interrupt();
	off_seen = !!irqs_disabled();
	jprobe_return();
}

static void check_context(void)
{
	static struct jprobe jp = JPROBE(j_context, "target_empty");
	unsigned long flags;
	bool breakpoint;

	EXPECT("register", 0, register_jprobe(&jp));
	breakpoint = !(jp.kp.flags & KPROBE_FLAG_FTRACE);
	calls = 0;
	target_empty();
	EXPECT("interrupts in the entry function, on in the caller", breakpoint, off_seen);
	if (!breakpoint)
		EXPECT("it is not an interrupt", 0, interrupt_seen);
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT))
		EXPECT("preemption is off", 1, !!count_seen);
	local_irq_save(flags);
	target_empty();
	local_irq_restore(flags);
	EXPECT("interrupts in the entry function, off in the caller", 1, off_seen);
	EXPECT("calls", 2, calls);
	unregister_jprobe(&jp);
}

/* Each handler appends a digit, so this shows the order of the calls. */
static long order;

static int pre_1(struct kprobe *p, struct pt_regs *regs)
{
	order = 10 * order + 1;
	return 0;
}

static void j_2(void)
{
	order = 10 * order + 2;
	jprobe_return();
}

static void post_3(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
	order = 10 * order + 3;
}

static int ret_4(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	order = 10 * order + 4;
	return 0;
}

static void check_post(void)
{
	static struct jprobe jp = JPROBE(j_2, "target_empty");

	jp.kp.post_handler = post_3;
	jp.kp.pre_handler = pre_1;
	EXPECT("register with a post handler, and a pre handler", 0, register_jprobe(&jp));
	order = 0;
	target_empty();
	EXPECT("entry function and post handler are called, the pre handler is not", 23, order);
	EXPECT("disable", 0, disable_jprobe(&jp));
	target_empty();
	EXPECT("neither is called while disabled", 23, order);
	unregister_jprobe(&jp);
}

static unsigned long post_ip;

static void post_regs(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
	order = 10 * order + 3;
	post_ip = instruction_pointer(regs);
	if (p->flags & KPROBE_FLAG_FTRACE)
		instruction_pointer_set(regs, 0);	/* has no effect */
}

static int ret_nothing(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return 0;
}

/*
 * A jprobe with a post handler is registered after a probe without one and unregistered last.
 * At an ftrace site the kernel must not see that post handler, or it could not disarm the site.
 */
static void check_post_joins(bool first_goes_first)
{
	static struct jprobe jp;
	static struct kretprobe rp;

	jp = (struct jprobe)JPROBE(j_2, "target_empty");
	jp.kp.post_handler = post_regs;
	rp = (struct kretprobe){ .kp.symbol_name = "target_empty", .handler = ret_nothing };
	EXPECT("register a kretprobe", 0, register_kretprobe(&rp));
	EXPECT("register a jprobe with a post handler after it", 0, register_jprobe(&jp));
	order = 0;
	post_ip = 0;
	target_empty();
	EXPECT("entry function and post handler are called", 23, order);
	EXPECT("the post handler's ip is after the probed instruction", 1,
	       jp.kp.flags & KPROBE_FLAG_FTRACE ?
	       post_ip == (unsigned long)jp.kp.addr + PROBE_TEXT_BYTES : !!post_ip);
	if (first_goes_first)
		unregister_kretprobe(&rp);
	unregister_jprobe(&jp);
	EXPECT("the kernel has unregistered it", 1, !!jp.kp.addr);
	EXPECT("its post handler is unchanged", 1, jp.kp.post_handler == post_regs);
	if (!first_goes_first)
		unregister_kretprobe(&rp);
	memset(&jp.kp, 0, sizeof(jp.kp));
	order = 0;
	target_empty();
	EXPECT("no call once it is unregistered", 0, order);
}

/*
 * The kprobe is not registered with jprobe.h, so it must be the first one: the kernel cannot
 * unregister a kprobe with a post handler that was added to probes without one.
 */
static void check_three(int second)
{
	static struct jprobe jp;
	static struct kprobe kp;
	static struct kretprobe rp;

	memset(&jp, 0, sizeof(jp));
	memset(&kp, 0, sizeof(kp));
	memset(&rp, 0, sizeof(rp));
	jp.entry = j_2;
	jp.kp.symbol_name = "target_empty";
	kp.symbol_name = "target_empty";
	kp.pre_handler = pre_1;
	kp.post_handler = post_3;
	rp.kp.symbol_name = "target_empty";
	rp.handler = ret_4;
	EXPECT("register a kprobe", 0, register_kprobe(&kp));
	if (second == 2)
		EXPECT("register a jprobe", 0, register_jprobe(&jp));
	EXPECT("register a kretprobe", 0, register_kretprobe(&rp));
	if (second == 4)
		EXPECT("register a jprobe after it", 0, register_jprobe(&jp));
	order = 0;
	target_empty();
	target_empty();
	/* The one that was registered last is called first. */
	EXPECT("entry function, pre handler, post handler, return handler, twice", 21342134,
	       order);
	EXPECT("none is missed", 0,
	       (int)(jp.kp.nmissed + kp.nmissed + rp.kp.nmissed + rp.nmissed));
	if (second == 2) {
		unregister_jprobe(&jp);
		order = 0;
		target_empty();
		EXPECT("without the jprobe", 134, order);
		unregister_kretprobe(&rp);
		unregister_kprobe(&kp);
	} else {
		unregister_kretprobe(&rp);
		order = 0;
		target_empty();
		EXPECT("without the kretprobe", 213, order);
		unregister_kprobe(&kp);
		order = 0;
		target_empty();
		EXPECT("with the jprobe alone", 2, order);
		unregister_jprobe(&jp);
	}
	order = 0;
	target_empty();
	EXPECT("without any", 0, order);
}

/* Calls its own target repeatedly. */
static int j_again(int depth)
{
	int i;

	calls++;
	for (i = 0; i < 4; i++)
		nested_results += target_recurse(1);
	jprobe_return();
	return 0;
}

static void check_missed(void)
{
	static struct jprobe again = JPROBE(j_again, "target_recurse");
	static struct jprobe sixteen = JPROBE(j_sixteen, "target_sixteen");

	EXPECT("register one that calls its own target four times", 0, register_jprobe(&again));
	calls = 0;
	nested_results = 0;
	EXPECT("what the outer calls return", 3, target_recurse(3));
	EXPECT("calls of the entry function, one for each level", 3, calls);
	EXPECT("the nested calls run", 12, nested_results);
	EXPECT("each nested call is missed", 12, again.kp.nmissed);
	unregister_jprobe(&again);

	/* A missing jprobe_return() has no consequences. */
	EXPECT("register one without jprobe_return()", 0, register_jprobe(&sixteen));
	calls = 0;
	wrong = 0;
	EXPECT("what the function returns", 16, call_sixteen());
	EXPECT("what it returns the second time", 16, call_sixteen());
	EXPECT("calls of the entry function", 2, calls);
	EXPECT("preemption is on again", 0, preempt_count());
	EXPECT("none is missed", 0, sixteen.kp.nmissed);
	unregister_jprobe(&sixteen);
}

static int __init api_init(void)
{
	check_refusals();
	check_one();
	check_born_disabled();
	check_arguments();
	check_all_or_none();
	check_recursion();
	check_by_value();
	check_big();
	check_context();
	check_post();
	check_post_joins(true);
	check_post_joins(false);
	check_three(2);
	check_three(4);
	check_missed();
	points_end();
	return 0;
}

static void __exit api_exit(void)
{
}

module_init(api_init);
module_exit(api_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("Checks of jprobe.h");
