// SPDX-License-Identifier: GPL-2.0-only
/*
 * log_words: a user of probe_log(). A jprobe's entry function logs a sequence of messages. The
 * same messages are printed with printk(), which shows what is expected:
 *
 *	log_words: message 7: ...
 *	log_words_expected: message 7: ...
 *
 * Write to these parameters:
 *   run    log all messages, then print the expected ones
 *   flood  N: log N messages with interrupts off
 *   nested N: log a message with an unmapped string N times; its fault handler logs one, too
 * Read:
 *   fault_calls   the number of calls of the fault handler
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <jprobe.h>
#include <probe_log.h>

void log_words_target(void);

noinline void log_words_target(void)
{
	barrier();
}

/* The values of the messages are variables, so that the compiler does not know them. */
static struct {
	s8 s8;
	u8 u8;
	s16 s16;
	u16 u16;
	s32 s32;
	u32 u32;
	s64 s64;
	u64 u64;
	long minus;
	size_t size;
	bool yes;
	char letter;
	int width;
	int negative;
	const char *word;
	const char *empty;
	char array[16];
	char c127[128];
	char c128[129];
	char c300[301];
	char *at_page_end;
	char *into_nothing;
	const char *unmapped;
	const char *user;
	const char *null;
	const char *error;
} w = {
	.s8 = -128, .u8 = 255, .s16 = -32768, .u16 = 65535,
	.s32 = S32_MIN, .u32 = U32_MAX, .s64 = S64_MIN, .u64 = U64_MAX,
	.minus = -1, .size = 4096, .yes = true, .letter = 'x',
	.width = 9, .negative = -9,
	.word = "word", .empty = "", .array = "in an array",
};

static unsigned int nr;

/*
 * SAME() is a message that both must print the same way. EITHER() and OTHER() are for cases
 * where probe_log() is documented to differ from printk().
 */
