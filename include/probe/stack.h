/* SPDX-License-Identifier: GPL-2.0-only */
/* dump_stack=: the stack of a hit, taken into the end of its record, and printed. */
#ifndef PROBE_STACK_H
#define PROBE_STACK_H

#include <linux/stddef.h>
#include <linux/string.h>

#include <compat/stacktrace.h>
#include <probe/format.h>
#include <probe/gate.h>
#include <probe/limit.h>
#include <probe/record.h>
#include <probe/target.h>

#define PROBE_STACK_MAX 32

/**
 * struct probe_stack - a stack in a record
 * @nr:      how many entries there are
 * @entries: return addresses, the probed function first
 */
struct probe_stack {
	unsigned long nr;
	unsigned long entries[PROBE_STACK_MAX];
};

/* dump_stack= */
static unsigned long probe_dump_stack;

/**
 * probe_stack_room() - bytes that a stack may add to a record
 *
 * Context: a handler. To be asked once a hit, for it may change between.
 */
static __always_inline unsigned int probe_stack_room(void)
{
	return unlikely(READ_ONCE(probe_dump_stack)) ? sizeof(struct probe_stack) : 0;
}

/**
 * probe_stack_capture() - take a stack into a record, if there is room for one
 * @stack:  where it goes
 * @room:   from probe_stack_room()
 * @target: the probe that was hit
 * @regs:   registers at the hit
 *
 * Context: a handler.
 * Return: bytes used.
 */
static __always_inline unsigned int probe_stack_capture(struct probe_stack *stack,
							unsigned int room,
							const struct probe_target *target,
							struct pt_regs *regs)
{
	if (likely(!room))
		return 0;
	stack->nr = probe_stack_save((unsigned long)target->kp->addr, regs,
				     target->at_entry, stack->entries, PROBE_STACK_MAX);
	return offsetof(struct probe_stack, entries[stack->nr]);
}

/**
 * probe_stack_charge() - charge the lines of a stack that is logged to ratelimit=
 * @stack: the stack
 *
 * Context: a handler.
 */
static __always_inline void probe_stack_charge(const struct probe_stack *stack)
{
	if (__this_cpu_read(probe_gates.limit))
		probe_limit_charge(1 + stack->nr);
}

/**
 * probe_stack_take() - take the stack of a hit that is logged, if there is room for one
 * @stack:  where it goes
 * @room:   from probe_stack_room()
 * @target: the probe that was hit
 * @regs:   registers at the hit
 *
 * Context: a handler.
 * Return: bytes used.
 */
static __always_inline unsigned int probe_stack_take(struct probe_stack *stack,
						     unsigned int room,
						     const struct probe_target *target,
						     struct pt_regs *regs)
{
	if (likely(!room))
		return 0;
	room = probe_stack_capture(stack, room, target, regs);
	probe_stack_charge(stack);
	return room;
}

/*
 * Name the call that a return address is behind. For one that starts a function that is a
 * call at the end of the function in front of it; or it is the trampoline of return
 * probes, which nobody calls. Returns whether it is that.
 */
static inline bool probe_line_add_call(struct probe_line *line, unsigned long addr)
{
	bool trampoline;

	probe_line_add(line, " %pS", (void *)addr);
	if (!strstr(line->text, "+0x0/"))
		return false;
	trampoline = probe_stack_is_trampoline(line->text + 1);
	line->len = 0;
	if (trampoline)
		probe_line_add(line, " [kretprobe_trampoline]");
	else
		probe_line_add(line, " %pB", (void *)addr);
	return trampoline;
}

/**
 * probe_line_print_stack() - print the stack of a hit, if its record has one
 * @line:  an empty line
 * @rec:   the hit's record
 * @stack: where a stack would be in it
 *
 * Context: the drain thread, or panic.
 */
static inline void probe_line_print_stack(struct probe_line *line,
				   const struct probe_record *rec,
				   const struct probe_stack *stack)
{
	bool trampoline = false;
	unsigned long i;

	if ((const char *)stack >= (const char *)rec + rec->len)
		return;
	probe_line_add(line, "Call Trace:");
	probe_line_print(line);
	for (i = 0; i < stack->nr; i++) {
		/* All but the first are return addresses. */
		if (i)
			trampoline = probe_line_add_call(line, stack->entries[i]);
		else
			probe_line_add(line, " %pS", (void *)stack->entries[i]);
		probe_line_print(line);
	}
	if (i == PROBE_STACK_MAX) {
		probe_line_add(line, " ... (%d entries are kept)", PROBE_STACK_MAX);
		probe_line_print(line);
	} else if (trampoline) {
		probe_line_add(line, " ... (this kernel does not tell where a function with a return probe was called)");
		probe_line_print(line);
	}
}

#endif
