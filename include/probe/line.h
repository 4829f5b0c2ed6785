/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of dmesg: put together, and printed, nowhere but here. */
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

/* The kernel cuts a record at 1024 bytes, its own prefix included. */
#define PROBE_LINE_CUT 900

/**
 * struct probe_line - a line of dmesg in the making
 * @cpu:  where the record that it tells of was written
 * @len:  characters so far
 * @tail: where the part begins that is never cut, because it ends with a task's name,
 *        which has no quotes around it; 0 if there is none
 * @text: the line, without the module's name, which printing puts in front
 */
struct probe_line {
	unsigned int cpu;
	unsigned int len;
	unsigned int tail;
	char text[6144];
};

/**
 * probe_line_add() - add to a line, as printf
 * @line: the line; what does not fit any more is left out
 * @fmt:  format
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
 * Where to cut a text of more than PROBE_LINE_CUT characters, @tail of which may be cut:
 * at the last blank outside quotes, so that no piece begins or ends with characters that
 * a process can choose.
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
 * @line: the line; each control character is shown as "?"
 *
 * A line of more than PROBE_LINE_CUT characters is printed in pieces. Where it is cut,
 * the piece before ends with " ...N" and the one behind begins with "...N". N counts the
 * cuts, so a reader never joins pieces of two lines, whatever of the log is lost.
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

	/* A name or a string must not begin a line of its own making. */
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
 * probe_line_add_escaped() - add text of unknown contents
 * @line: the line
 * @s:    the text; what is not printable ASCII, a quote or a backslash is escaped as in C
 * @len:  characters of it
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
 * probe_line_add_quoted() - add text of unknown contents, in double quotes
 * @line: the line
 * @s:    the text, which is escaped
 * @len:  characters of it
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
 * probe_line_add_errno() - add a number that may be an errno, and its name then
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
	/* One that has no name comes as its number once more. */
	snprintf(name, sizeof(name), "%pe", ERR_PTR(number));
	if (strstarts(name, "-E"))
		probe_line_add(line, " %s", name);
}

/**
 * probe_line_add_origin() - when, where and in which task a hit was
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
