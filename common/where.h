/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Evaluate caller= and where= at a hit.
 *
 * A comparison with a register of the probed function needs nothing but that register.
 * What is in memory is fetched as for args= (fetch.h), into a buffer of this CPU, when the
 * first comparison needs it. Handlers do not nest on a CPU: what is hit meanwhile is
 * missed. So one buffer for each CPU is enough.
 */
#ifndef PROBE_WHERE_H
#define PROBE_WHERE_H

#include <linux/cred.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/uidgid.h>

#include <common/fault.h>
#include <common/fetch.h>
#include <common/target.h>
#include <common/value.h>
#include <common/condition.h>

/**
 * struct probe_where_place - how the values are got at one kind of place
 * @ready:     it is known how
 * @registers: comparisons whose value is a register, a bit for each
 * @regs:      which register, for each of those: where it is in struct pt_regs
 * @insns:     fetch the values of the others
 */
struct probe_where_place {
	bool ready;
	u16 registers;
	u16 regs[PROBE_CONDITION_TESTS_MAX];
	struct probe_fetch_insns insns;
};

/* In place of the next comparison: compare the caller. */
#define PROBE_WHERE_CALLER PROBE_CONDITION_TESTS_MAX

/**
 * struct probe_where_first - what is evaluated first at one kind of place
 * @test: the first comparison, if its value is a register; else one that always leads to
 *        PROBE_WHERE_CALLER, to the first comparison, or to PROBE_CONDITION_TRUE
 * @reg:  where the register is in struct pt_regs
 */
struct probe_where_first {
	struct probe_condition_test test;
	unsigned int reg;
};

/**
 * struct probe_where - a condition
 * @start:     what follows at a function's entry when caller= matches: the first comparison;
 *             PROBE_CONDITION_TRUE if there is none, or if the condition is @at_return
 * @at_return: it is evaluated at the function's return
 * @buffer:    for values in memory; NULL if there are none
 * @first:     indexed by struct probe_target.place
 * @places:    the same
 * @code:      the comparisons
 */
struct probe_where {
	u8 start;
	bool at_return;
	struct probe_fetched __percpu *buffer;
	struct probe_where_first first[PROBE_PLACES];
	struct probe_where_place places[PROBE_PLACES];
	struct probe_condition code;
};

/* caller=: the function's code; size 0: not given. Set before a probe is registered. */
static struct {
	unsigned long addr;
	unsigned long size;
} probe_where_caller;

/* In use while where= and caller= are empty: it matches all hits. */
static const struct probe_where probe_where_any = {
	.first = {
		[0 ... PROBE_PLACES - 1] = {
			.test.next = { PROBE_CONDITION_TRUE, PROBE_CONDITION_TRUE },
		},
	},
};
static const struct probe_where *probe_where = &probe_where_any;

/**
 * struct probe_where_return - what is known when a function returns
 * @entry: the values that were fetched at its entry, or NULL
 * @value: what it returns
 * @ns:    how long it took
 */
struct probe_where_return {
	const struct probe_fetched *entry;
	unsigned long value;
	u64 ns;
};

static __always_inline struct probe_fetched *probe_where_fetch(const struct probe_where *where,
							       struct probe_target *target,
							       const struct pt_regs *regs,
							       const struct probe_where_return *ret)
{
	struct probe_fetched *values = this_cpu_ptr(where->buffer);

	probe_fetch_values(&where->places[target->place].insns, values, target, regs,
			   ret ? ret->entry : NULL);
	return values;
}

static __always_inline unsigned int probe_where_arg(const struct probe_condition *code,
						    const struct probe_condition_test *test,
						    const struct probe_target *target,
						    const struct probe_fetched *values)
{
	const struct probe_arg *arg = &probe_args.args[test->arg];
	unsigned int index = target->program->value[test->arg];
	unsigned long word = values->words[index];

	if (values->faults & probe_fetch_mask(arg, index))
		return probe_condition_unread(test);
	if (test->op != PROBE_CONDITION_RANGE)
		return probe_condition_text(code, test, (const char *)values + (word >> 16),
					    (u16)word);
	return probe_condition_number(test, test->guess ? probe_value_number(word) :
				      probe_fetch_number(values, arg, index));
}

