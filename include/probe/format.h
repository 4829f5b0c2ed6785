/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of dmesg: put together, and printed, nowhere but here. */
#ifndef PROBE_FORMAT_H
#define PROBE_FORMAT_H

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
 * @text: the line, without the module's name, which printing puts in front
 */
struct probe_line {
	unsigned int cpu;
	unsigned int len;
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

/**
 * probe_line_print() - print a line and start a new one
 * @line: the line; a long one goes on in a second one that begins with "...", and
 *        each control character is shown as "?"
 *
 * Context: the drain thread, or panic.
 */
static inline void probe_line_print(struct probe_line *line)
{
	const char *text = line->text;
	unsigned int left = line->len;
	unsigned int i;

	/* A name or a string must not begin a line of its own making. */
	for (i = 0; i < line->len; i++)
		if (iscntrl(line->text[i]))
			line->text[i] = '?';

	while (left > PROBE_LINE_CUT) {
		unsigned int cut = PROBE_LINE_CUT;

		while (cut > PROBE_LINE_CUT / 2 && text[cut] != ' ')
			cut--;
		printk(KERN_INFO KBUILD_MODNAME ": %s%.*s\n",
		       text == line->text ? "" : "...", cut, text);
		text += cut;
		left -= cut;
	}
	printk(KERN_INFO KBUILD_MODNAME ": %s%.*s\n",
	       text == line->text ? "" : "...", left, text);
	line->len = 0;
}

/**
 * probe_line_add_quoted() - add text of unknown contents, in double quotes
 * @line: the line
 * @s:    the text; what is not printable ASCII is escaped as in C
 * @len:  characters of it
 *
 * Context: the drain thread, or panic.
 */
static inline void probe_line_add_quoted(struct probe_line *line, const char *s,
					 unsigned int len)
{
	probe_line_add(line, "\"");
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

	probe_line_add(line, " t=%llu.%09u cpu=%u pid=%d tid=%d comm=%*pE", s, ns,
		       line->cpu, rec->tgid, rec->tid,
		       (int)strnlen(rec->comm, TASK_COMM_LEN), rec->comm);
}

#endif
