/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe_log() - a printk() for probe handlers, safe anywhere and some ten times
 * as fast: it stores the values, and a thread formats and prints them later.
 *
 *	#include <probe_log.h>
 *
 *	static int handler_pre(struct kprobe *p, struct pt_regs *regs)
 *	{
 *		probe_log("ip=%lx %s\n", instruction_pointer(regs), current->comm);
 *		return 0;
 *	}
 *
 *	init:	err = probe_log_start();
 *		...
 *		err = register_kprobe(&kp);
 *
 *	exit:	unregister_kprobe(&kp);
 *		probe_log_stop();
 *
 * Of the conversions of printk() it takes %d %i %u %x %X %o %c %s %%, with flags,
 * width, precision and length, and %p %px %pe %ps %pS %pB. Others of %p look at
 * what a pointer points to, which may be gone by then: they print the pointer.
 * A string is copied when probe_log() is called, up to 127 characters, from
 * kernel memory; from anywhere else it is "(fault)". Up to 12 values.
 *
 * Any C file of a module may use it, in handlers of kprobes, jprobes and
 * kretprobes only: what keeps the records apart is that handlers do not nest. A fault
 * handler (fault_handler.h) may use it, too; what it logs while another probe_log()
 * takes its values, as it can where the kernel calls it right at the fault, is dropped.
 */
#ifndef PROBE_LOG_H
#define PROBE_LOG_H

#include <linux/ctype.h>
#include <linux/printk.h>
#include <linux/string.h>

#include <compat/uaccess.h>
#include <probe/drain.h>
#include <probe/gate.h>
#include <probe/record.h>
#include <probe/self.h>
#include <probe/shared.h>

#define PROBE_LOG_RING	(64 * 1024)
#define PROBE_LOG_STRING 128

/**
 * struct probe_message - the record of a probe_log()
 * @rec:     what all records have
 * @fmt:     the format, which the module has as long as it is loaded
 * @strings: bit i: the value with i values after it points to characters, which
 *           follow it
 * @nr:      how many values there are
 * @values:  the values, each a word, and the characters of strings
 */
struct probe_message {
	struct probe_record rec;
	const char *fmt;
	u32 strings;
	u32 nr;
	unsigned long values[];
};

/**
 * struct probe_log_state - what a CPU is doing
 * @busy:    composing a message, during which a fault handler may come and want to log
 *           one more
 * @dropped: messages that it could not take
 * @self:    messages that printing messages has caused
 */
struct probe_log_state {
	bool busy;
	u64 dropped;
	u64 self;
};

PROBE_SHARED_PER_CPU(struct probe_log_state, probe_log_state)

/* Copy a string, some bytes at a time, for it may end just before bad memory. */
static noinline __maybe_unused unsigned long *probe_log_copy(unsigned long *to, const char *from)
{
	char *s = (char *)to;
	unsigned int i, n;

	for (i = 0; i < PROBE_LOG_STRING; i += n) {
		n = min_t(unsigned int, PROBE_LOG_STRING - i,
			  8 - ((unsigned long)(from + i) & 7));
		if (probe_read_kernel(s + i, (unsigned long)(from + i), n)) {
			strscpy(s, "(fault)", PROBE_LOG_STRING);
			break;
		}
		if (memchr(s + i, '\0', n))
			break;
	}
	s[PROBE_LOG_STRING - 1] = '\0';
	return to + DIV_ROUND_UP(strlen(s) + 1, sizeof(*to));
}

static __always_inline struct probe_message *
probe_log_begin(const char *fmt, unsigned long strings, unsigned int len)
{
	struct probe_message *msg;

	/* Which probe calls is not known here. */
	if (unlikely(__this_cpu_read(probe_gates.any)) &&
	    ((__this_cpu_read(probe_gates.in_our_irq_work) && probe_self_irq_work(NULL)) ||
	     (__this_cpu_read(probe_gates.readers) && probe_self_reader(current, 0, NULL))))
		goto self;
	if (unlikely(current->flags & PF_KTHREAD) && probe_self_kthread(current, NULL))
		goto self;
	if (unlikely(__this_cpu_read(probe_log_state.busy)))
		goto drop;
	__this_cpu_write(probe_log_state.busy, true);
	barrier();
	msg = probe_record_reserve(len);
	if (unlikely(!msg)) {
		__this_cpu_write(probe_log_state.busy, false);
		goto drop;
	}
	probe_record_fill(&msg->rec, 0, 0, NULL);
	msg->fmt = fmt;
	msg->strings = strings;
	return msg;

drop:
	__this_cpu_inc(probe_log_state.dropped);
	return NULL;

self:
	__this_cpu_inc(probe_log_state.self);
	return NULL;
}

