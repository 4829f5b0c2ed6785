/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe_log() - a printk() for probe handlers: it is safe in any context and about ten times
 * as fast, because it only stores the values. A thread formats and prints them later.
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
 * It accepts up to 12 values and these conversions of printk(): %d %i %u %x %X %o %c %s %%
 * with flags, width, precision and length, and %p %px %pe %ps %pS %pB. Other forms of %p
 * dereference the pointer, which may be invalid when the message is printed: the pointer
 * itself is printed instead. A string is copied when probe_log() is called: up to 127
 * characters, from kernel memory only. If it cannot be read, "(fault)" is printed.
 *
 * Every C file of a module may use it, but only in handlers of kprobes, jprobes and
 * kretprobes: it relies on the fact that these do not nest. A fault handler
 * (fault_handler.h) may use it, too. If the kernel calls the fault handler for a fault inside
 * another probe_log(), its message is dropped.
 */
#ifndef PROBE_LOG_H
#define PROBE_LOG_H

#include <linux/ctype.h>
#include <linux/printk.h>
#include <linux/string.h>

#include <probe/drain.h>
#include <probe/gate.h>
#include <probe/memory.h>
#include <probe/record.h>
#include <probe/self.h>
#include <probe/shared.h>

#define PROBE_LOG_RING	(64 * 1024)	/* bytes for each CPU */
#define PROBE_LOG_STRING 128		/* bytes of a copied string, with the terminating zero */

/**
 * struct probe_log_record - the record of a message
 * @rec:     the header of all records
 * @fmt:     the format, a string literal of the module
 * @strings: bit i is set if the value that is followed by i more is a string
 * @nr:      number of values
 * @values:  the values, 64 bits each; that of a string is followed by a copy of it
 */
struct probe_log_record {
	struct probe_record rec;
	const char *fmt;
	u32 strings;
	u32 nr;
	u64 values[];
};

/**
 * struct probe_log_state - per-CPU state
 * @busy:    a record is being written; a probe_log() in a fault handler is dropped then
 * @dropped: number of messages that were dropped
 * @self:    number of self-induced messages, which were not logged
 */
struct probe_log_state {
	bool busy;
	u64 dropped;
	u64 self;
};

PROBE_SHARED_PER_CPU(struct probe_log_state, probe_log_state)

/* Number of calls of probe_log_start() without a probe_log_stop() yet. */
extern unsigned int probe_log_users;
PROBE_SHARED unsigned int probe_log_users;

/* Copy a string in aligned words, as it may end just before memory that cannot be read. */
static noinline __maybe_unused u64 *probe_log_copy(u64 *to, const char *from)
{
	char *s = (char *)to;
	unsigned int i, n;

	for (i = 0; i < PROBE_LOG_STRING; i += n) {
		n = min_t(unsigned int, PROBE_LOG_STRING - i,
			  8 - ((unsigned long)(from + i) & 7));
		if (probe_memory_read_kernel(s + i, (unsigned long)(from + i), n)) {
			strscpy(s, "(fault)", PROBE_LOG_STRING);
			break;
		}
		if (memchr(s + i, '\0', n))
			break;
	}
	s[PROBE_LOG_STRING - 1] = '\0';
	return to + DIV_ROUND_UP(strlen(s) + 1, sizeof(*to));
}