static bool probe_where_run(const struct probe_where *where, struct probe_target *target,
			    const struct pt_regs *regs, const struct probe_where_return *ret,
			    unsigned int next)
{
	const struct task_struct *task = current;
	struct probe_fetched *values = NULL;

	while (next < PROBE_CONDITION_END) {
		const struct probe_condition_test *test = &where->code.tests[next];
		u64 value = 0;

		switch (test->source) {
		case PROBE_CONDITION_ARG:
			if (!values)
				values = probe_where_fetch(where, target, regs, ret);
			next = probe_where_arg(&where->code, test, target, values);
			continue;
		case PROBE_CONDITION_COMM:
			next = probe_condition_text(&where->code, test, task->comm,
						    strnlen(task->comm, TASK_COMM_LEN));
			continue;
		case PROBE_CONDITION_RETVAL:
			value = probe_value_number(ret->value);
			break;
		case PROBE_CONDITION_TOOK:
			value = ret->ns;
			break;
		case PROBE_CONDITION_CPU:
			value = raw_smp_processor_id();
			break;
		case PROBE_CONDITION_PID:
			value = task->tgid;
			break;
		case PROBE_CONDITION_TID:
			value = task->pid;
			break;
		case PROBE_CONDITION_UID:
			value = __kuid_val(current_uid());
			break;
		}
		next = probe_condition_number(test, value);
	}
	return next == PROBE_CONDITION_TRUE;
}

/*
 * Faults of a hit that matches happen again when its record is filled, and are counted
 * then. Those of another hit are counted, but must not be logged with the next hit.
 */
static noinline bool probe_where_judge(const struct probe_where *where,
				       struct probe_target *target, const struct pt_regs *regs,
				       const struct probe_where_return *ret, unsigned int next)
{
	unsigned long faults = probe_fault_mark();
	bool matches = probe_where_run(where, target, regs, ret, next);

	probe_fault_rewind(target, faults, matches);
	return matches;
}

static noinline bool probe_where_go_on(const struct probe_where *where,
				       struct probe_target *target, const struct pt_regs *regs,
				       unsigned int next)
{
	const struct probe_where_place *place = &where->places[target->place];

	if (next == PROBE_WHERE_CALLER) {
		/* The call is in front of the return address, which may be in the next function. */
		if (probe_caller(regs) - 1 - probe_where_caller.addr >= probe_where_caller.size)
			return false;
		next = where->start;
	}
	while (next < PROBE_CONDITION_END) {
		if (!(place->registers & BIT(next)))
			return probe_where_judge(where, target, regs, NULL, next);
		next = probe_condition_number(&where->code.tests[next],
					      probe_arch_reg_read(regs, place->regs[next]));
	}
	return next == PROBE_CONDITION_TRUE;
}

/**
 * probe_where_refuses() - is where= false because of its first comparison alone?
 * @target: the probe that was hit
 * @regs:   registers at the probed instruction
 *
 * Context: a handler.
 */
static __always_inline bool probe_where_refuses(const struct probe_target *target,
						const struct pt_regs *regs)
{
	const struct probe_where_first *first = &READ_ONCE(probe_where)->first[target->place];

	return probe_condition_number(&first->test, probe_arch_reg_read(regs, first->reg)) ==
	       PROBE_CONDITION_FALSE;
}

/**
 * probe_where_matches() - evaluate caller= and where= when a probe is hit
 * @target: the probe that was hit
 * @regs:   registers at the probed instruction
 *
 * Context: a handler.
 * Return: true also if where= is evaluated at the function's return.
 */
static noinline bool probe_where_matches(struct probe_target *target, const struct pt_regs *regs)
{
	/* Pairs with the release in probe_where_use(). */
	const struct probe_where *where = READ_ONCE(probe_where);
	const struct probe_where_first *first = &where->first[target->place];
	unsigned int next = probe_condition_number(&first->test,
						   probe_arch_reg_read(regs, first->reg));

	return next != PROBE_CONDITION_FALSE && probe_where_go_on(where, target, regs, next);
}

/**
 * probe_where_matches_return() - evaluate where= when a function returns
 * @target: the probe
 * @regs:   registers at the return
 * @ret:    what else is known then
 *
 * Context: a return handler.
 * Return: true also if where= is evaluated at the entry.
 */
static noinline __maybe_unused bool
probe_where_matches_return(struct probe_target *target, const struct pt_regs *regs,
			   const struct probe_where_return *ret)
{
	const struct probe_where *where = READ_ONCE(probe_where);

	return !where->at_return || probe_where_judge(where, target, regs, ret, 0);
}

#endif
