// SPDX-License-Identifier: GPL-2.0-only
/*
 * two_files: uses jprobe.h, fault_handler.h and probe_log.h in a module of two C files, each of
 * which has its own copy of the headers' functions. One file unregisters what the other has
 * registered. Loading the module runs all checks. Each check prints a line "ok: ..." or
 * "FAILED: ...".
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "points.h"
#include "target_functions.h"
#include "two_files.h"

static void log_number(int number)
{
	probe_log("%d, logged in the first file\n", number);
}

static const struct two_files_api two_files_first = TWO_FILES_API(log_number);

/* The functions that a handler uses. */
static const struct two_files_api *inside;

static char *page;	/* kernel memory, followed by an unmapped page */
static int calls, faults, running, with_regs;
static struct jprobe *wanted;

static bool read_fails(void)
{
	long value;

	return copy_from_kernel_nofault(&value, page + PAGE_SIZE, sizeof(value));
}

static void fail_a_read(void)
{
	if (read_fails())
		inside->fault_handler_note();
}

static int handler_fault(struct kprobe *p, struct pt_regs *regs, int trapnr)
{
	faults++;
	return 0;
}

static void j_empty(void)
{
	calls++;
	running += inside->jprobe_running() == wanted;
	with_regs += !!inside->jprobe_regs();
	fail_a_read();
	jprobe_return();
}

static void j_log(void)
{
	inside->log(++calls);
	jprobe_return();
}

static int handler_pre(struct kprobe *p, struct pt_regs *regs)
{
	calls++;
	fail_a_read();
	return 0;
}

static int handler_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	calls++;
	fail_a_read();
	return 0;
}

/* Call the targets, then fault outside of any handler. */
static void hit(void)
{
	calls = 0;
	faults = 0;
	running = 0;
	with_regs = 0;
	target_empty();
	target_notrace(1, 2);
	read_fails();
}

static void check_jprobe(const struct two_files_api *a, const struct two_files_api *b)
{
	static struct jprobe jp, second;
	struct jprobe *twice[] = { &jp, &second, &jp };

	inside = b;
	wanted = &jp;
	jp = (struct jprobe){
		.entry = j_empty, .kp.symbol_name = "target_empty", .fault_handler = handler_fault,
	};
	second = (struct jprobe){ .entry = j_empty, .kp.symbol_name = "target_empty" };
	b->unregister_jprobe(&jp);
	EXPECT("register a jprobe", 0, a->register_jprobe(&jp));
	EXPECT("register it in the other file, too", -EINVAL, b->register_jprobe(&jp));
	EXPECT("register another one at that address there", -EEXIST, b->register_jprobe(&second));
	hit();
	EXPECT("calls of the entry function", 1, calls);
	EXPECT("jprobe_running() in the other file", 1, running);
	EXPECT("jprobe_regs() in the other file", 1, with_regs);
	EXPECT("its fault", 1, faults);
	b->unregister_jprobes(twice, 3);
	hit();
	EXPECT("calls once the other file has unregistered it", 0, calls + faults);

	jp = (struct jprobe){
		.entry = j_empty,
		.kp = { .symbol_name = "target_empty", .pre_handler = handler_pre },
	};
	EXPECT("register the jprobe's kprobe alone", 0, register_kprobe(&jp.kp));
	EXPECT("register the jprobe then", -EINVAL, a->register_jprobe(&jp));
	hit();
	EXPECT("calls of the kprobe's handler", 1, calls);
	b->unregister_jprobe(&jp);
	hit();
	EXPECT("calls once the jprobe was unregistered", 0, calls);
}

/* Each file registers a probe. If @crossed, the other file unregisters it. */
static void check_fault(const struct two_files_api *a, const struct two_files_api *b, bool crossed)
{
	static struct fault_kprobe first, second;

	inside = b;
	first = (struct fault_kprobe){
		.kp = { .symbol_name = "target_notrace", .pre_handler = handler_pre },
		.fault_handler = handler_fault,
	};
	second = (struct fault_kprobe){
		.kp = { .symbol_name = "target_empty", .pre_handler = handler_pre },
		.fault_handler = handler_fault,
	};
	EXPECT("register a kprobe with a fault handler", 0, a->register_fault_kprobe(&first));
	EXPECT("and one in the other file", 0, b->register_fault_kprobe(&second));
	hit();
	EXPECT("calls of both", 2, calls);
	EXPECT("faults of both", 2, faults);
	(crossed ? b : a)->unregister_fault_kprobe(&first);
	hit();
	EXPECT("calls of the second", 1, calls);
	EXPECT("faults of the second", 1, faults);
	(crossed ? a : b)->unregister_fault_kprobe(&second);
	hit();
	EXPECT("calls when both are unregistered, and the kernel faults", 0, calls + faults);
	b->unregister_fault_kprobe(&first);
}

static void check_kretprobe(const struct two_files_api *a, const struct two_files_api *b)
{
	static struct fault_kretprobe fk;

	inside = b;
	fk = (struct fault_kretprobe){
		.rp = { .kp.symbol_name = "target_empty", .handler = handler_return },
		.fault_handler = handler_fault,
	};
	EXPECT("register a kretprobe with a fault handler", 0, a->register_fault_kretprobe(&fk));
	EXPECT("once more, in the other file", -EINVAL, b->register_fault_kretprobe(&fk));
	hit();
	EXPECT("its calls and faults", 2, calls + faults);
	b->unregister_fault_kretprobe(&fk);
	hit();
	EXPECT("calls once the other file has unregistered it", 0, calls + faults);
	a->unregister_fault_kretprobe(&fk);
}

/* Each file calls probe_log_start() and probe_log_stop(), and logs a message. */
static void check_log(const struct two_files_api *a, const struct two_files_api *b)
{
	static struct jprobe jp;

	b->log_stop();
	EXPECT("start probe_log()", 0, a->log_start());
	EXPECT("start it in the other file, too", 0, b->log_start());
	a->log_stop();
	jp = (struct jprobe){ .entry = j_log, .kp.symbol_name = "target_empty" };
	EXPECT("register a jprobe that logs", 0, a->register_jprobe(&jp));
	calls = 0;
	inside = b;
	target_empty();
	inside = a;
	target_empty();
	b->unregister_jprobe(&jp);
	b->log_stop();
	a->log_stop();
}

static int __init two_files_init(void)
{
	page = vmalloc(PAGE_SIZE);
	if (!page)
		return -ENOMEM;
	check_jprobe(&two_files_first, &two_files_other);
	check_jprobe(&two_files_other, &two_files_first);
	check_fault(&two_files_first, &two_files_other, false);
	check_fault(&two_files_other, &two_files_first, false);
	check_fault(&two_files_first, &two_files_other, true);
	check_kretprobe(&two_files_first, &two_files_other);
	check_log(&two_files_first, &two_files_other);
	vfree(page);
	points_end();
	return 0;
}

static void __exit two_files_exit(void)
{
}

module_init(two_files_init);
module_exit(two_files_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("jprobe.h, fault_handler.h and probe_log.h in two C files");