#define SAME(fmt, ...) EITHER(fmt, fmt, ##__VA_ARGS__)
#define EITHER(log, expected, ...)						\
do {										\
	nr++;									\
	if (logging)								\
		probe_log("message %u: " log "\n", nr, ##__VA_ARGS__);		\
	else									\
		printk(KERN_INFO "log_words_expected: message %u: " expected "\n",\
		       nr, ##__VA_ARGS__);					\
} while (0)
#define OTHER(fmt, value, expected)						\
do {										\
	nr++;									\
	if (logging)								\
		probe_log("message %u: " fmt "\n", nr, value);			\
	else									\
		printk(KERN_INFO "log_words_expected: message %u: %s\n", nr, expected);\
} while (0)

static noinline void integers(bool logging)
{
	SAME("%d %i %d %i", w.s8, w.s16, w.s32, (int)w.u8);
	SAME("%u %u %u", w.u8, w.u16, w.u32);
	SAME("%hhd %hhu %hd %hu", w.s8, w.u8, w.s16, w.u16);
	SAME("%hhx %hx %x", w.s8, w.s16, w.s32);
	SAME("%ld %lu %lx", w.minus, w.minus, w.minus);
	SAME("%lld %llu %llx %llX", w.s64, w.u64, w.s64, w.u64);
	SAME("%zu %zd %td", w.size, w.size, w.word - (w.word + 3));
	SAME("%x %X %#x %#X %o %#o", 0xabcdefu, 0xabcdefu, 0xabcdefu, 0xabcdefu, 8u, 8u);
	SAME("%d %d %u %x", w.yes, (int)w.minus, (unsigned int)w.minus, (unsigned int)w.minus);
	SAME("%d|%ld|%lld", INT_MAX, LONG_MAX, S64_MAX);
	SAME("%d|%ld|%lld", INT_MIN, LONG_MIN, S64_MIN);
	SAME("%d%d%d", 1, 2, 3);
}

static noinline void widths(bool logging)
{
	SAME("[%5d] [%-5d] [%05d] [%+d] [% d]", 42, 42, 42, 42, 42);
	SAME("[%*d] [%-*d] [%*d]", w.width, -42, w.width, -42, w.negative, -42);
	SAME("[%.3d] [%8.3d] [%-8.3d] [%.*d] [%*.*d]", 7, 7, 7, 4, 7, w.width, 3, 7);
	SAME("[%016lx] [%#018lx] [%20ld] [%-20lu]", w.minus, w.minus, w.minus, w.minus);
	SAME("[%c] [%3c] [%-3c] [%*c]", w.letter, w.letter, w.letter, w.width, w.letter);
	SAME("%d%% of %d%%", 10, 100);
	SAME("%% %%%d%%", 1);
}

static noinline void strings(bool logging)
{
	SAME("%s", w.word);
	SAME("[%s] [%s]", w.empty, w.array);
	SAME("[%10s] [%-10s] [%.2s] [%10.2s]", w.word, w.word, w.word, w.word);
	SAME("[%*s] [%-*s] [%.*s] [%*.*s]", w.width, w.word, w.width, w.word, 2, w.word,
	     w.width, 2, w.word);
	SAME("%s %d %s %ld %s", w.word, -1, "literal", w.minus, current->comm);
	SAME("[%s]", w.c127);
	EITHER("[%s]", "[%.127s]", w.c128);
	EITHER("[%s]", "[%.127s]", w.c300);
	SAME("[%s]", w.at_page_end);
	OTHER("[%s]", w.into_nothing, "[(fault)]");
	OTHER("[%s]", w.unmapped, "[(fault)]");
	OTHER("[%s]", w.user, "[(fault)]");
	OTHER("[%s]", w.null, "[(fault)]");
	OTHER("[%s]", w.error, "[(fault)]");
	SAME("%s%s%s%s%s%s%s%s%s%s%s", "a", "", "b", "", "c", "", "d", "", "e", "", "f");
}

static noinline void pointers(bool logging)
{
	const void *inside = (const char *)log_words_target + 1;

	SAME("%px [%20px]", &w, &w);
	SAME("%p", &w);
	SAME("%ps %pS %pB", (void *)log_words_target, (void *)log_words_target, inside);
	SAME("%ps, %pS.", (void *)vfree, inside);
	SAME("%pe %pe", ERR_PTR(-ENOENT), ERR_PTR(-ENOMEM));
	/* The object may be freed before the line is printed, so it is printed as with %p. */
	EITHER("%pI4|%d", "%p|%d", &w, 5);
	EITHER("%pISpc|%d", "%p|%d", &w, 6);
}

static noinline void numbers_of_values(bool logging)
{
	SAME("%d %d %d %d %d %d %d %d %d %d %d", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
	SAME("%lx %s %d %llx %s %c %hhd %zu %u %s %d", w.minus, w.word, w.s32, w.u64, w.array,
	     w.letter, w.s8, w.size, w.u32, w.empty, w.width);
	nr++;
	if (logging) {
		probe_log("message of no values at all\n");
		probe_log("no newline: %d", 1);
	} else {
		printk(KERN_INFO "log_words_expected: message of no values at all\n");
		printk(KERN_INFO "log_words_expected: no newline: %d\n", 1);
	}
}

/* Ten times a hundred characters are more than one record of the kernel's log can hold. */
static noinline void long_lines(bool logging)
{
	if (logging)
		probe_log("long %.100s %.100s %.100s %.100s %.100s %.100s %.100s %.100s %.100s %.100s end\n",
			  w.c127, w.c127, w.c127, w.c127, w.c127, w.c127, w.c127, w.c127,
			  w.c127, w.c127);
}

static void all(bool logging)
{
	nr = 0;
	integers(logging);
	widths(logging);
	strings(logging);
	pointers(logging);
	numbers_of_values(logging);
	long_lines(logging);
}

static bool flooding, nesting;
static unsigned int fault_calls;
module_param(fault_calls, uint, 0444);

static void j_target(void)
{
	if (flooding)
		probe_log("flood %u\n", ++nr);
	else if (nesting)
		probe_log("outer %s %s\n", w.unmapped, w.word);
	else
		all(true);
	jprobe_return();
}

/* Called during the outer probe_log(), or after the entry function. */
static int handler_fault(struct kprobe *p, struct pt_regs *regs, int trapnr)
{
	if (nesting) {
		fault_calls++;
		probe_log("inner %u of trap %d\n", fault_calls, trapnr);
	}
	return 0;
}

static struct jprobe words_jprobe = {
	.entry = j_target,
	.fault_handler = handler_fault,
	.kp.symbol_name = "log_words_target",
};

static int run_set(const char *val, const struct kernel_param *kp)
{
	w.user = current->mm ? (const char *)current->mm->arg_start : NULL;
	flooding = false;
	log_words_target();
	all(false);
	return 0;
}

static int flood_set(const char *val, const struct kernel_param *kp)
{
	unsigned int count, i;
	unsigned long flags;
	int err;

	err = kstrtouint(val, 0, &count);
	if (err)
		return err;
	nr = 0;
	flooding = true;
	local_irq_save(flags);
	for (i = 0; i < count; i++)
		log_words_target();
	local_irq_restore(flags);
	return 0;
}

static int nested_set(const char *val, const struct kernel_param *kp)
{
	unsigned int count, i;
	int err;

	err = kstrtouint(val, 0, &count);
	if (err)
		return err;
	WRITE_ONCE(nesting, true);
	for (i = 0; i < count; i++)
		log_words_target();
	WRITE_ONCE(nesting, false);
	return 0;
}

static const struct kernel_param_ops run_ops = {
	.set = run_set,
};

static const struct kernel_param_ops nested_ops = {
	.set = nested_set,
};

static const struct kernel_param_ops flood_ops = {
	.set = flood_set,
};

module_param_cb(run, &run_ops, NULL, 0200);
MODULE_PARM_DESC(run, "write: log all messages, then print the expected ones");
module_param_cb(flood, &flood_ops, NULL, 0200);
MODULE_PARM_DESC(flood, "write N: log N messages with interrupts off");
module_param_cb(nested, &nested_ops, NULL, 0200);
MODULE_PARM_DESC(nested, "write N: log N messages that a fault handler interrupts");

/* vmalloc() leaves an unmapped page after its areas. */
static char *page, *full_page;

static int __init words_init(void)
{
	int err = -ENOMEM;

	page = vmalloc(PAGE_SIZE);
	full_page = vmalloc(PAGE_SIZE);
	if (!page || !full_page)
		goto free;
	memset(full_page, '?', PAGE_SIZE);
	w.into_nothing = full_page + PAGE_SIZE - 10;
	w.at_page_end = page + PAGE_SIZE - 10;
	memcpy(w.at_page_end, "page end.", 10);
	w.unmapped = page + PAGE_SIZE;
	w.error = ERR_PTR(-EFAULT);
	memset(w.c127, '7', 127);
	memset(w.c128, '8', 128);
	memset(w.c300, '3', 300);

	err = probe_log_start();
	if (err)
		goto free;
	err = register_jprobe(&words_jprobe);
	if (!err)
		return 0;
	probe_log_stop();
free:
	vfree(full_page);
	vfree(page);
	return err;
}

static void __exit words_exit(void)
{
	unregister_jprobe(&words_jprobe);
	probe_log_stop();
	vfree(full_page);
	vfree(page);
}

module_init(words_init);
module_exit(words_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("A user of probe_log()");