static __always_inline struct probe_log_record *
probe_log_begin(const char *fmt, unsigned long strings, unsigned int len)
{
	struct probe_log_record *msg;

	/* NULL: it is not known here which probe was hit. */
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

static __always_inline void probe_log_end(struct probe_log_record *msg, const void *end)
{
	probe_record_publish(&msg->rec, end - (void *)msg);
	barrier();
	__this_cpu_write(probe_log_state.busy, false);
}

/* Is a value a string? */
#define PROBE_LOG_IS_STRING(value) \
	_Generic((value), char *: 1UL, const char *: 1UL, default: 0UL)

/* The number of values, and a macro to apply another one to each of them. */
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

/* A value's number i is the number of values after it. */
#define PROBE_LOG_MASK(i, v) | PROBE_LOG_IS_STRING(v) << (i)
#define PROBE_LOG_SIZE(i, v) + sizeof(u64) + PROBE_LOG_IS_STRING(v) * PROBE_LOG_STRING
#define PROBE_LOG_STORE(i, v)							\
	*probe_to++ = PROBE_LOG_VALUE(v);					\
	if (PROBE_LOG_IS_STRING(v))						\
		probe_to = probe_log_copy(probe_to, (const char *)(unsigned long)probe_to[-1]);

/* A value without a change of its bits. The conditional operator makes a pointer of an array. */
#define PROBE_LOG_VALUE(v)							\
	__builtin_choose_expr(sizeof(1 ? (v) : (v)) > sizeof(long), (v), (unsigned long)(v))

/**
 * probe_log() - log a message from a handler
 * @fmt: a string literal as for printk(), without a level; the module's name is printed
 *       in front of it
 *
 * Returns nothing. A message that does not fit into the ring is dropped. A self-induced
 * message is omitted: one that was caused by printing, for example by a process that reads
 * the kernel log while vfs_read() is probed. probe_log_stop() prints the numbers of both.
 *
 * Context: a probe handler, between probe_log_start() and probe_log_stop().
 */
#define probe_log(fmt, ...)							\
do {										\
	struct probe_log_record *probe_msg;					\
	u64 *probe_to;								\
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

/* Returns the next value of a record. Sets *@text to the string, or to NULL. */
static inline u64 probe_log_next_value(const u64 **values, unsigned long strings,
				       unsigned int *left, const char **text)
{
	u64 value;

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
 * Format a message: each conversion of its format is passed to vsnprintf() separately, with
 * its value, as a long, or as a long long if the conversion says so: on the supported
 * architectures any other integer or pointer is passed like a long.
 */
static inline void probe_log_format(struct probe_line *line,
				    const struct probe_record *rec)
{
	const struct probe_log_record *msg = container_of(rec, struct probe_log_record, rec);
	const u64 *values = msg->values;
	unsigned int left = msg->nr;
	const char *fmt = msg->fmt;

	while (*fmt) {
		char conversion[32] = "%";
		const char *text;
		u64 value;
		size_t n = strcspn(fmt, "%");

		if (n || fmt[1] == '%') {
			probe_line_add(line, "%.*s", (int)(n ?: 1), fmt);
			fmt += n ?: 2;
			continue;
		}
		n = 1;
		for (fmt++; *fmt && strchr("-+ #0123456789.*hlLjzt", *fmt); fmt++) {
			if (*fmt == '*') {
				int number = probe_log_next_value(&values, msg->strings,
								&left, &text);

				/* printk() treats a negative precision as 0. */
				if (conversion[n - 1] == '.')
					number = max(number, 0);
				n += scnprintf(conversion + n, sizeof(conversion) - 3 - n, "%d", number);
			} else if (n < sizeof(conversion) - 4) {
				conversion[n++] = *fmt;
			}
		}
		if (!*fmt)
			break;
		conversion[n++] = *fmt++;
		value = probe_log_next_value(&values, msg->strings, &left, &text);
		if (conversion[n - 1] == 'p') {
			if (*fmt && strchr("xesSB", *fmt))
				conversion[n++] = *fmt++;
			while (isalnum(*fmt))
				fmt++;
		}
		conversion[n] = '\0';
		if (conversion[n - 1] == 's' && conversion[n - 2] != 'p')
			probe_line_add(line, conversion, text ?: "(not a string)");
		else if (strstr(conversion, "ll") || strchr(conversion, 'L'))
			probe_line_add(line, conversion, value);
		else
			probe_line_add(line, conversion, (unsigned long)value);
	}
	if (line->len && line->text[line->len - 1] == '\n')
		line->len--;
	probe_line_print(line);
}

/* Count a message that probe_log_stop() could not print in the time it has. */
static inline void probe_log_discard(const struct probe_record *rec, unsigned int cpu)
{
	per_cpu(probe_log_state, cpu).dropped++;
}

/**
 * probe_log_start() - allocate the rings and create the thread that probe_log() needs
 *
 * They are the module's: each C file that uses them may call this, and then
 * probe_log_stop().
 *
 * Context: process context, may sleep; the caller serialises, as a module's init and exit are.
 * Return: 0 or -errno.
 */
static inline int probe_log_start(void)
{
	int cpu, err;

	if (probe_log_users) {
		probe_log_users++;
		return 0;
	}
	for_each_possible_cpu(cpu)
		per_cpu(probe_log_state, cpu) = (struct probe_log_state){};
	err = probe_drain_create(PROBE_LOG_RING, probe_log_format,
				 probe_log_discard, NULL);
	if (err)
		return err;
	probe_log_users = 1;
	probe_drain_start();
	return 0;
}

/**
 * probe_log_stop() - print the remaining messages, stop the thread and free the rings
 *
 * The last of as many calls as probe_log_start() had stops it; the others do nothing. The
 * probes must have been unregistered: no handler may be running any more. Printing takes at
 * most a second; the rest is dropped.
 *
 * Context: as probe_log_start().
 */
static inline void probe_log_stop(void)
{
	u64 dropped = 0, self = 0;
	int cpu;

	if (!probe_log_users || --probe_log_users)
		return;
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
