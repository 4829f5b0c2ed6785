/* SPDX-License-Identifier: GPL-2.0-only */
/* dump_stack=: capture the stack of a hit, at the end of its record. */
#ifndef PROBE_STACK_H
#define PROBE_STACK_H

#include <linux/stddef.h>

#include <compat/stacktrace.h>
#include <probe/gate.h>
#include <probe/record.h>
#include <common/limit.h>
#include <common/target.h>

#define PROBE_STACK_MAX 32

/**
 * struct probe_stack - a stack in a record
 * @nr:      number of entries
 * @entries: return addresses, the probed function first
 */
struct probe_stack {
	unsigned long nr;
	unsigned long entries[PROBE_STACK_MAX];
} __aligned(8);

/* dump_stack= */
static unsigned long probe_dump_stack;

/**
 * probe_stack_room() - bytes that a stack may add to a record
 *
 * Context: a handler, once per hit, as the parameter may change at any time.
 */
static __always_inline unsigned int probe_stack_room(void)
{
	return unlikely(READ_ONCE(probe_dump_stack)) ? sizeof(struct probe_stack) : 0;
}

/**
 * probe_stack_capture() - store the stack of a hit, if there is room for it
 * @stack:  where to store it
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
	/* A multiple of 8 bytes, as in records; on a 64-bit machine it is one anyway. */
	return ALIGN(1 + stack->nr, sizeof(u64) / sizeof(long)) * sizeof(long);
}

/**
 * probe_stack_charge() - charge the lines of a logged stack to ratelimit=
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
 * probe_stack_take() - store and charge the stack of a logged hit, if there is room for it
 * @stack:  where to store it
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

#endif
