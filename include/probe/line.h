/* SPDX-License-Identifier: GPL-2.0-only */
/* Build a line of dmesg and print it. */
#ifndef PROBE_LINE_H
#define PROBE_LINE_H

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/time64.h>

#include <probe/record.h>

/* Lines are cut at this length: printk() truncates a record at 1024 bytes with its prefix. */
#define PROBE_LINE_CUT 900

/**
 * struct probe_line - a line of dmesg that is being built
 * @cpu:  the CPU that wrote the record
 * @len:  number of characters
 * @tail: offset of the part that is never cut, because it ends with the name of a task
 *        without quotes; 0 if there is none
 * @text: the line, without the module's name, which is added when it is printed
 */
struct probe_line {
	unsigned int cpu;
	unsigned int len;
	unsigned int tail;
	char text[6144];
};

/**
 * probe_line_add() - add formatted text to a line
 * @line: the line; text that does not fit is omitted
 * @fmt:  the format, as for printk()
 *
 * Context: the drain thread, or panic.
 */
static inline __printf(2, 3) void probe_line_add(struct probe_line *line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line->len += vscnprintf(line->text + line->len,
				sizeof(line->text) - line->len, fmt, args);
	va_end(args);
}

/*
 * Returns where to cut a text of more than PROBE_LINE_CUT characters, of which the first
 * @tail may be cut: at the last blank outside quotes, so that no piece begins or ends with
 * characters that a process can choose.
 */
static inline unsigned int probe_line_cut(const char *text, unsigned int tail)
{
	bool quoted = false;
	unsigned int cut = 0;
	unsigned int i;

	for (i = 0; i <= PROBE_LINE_CUT && i <= tail; i++) {
		if (quoted && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (text[i] == ' ' && !quoted)
			cut = i;
	}
	return cut ?: PROBE_LINE_CUT;
}

/**
 * probe_line_print() - print a line and start a new one
 * @line: the line; each control character is printed as "?"
 *
 * A line of more than PROBE_LINE_CUT characters is printed in pieces. At each cut, the first
 * piece ends with " ...N" and the next one begins with "...N". N counts the cuts, so a
 * program never joins pieces of two lines, even if parts of the log are lost.
 *
 * Context: the drain thread, or panic.
 */
static inline void probe_line_print(struct probe_line *line)
{
	static unsigned int cuts;
	const char *text = line->text;
	unsigned int left = line->len;
	unsigned int tail = line->tail ?: left;
	char begin[16] = "";
	char end[16];
	unsigned int i;

	/* Without control characters, a name or a string cannot forge a line. */
	for (i = 0; i < line->len; i++)
		if (iscntrl(line->text[i]))
			line->text[i] = '?';

	while (left > PROBE_LINE_CUT) {
		unsigned int cut = probe_line_cut(text, tail);

		snprintf(end, sizeof(end), "...%u", ++cuts);
		printk(KERN_INFO KBUILD_MODNAME ": %s%.*s %s\n", begin, cut, text, end);
		strscpy(begin, end, sizeof(begin));
		text += cut;
		left -= cut;
		tail -= min(tail, cut);
	}
	printk(KERN_INFO KBUILD_MODNAME ": %s%.*s\n", begin, left, text);
	line->len = 0;
	line->tail = 0;
}

/**
 * probe_line_add_escaped() - add text that may contain any bytes
 * @line: the line
 * @s:    the text; quotes, backslashes and bytes that are not printable ASCII are escaped as
 *        in C
 * @len:  length of @s in bytes
 *
 * Context: the drain thread, or panic.
 */
static inline void probe_line_add_escaped(struct probe_line *line, const char *s,
					  unsigned int len)
{
	for (; len--; s++) {
		if (*s == '"' || *s == '\\')
			probe_line_add(line, "\\%c", *s);
		else if (isascii(*s) && isprint(*s))
			probe_line_add(line, "%c", *s);
		else if (*s == '\n')
			probe_line_add(line, "\\n");
		else if (*s == '\t')
			probe_line_add(line, "\\t");
		else
			probe_line_add(line, "\\x%02x", (u8)*s);
	}
}

/**
 * probe_line_add_quoted() - add text that may contain any bytes, in double quotes
 * @line: the line
 * @s:    the text, which is escaped
 * @len:  length of @s in bytes
 *
 * Context: the drain thread, or panic.
 */
static inline void probe_line_add_quoted(struct probe_line *line, const char *s,
					 unsigned int len)
{
	probe_line_add(line, "\"");
	probe_line_add_escaped(line, s, len);
	probe_line_add(line, "\"");
}

/**
 * probe_line_add_errno() - add a number, and its name if it is an errno
 * @line:   the line
 * @number: the number
 *
 * Context: the drain thread, or panic.
 */
static inline void probe_line_add_errno(struct probe_line *line, long number)
{
	char name[32];

	probe_line_add(line, "%ld", number);
	if (!IS_ERR_VALUE(number))
		return;
	/* %pe prints an errno without a name as a number. */
	snprintf(name, sizeof(name), "%pe", ERR_PTR(number));
	if (strstarts(name, "-E"))
		probe_line_add(line, " %s", name);
}

/**
 * probe_line_add_origin() - add time, CPU and task of a hit
 * @line: the line
 * @rec:  the hit's record
 *
 * Context: the drain thread, or panic.
 */
static inline void probe_line_add_origin(struct probe_line *line, const struct probe_record *rec)
{
	u32 ns;
	u64 s = div_u64_rem(rec->time, NSEC_PER_SEC, &ns);

	line->tail = line->len;
	probe_line_add(line, " t=%llu.%09u cpu=%u pid=%d tid=%d comm=", s, ns,
		       line->cpu, rec->tgid, rec->tid);
	probe_line_add_escaped(line, rec->comm, strnlen(rec->comm, TASK_COMM_LEN));
}

#endif
