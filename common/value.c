// SPDX-License-Identifier: GPL-2.0-only
/* Format the values of args=. */

#include <linux/kernel.h>

#include <probe/line.h>
#include <common/args.h>
#include <common/fetch.h>
#include <common/target.h>
#include <common/value.h>

/* Why there is no value. That a user pointer was taken for another one is told once. */
static void probe_line_add_unread(struct probe_line *line, const struct probe_arg *arg,
					 enum probe_unread why)
{
	static const char * const texts[] = {
		[PROBE_UNREAD_FAULT] = "(fault)",
		[PROBE_UNREAD_USER] = "(user)",
		[PROBE_UNREAD_KERNEL] = "(kernel)",
	};
	static bool told;

	if (why == PROBE_UNREAD_USER && !told) {
		told = true;
		pr_warn("args=: '%s' leads to user memory, where string and + do not read: write ustring and +u\n",
			arg->name);
	}
	probe_line_add(line, "%s", texts[why]);
}

/**
 * probe_value_format() - add one value to a line
 * @line:    the line
 * @arg:     what it is
 * @fetched: the values of the hit
 * @index:   the word that it is in
 *
 * Context: the drain thread, or panic.
 */
static void probe_value_format(struct probe_line *line, const struct probe_arg *arg,
					const struct probe_fetched *fetched, unsigned int index)
{
	unsigned long word = fetched->words[index];
	unsigned int shift = 64 - 8 * arg->type->size;

	if (fetched->faults & BIT(index)) {
		probe_line_add_unread(line, arg, word);
		return;
	}
	switch (arg->type->class) {
	case PROBE_UNSIGNED:
		probe_line_add(line, "%lu", word << shift >> shift);
		break;
	case PROBE_SIGNED:
		probe_line_add(line, "%ld", (long)(word << shift) >> shift);
		break;
	case PROBE_HEX:
		probe_line_add(line, "0x%lx", word << shift >> shift);
		break;
	case PROBE_BOOL:
		probe_line_add(line, word << shift ? "true" : "false");
		break;
	case PROBE_ERRNO:
		probe_line_add_errno(line, arg->nr_derefs ? (int)word : probe_value_number(word));
		break;
	case PROBE_SYMBOL:
		probe_line_add(line, "%pS", (void *)word);
		break;
	case PROBE_STRING:
		probe_line_add_quoted(line, (const char *)fetched + (word >> 16),
				      min_t(unsigned int, (u16)word, PROBE_STRING_MAX));
		if ((u16)word > PROBE_STRING_MAX)
			probe_line_add(line, "...");
		break;
	}
}

/**
 * probe_value_format_all() - add the values of a hit to a line
 * @line:    the line
 * @target:  the probe that was hit
 * @fetched: its values
 * @but:     one that is shown elsewhere, or NULL
 *
 * Context: the drain thread, or panic.
 */
static void probe_value_format_all(struct probe_line *line,
					 const struct probe_target *target,
					 const struct probe_fetched *fetched,
					 const struct probe_arg *but)
{
	const struct probe_fetch_program *program = target->program;
	unsigned int i;

	for (i = 0; i < program->nr; i++) {
		const struct probe_arg *arg = &probe_args.args[i];

		if (arg == but)
			continue;
		probe_line_add(line, " %s=", arg->name);
		probe_value_format(line, arg, fetched, program->value[i]);
	}
}
