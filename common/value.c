// SPDX-License-Identifier: GPL-2.0-only
/* Format the fetched values of args= in the drain thread. */

#include <linux/kernel.h>

#include <probe/line.h>
#include <compat/stacktrace.h>
#include <common/args.h>
#include <common/fetch.h>
#include <common/target.h>
#include <common/value.h>

/* Format an error. The first one that args= could avoid is explained with a warning. */
static void probe_value_add_error(struct probe_line *line, const struct probe_arg *arg,
				  enum probe_fetch_error error)
{
	static const char * const texts[] = {
		[PROBE_FETCH_ERROR_FAULT] = "(fault)",
		[PROBE_FETCH_ERROR_USER] = "(user)",
		[PROBE_FETCH_ERROR_KERNEL] = "(kernel)",
	};
	static bool warned;

	if (error == PROBE_FETCH_ERROR_USER && !warned) {
		warned = true;
		pr_warn("args=: '%s' is in user memory, which string and + do not read: use ustring and +u\n",
			arg->name);
	}
	probe_line_add(line, "%s", texts[error]);
}

/*
 * Format a return address. One that is the start of a function is either that of a call at
 * the very end of the function before it, which %pB names. Or it is the trampoline of
 * kretprobes: returns true then.
 */
static bool probe_value_add_caller(struct probe_line *line, unsigned long addr)
{
	unsigned int start = line->len;
	bool trampoline;

	probe_line_add(line, "%pS", (void *)addr);
	if (!strstr(line->text + start, "+0x0/") || probe_is_returned_to(line->text + start))
		return false;
	trampoline = probe_stack_is_trampoline(line->text + start);
	line->len = start;
	if (trampoline)
		probe_line_add(line, "[kretprobe_trampoline]");
	else
		probe_line_add(line, "%pB", (void *)addr);
	return trampoline;
}

/**
 * probe_value_format() - add one value to a line
 * @line:    the line
 * @arg:     the value's description
 * @fetched: the values of the hit
 * @index:   index of its word
 *
 * Context: the drain thread, or panic.
 */
static void probe_value_format(struct probe_line *line, const struct probe_arg *arg,
			       const struct probe_fetched *fetched, unsigned int index)
{
	u32 faults = fetched->faults & probe_fetch_mask(arg, index);
	u64 number = probe_fetch_number(fetched, arg, index);
	unsigned int shift = 64 - 8 * arg->type->size;
	unsigned long word = fetched->words[index];

	if (faults) {
		probe_value_add_error(line, arg, fetched->words[__ffs(faults)]);
		return;
	}
	switch (arg->type->class) {
	case PROBE_UNSIGNED:
		probe_line_add(line, "%llu", number << shift >> shift);
		break;
	case PROBE_SIGNED:
		probe_line_add(line, "%lld", (s64)(number << shift) >> shift);
		break;
	case PROBE_HEX:
		probe_line_add(line, "0x%llx", number << shift >> shift);
		break;
	case PROBE_BOOL:
		probe_line_add(line, number << shift ? "true" : "false");
		break;
	case PROBE_ERRNO:
		probe_line_add_errno(line, arg->nr_derefs ? (int)word : probe_value_number(word));
		break;
	case PROBE_SYMBOL:
		if (arg->base == PROBE_BASE_CALLER && !arg->nr_derefs)
			probe_value_add_caller(line, word);
		else
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
 * @omit:    a value that is not added, or NULL
 *
 * Context: the drain thread, or panic.
 */
static void probe_value_format_all(struct probe_line *line,
				   const struct probe_target *target,
				   const struct probe_fetched *fetched,
				   const struct probe_arg *omit)
{
	const struct probe_fetch_program *program = target->program;
	unsigned int i;

	if (probe_args.hidden)
		return;
	for (i = 0; i < program->nr; i++) {
		const struct probe_arg *arg = &probe_args.args[i];

		if (arg == omit)
			continue;
		probe_line_add(line, " %s=", arg->name);
		probe_value_format(line, arg, fetched, program->value[i]);
	}
}