static __always_inline void probe_log_end(struct probe_message *msg, const void *end)
{
	probe_record_publish(&msg->rec, end - (void *)msg);
	barrier();
	__this_cpu_write(probe_log_state.busy, false);
}

/* Does it point to characters? */
#define PROBE_LOG_IS_STRING(value) \
	_Generic((value), char *: 1UL, const char *: 1UL, default: 0UL)

/* How many values, and a macro for each of them. */
#define PROBE_LOG_NR(...) \
	PROBE_LOG_NR_(0, ##__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define PROBE_LOG_NR_(_0, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, n, ...) n
#define PROBE_LOG_PASTE(a, b) PROBE_LOG_PASTE_(a, b)
#define PROBE_LOG_PASTE_(a, b) a##b
#define PROBE_LOG_EACH(do, ...) \
	PROBE_LOG_PASTE(PROBE_LOG_EACH_, PROBE_LOG_NR(__VA_ARGS__))(do, ##__VA_ARGS__)
#define PROBE_LOG_EACH_0(do)
#define PROBE_LOG_EACH_1(do, v) do(0, v)
#define PROBE_LOG_EACH_2(do, v, ...) do(1, v) PROBE_LOG_EACH_1(do, ##__VA_ARGS__)
#define PROBE_LOG_EACH_3(do, v, ...) do(2, v) PROBE_LOG_EACH_2(do, ##__VA_ARGS__)
#define PROBE_LOG_EACH_4(do, v, ...) do(3, v) PROBE_LOG_EACH_3(do, ##__VA_ARGS__)
#define PROBE_LOG_EACH_5(do, v, ...) do(4, v) PROBE_LOG_EACH_4(do, ##__VA_ARGS__)
#define PROBE_LOG_EACH_6(do, v, ...) do(5, v) PROBE_LOG_EACH_5(do, ##__VA_ARGS__)
#define PROBE_LOG_EACH_7(do, v, ...) do(6, v) PROBE_LOG_EACH_6(do, ##__VA_ARGS__)
#define PROBE_LOG_EACH_8(do, v, ...) do(7, v) PROBE_LOG_EACH_7(do, ##__VA_ARGS__)
#define PROBE_LOG_EACH_9(do, v, ...) do(8, v) PROBE_LOG_EACH_8(do, ##__VA_ARGS__)
#define PROBE_LOG_EACH_10(do, v, ...) do(9, v) PROBE_LOG_EACH_9(do, ##__VA_ARGS__)
#define PROBE_LOG_EACH_11(do, v, ...) do(10, v) PROBE_LOG_EACH_10(do, ##__VA_ARGS__)
#define PROBE_LOG_EACH_12(do, v, ...) do(11, v) PROBE_LOG_EACH_11(do, ##__VA_ARGS__)

/* Values are numbered by how many come after them. */
#define PROBE_LOG_MASK(i, v) | PROBE_LOG_IS_STRING(v) << (i)
#define PROBE_LOG_SIZE(i, v) + sizeof(long) + PROBE_LOG_IS_STRING(v) * PROBE_LOG_STRING
#define PROBE_LOG_STORE(i, v)							\
	*probe_to++ = (unsigned long)(v);					\
	if (PROBE_LOG_IS_STRING(v))						\
		probe_to = probe_log_copy(probe_to, (const char *)probe_to[-1]);

/**
 * probe_log() - log a message from a handler
 * @fmt: a string literal, as for printk(), without a level; the module's name is
 *       put in front when it is printed
 *
 * Context: a probe handler, between probe_log_start() and probe_log_stop().
 * Cannot fail as far as the caller is concerned: what does not fit into the buffer is
 * dropped, and what printing the messages has caused, as a process that reads the kernel's
 * log does with vfs_read() probed, is left out. Both are counted, and the numbers printed
 * by probe_log_stop().
 */
#define probe_log(fmt, ...)							\
do {										\
	struct probe_message *probe_msg;					\
	unsigned long *probe_to;						\
										\
	no_printk(fmt, ##__VA_ARGS__);						\
	probe_msg = probe_log_begin(fmt "",					\
			0 PROBE_LOG_EACH(PROBE_LOG_MASK, ##__VA_ARGS__),	\
			sizeof(*probe_msg)					\
			PROBE_LOG_EACH(PROBE_LOG_SIZE, ##__VA_ARGS__));		\
	if (!probe_msg)								\
		break;								\
	probe_msg->nr = PROBE_LOG_NR(__VA_ARGS__);				\
	probe_to = probe_msg->values;						\
	PROBE_LOG_EACH(PROBE_LOG_STORE, ##__VA_ARGS__)				\
	probe_log_end(probe_msg, probe_to);					\
} while (0)

/* The next value of a message; if it has characters, @text is set to them. */
static inline unsigned long probe_message_next(const unsigned long **values,
					       unsigned long strings, unsigned int *left,
					       const char **text)
{
	unsigned long value;

	*text = NULL;
	if (!*left)
		return 0;
	value = *(*values)++;
	if (strings & BIT(--*left)) {
		*text = (const char *)*values;
		*values += DIV_ROUND_UP(strlen(*text) + 1, sizeof(**values));
	}
	return value;
}

/*
 * Format a message: each conversion of its format is cut out and given to
 * vsnprintf() with its one value. All values are passed as longs, which is how
 * they were stored and, on the architectures there are, how any integer or
 * pointer is passed.
 */
static inline void probe_message_format(struct probe_line *line,
					const struct probe_record *rec)
{
	const struct probe_message *msg = container_of(rec, struct probe_message, rec);
	const unsigned long *values = msg->values;
	unsigned int left = msg->nr;
	const char *fmt = msg->fmt;

	while (*fmt) {
		char spec[32] = "%";
		const char *text;
		unsigned long value;
		size_t n = strcspn(fmt, "%");

		if (n || fmt[1] == '%') {
			probe_line_add(line, "%.*s", (int)(n ?: 1), fmt);
			fmt += n ?: 2;
			continue;
		}
		n = 1;
		for (fmt++; *fmt && strchr("-+ #0123456789.*hlLjzt", *fmt); fmt++) {
			if (*fmt == '*') {
				int number = probe_message_next(&values, msg->strings,
								&left, &text);

				/* A precision is never negative. */
				if (spec[n - 1] == '.')
					number = max(number, 0);
				n += scnprintf(spec + n, sizeof(spec) - 3 - n, "%d", number);
			} else if (n < sizeof(spec) - 4) {
				spec[n++] = *fmt;
			}
		}
		if (!*fmt)
			break;
		spec[n++] = *fmt++;
		value = probe_message_next(&values, msg->strings, &left, &text);
		if (spec[n - 1] == 'p') {
			if (*fmt && strchr("xesSB", *fmt))
				spec[n++] = *fmt++;
			while (isalnum(*fmt))
				fmt++;
		}
		spec[n] = '\0';
		if (spec[n - 1] == 's' && spec[n - 2] != 'p')
			probe_line_add(line, spec, text ?: "(not a string)");
		else
			probe_line_add(line, spec, value);
	}
	if (line->len && line->text[line->len - 1] == '\n')
		line->len--;
	probe_line_print(line);
}

/* A message that probe_log_stop() had no time to print. */
static inline void probe_message_discard(const struct probe_record *rec, unsigned int cpu)
{
	per_cpu(probe_log_state, cpu).dropped++;
}

/**
 * probe_log_start() - make the buffers and the thread that probe_log() needs
 *
 * Context: process context, may sleep.
 * Return: 0 or -errno.
 */
static inline int probe_log_start(void)
{
	int cpu, err;

	for_each_possible_cpu(cpu)
		per_cpu(probe_log_state, cpu) = (struct probe_log_state){};
	err = probe_drain_create(PROBE_LOG_RING, probe_message_format,
				 probe_message_discard, NULL);
	if (!err)
		probe_drain_start();
	return err;
}

/**
 * probe_log_stop() - print what is still to be printed, and free all
 *
 * The probes must have been unregistered: no handler may run any more.
 *
 * Context: process context, may sleep.
 */
static inline void probe_log_stop(void)
{
	u64 dropped = 0, self = 0;
	int cpu;

	probe_drain_destroy();
	for_each_possible_cpu(cpu) {
		dropped += per_cpu(probe_log_state.dropped, cpu);
		self += per_cpu(probe_log_state.self, cpu);
	}
	if (dropped)
		printk(KERN_WARNING KBUILD_MODNAME ": %llu messages dropped: the buffer was full, a fault handler came in between, or time to print them ran out\n",
		       dropped);
	if (self)
		printk(KERN_INFO KBUILD_MODNAME ": %llu messages left out: printing caused them\n",
		       self);
}

#endif
