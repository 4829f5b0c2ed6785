// SPDX-License-Identifier: GPL-2.0-only
/* The parameter dump_stack=, and print the stack of a hit. */

#include <probe/gate.h>
#include <probe/line.h>
#include <common/stack.h>

/**
 * probe_stack_init() - find what probe_caller() needs
 *
 * Context: process context, under probe_mutex, may sleep.
 */
static void probe_stack_init(void)
{
	static const char * const names[] = { PROBE_STACK_TRAMPOLINES };
	unsigned long unused;
	unsigned int i;
	void *addr;

	for (i = 0; i < ARRAY_SIZE(names) && !PROBE_FRAME_IS_UNIQUE; i++) {
		/* It must not be probed itself, but has an address. */
		probe_symbols_lookup_addr(names[i], &addr, &unused);
		if (addr)
			probe_stack_trampoline = (unsigned long)addr;
	}
}

static int probe_stack_apply(unsigned long value)
{
	WRITE_ONCE(probe_dump_stack, value);
	probe_gate_set(stack, value);
	return 0;
}

static struct probe_param_number probe_dump_stack_param = {
	.max = 1, .apply = probe_stack_apply, .expected = "0 or 1",
};

module_param_cb(dump_stack, &probe_param_number_ops, &probe_dump_stack_param, 0600);
MODULE_PARM_DESC(dump_stack, "1: log the kernel stack of each logged hit (default: 0)");

/**
 * probe_stack_print_entries() - print a line for each entry of a stack
 * @line:    an empty line
 * @entries: the entries, the probed address first
 * @nr:      their number
 * @max:     the largest number that could have been kept
 *
 * Context: the drain thread, panic, or a report.
 */
static void probe_stack_print_entries(struct probe_line *line, const unsigned long *entries,
				      unsigned long nr, unsigned int max)
{
	bool trampoline = false;
	unsigned long i;

	for (i = 0; i < nr; i++) {
		/* The first entry is the probed address, all others are return addresses. */
		probe_line_add(line, " ");
		if (i)
			trampoline = probe_value_add_caller(line, entries[i]);
		else
			probe_line_add(line, "%pS", (void *)entries[i]);
		probe_line_print(line);
	}
	if (i == max) {
		probe_line_add(line, " ... (%u entries are kept)", max);
		probe_line_print(line);
	} else if (trampoline) {
		probe_line_add(line, " ... (this kernel does not record where a function with a return probe was called)");
		probe_line_print(line);
	}
}

/**
 * probe_stack_print() - print the stack of a hit, if its record has one
 * @line:  an empty line
 * @rec:   the hit's record
 * @stack: where the stack is in the record, if it has one
 *
 * Context: the drain thread, or panic.
 */
static void probe_stack_print(struct probe_line *line,
			      const struct probe_record *rec,
			      const struct probe_stack *stack)
{
	if ((const char *)stack >= (const char *)rec + rec->len)
		return;
	probe_line_add(line, "Call Trace:");
	probe_line_print(line);
	probe_stack_print_entries(line, stack->entries, stack->nr, PROBE_STACK_MAX);
}
