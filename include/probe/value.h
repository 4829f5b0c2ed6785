/* SPDX-License-Identifier: GPL-2.0-only */
/* The values of args=, as they are shown. */
#ifndef PROBE_VALUE_H
#define PROBE_VALUE_H

#include <linux/err.h>
#include <linux/kernel.h>

#include <probe/fetch.h>
#include <probe/format.h>
#include <probe/spec.h>
#include <probe/target.h>

/**
 * probe_is_errno() - is what a register holds an errno?
 * @value: the register
 *
 * It does not tell the type. A small negative number is an errno, as a long or as an
 * int, whose upper half is zero then.
 *
 * Context: any.
 */
static __always_inline bool probe_is_errno(unsigned long value)
{
	return unlikely((u32)value >= (u32)-MAX_ERRNO) &&
	       (value <= U32_MAX || IS_ERR_VALUE(value));
}

/**
 * probe_value_number() - what number a register holds
 * @value: the register
 *
 * Context: any.
 * Return: the number.
 */
static inline long probe_value_number(unsigned long value)
{
	return probe_is_errno(value) ? (int)value : (long)value;
}

/* Why there is no value. That a user pointer was taken for another one is told once. */
static inline void probe_line_add_unread(struct probe_line *line, const struct probe_arg *arg,
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
 * probe_line_add_value() - add one value to a line
 * @line:    the line
 * @arg:     what it is
 * @fetched: the values of the hit
 * @index:   the word that it is in
 *
 * Context: the drain thread, or panic.
 */
static inline void probe_line_add_value(struct probe_line *line, const struct probe_arg *arg,
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
 * probe_line_add_values() - add the values of a hit to a line
 * @line:    the line
 * @target:  the probe that was hit
 * @fetched: its values
 * @but:     one that is shown elsewhere, or NULL
 *
 * Context: the drain thread, or panic.
 */
static inline void probe_line_add_values(struct probe_line *line,
					 const struct probe_target *target,
					 const struct probe_fetched *fetched,
					 const struct probe_arg *but)
{
	const struct probe_plan *plan = target->plan;
	unsigned int i;

	for (i = 0; i < plan->nr; i++) {
		const struct probe_arg *arg = &probe_spec.args[i];

		if (arg == but)
			continue;
		probe_line_add(line, " %s=", arg->name);
		probe_line_add_value(line, arg, fetched, plan->value[i]);
	}
}

/**
 * probe_fetched_end() - what follows the values of a hit in its record
 * @fetched: the values
 *
 * Context: any.
 */
static inline const void *probe_fetched_end(const struct probe_fetched *fetched)
{
	return (const char *)fetched + fetched->size;
}

#endif
