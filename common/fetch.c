// SPDX-License-Identifier: GPL-2.0-only
/* Compile the values of args= into fetch instructions for each kind of target. */

#include <compat/syscall.h>
#include <common/fetch.h>

/* Places differ in where $arg1 is. */
static struct {
	struct probe_fetch_program at_entry;
	struct probe_fetch_program syscalls[ARRAY_SIZE(probe_syscalls)];
	struct probe_fetch_program elsewhere;
} probe_fetch_programs;

/* ------------------------------------------------------------- at load */

/*
 * Where a value comes from: the offset of a register in struct pt_regs, and, if it is
 * not that register but a word near what it points to, the offset there, else -1.
 */
static unsigned int probe_fetch_source(const struct probe_arg *arg,
					   const struct probe_syscall *syscall, int *near)
{
	*near = -1;
	switch (arg->base) {
	case PROBE_BASE_REG:
		return arg->number;
	case PROBE_BASE_RETVAL:
		return PROBE_REG_RETURN;
	case PROBE_BASE_STACK:
		*near = arg->number * sizeof(long);
		return PROBE_REG_STACK;
	case PROBE_BASE_ARG:
		if (syscall && syscall->args) {
			*near = syscall->args[arg->number - 1];
			if (syscall->narrow)
				*near |= PROBE_NEAR_NARROW;
			return probe_regs[0].offset;
		}
		if (arg->number <= PROBE_REG_ARGS)
			return probe_regs[arg->number - 1].offset;
		*near = PROBE_STACK_ARGS_OFFSET +
			(arg->number - 1 - PROBE_REG_ARGS) * sizeof(long);
		return PROBE_REG_STACK;
	}
	return 0;
}

/* The word that has a register in it; one more if none has. */
static unsigned int probe_fetch_compile_reg(struct probe_fetch_program *program, struct probe_fetch_insns *insns,
					  unsigned int offset)
{
	unsigned int i;

	for (i = 0; i < probe_ops.preloaded_args && insns == &program->entry; i++)
		if (probe_regs[i].offset == offset)
			return i;
	for (i = 0; i < insns->nr_regs; i++)
		if (insns->regs[i] == offset)
			return insns->word + i;
	insns->regs[insns->nr_regs++] = offset;
	return program->nr_words++;
}

/* Arguments are known when the function is entered, and gone when it returns. */
static struct probe_fetch_insns *probe_fetch_insns_for(struct probe_fetch_program *program,
						    const struct probe_arg *arg)
{
	return probe_ops.at_return && arg->base != PROBE_BASE_ARG ? &program->hit : &program->entry;
}

/* Make the values that are taken at one moment into insns. */
static void probe_fetch_compile_words(struct probe_fetch_program *program, struct probe_fetch_insns *insns,
				    const struct probe_syscall *syscall)
{
	unsigned int i;
	int near;

	insns->word = program->nr_words;
	/* The words of registers first, then those that they point near to. */
	for (i = 0; i < program->nr; i++) {
		unsigned int reg = probe_fetch_source(&probe_args.args[i], syscall, &near);

		if (near < 0 && probe_fetch_insns_for(program, &probe_args.args[i]) == insns)
			program->value[i] = probe_fetch_compile_reg(program, insns, reg);
	}
	for (i = 0; i < program->nr; i++) {
		unsigned int reg = probe_fetch_source(&probe_args.args[i], syscall, &near);

		if (near < 0 || probe_fetch_insns_for(program, &probe_args.args[i]) != insns)
			continue;
		insns->indirect[insns->nr_indirect].reg = reg;
		insns->indirect[insns->nr_indirect++].offset = near;
		program->value[i] = program->nr_words++;
	}
}

/*
 * How many insns from a value can lead to kernel memory. None at a system call's own
 * function, where the caller has chosen the values, but that from the pointer to the
 * caller's registers, or to the stack that they are on.
 */
static unsigned int probe_plan_kernel_steps(const struct probe_arg *arg,
						   const struct probe_syscall *syscall)
{
	if (!syscall)
		return PROBE_DEREFS_MAX;
	if (arg->base != PROBE_BASE_REG)
		return 0;
	return arg->number == PROBE_REG_STACK ||
	       (syscall->args && !probe_ops.at_return && arg->number == probe_regs[0].offset);
}

/* What is reached from words that have been taken. */
static void probe_fetch_compile_derefs(struct probe_fetch_program *program, struct probe_fetch_insns *insns,
				    const struct probe_syscall *syscall)
{
	unsigned int i, j;

	for (i = 0; i < program->nr; i++) {
		const struct probe_arg *arg = &probe_args.args[i];
		struct probe_fetch_deref *read = &insns->derefs[insns->nr_derefs];
		bool string = arg->type->class == PROBE_STRING;

		if (!arg->nr_derefs && !string)
			continue;
		insns->nr_derefs++;
		memcpy(read->derefs, arg->derefs, sizeof(read->derefs));
		/* Of +8($arg1):string the step ends at the string, not at a pointer to it. */
		read->nr = arg->nr_derefs ?: 1;
		read->derefs[read->nr - 1].user |= arg->type->user;
		for (j = probe_plan_kernel_steps(arg, syscall); j < read->nr; j++)
			read->derefs[j].user = true;
		read->string = string;
		read->size = arg->type->size;
		read->from = program->value[i];
		read->to = program->value[i] = program->nr_words++;
		if (string)
			program->room += PROBE_STRING_ROOM;
	}
}

static void probe_fetch_compile(struct probe_fetch_program *program, unsigned int nr,
				   const struct probe_syscall *syscall)
{
	if (program->room)
		return;		/* another target has made it */
	program->nr = nr;
	program->nr_words = probe_ops.preloaded_args;
	probe_fetch_compile_words(program, &program->entry, syscall);
	if (probe_ops.at_return)
		probe_fetch_compile_words(program, &program->hit, syscall);
	/* When a call returns, pointers are followed to what it has made of it. */
	probe_fetch_compile_derefs(program, probe_ops.at_return ? &program->hit : &program->entry, syscall);
	program->room += offsetof(struct probe_fetched, words[program->nr_words]);
}

/* The first value that cannot be had at a target, or how many there are. */
static unsigned int probe_fetch_available(const struct probe_target *target,
					  const struct probe_syscall *syscall)
{
	unsigned int most = PROBE_ARG_WORDS;
	unsigned int i;

	if (!target->at_entry)
		most = 0;
	else if (syscall && syscall->args)
		most = PROBE_SYSCALL_ARGS;

	for (i = 0; i < probe_args.nr; i++)
		if (probe_args.args[i].base == PROBE_BASE_ARG && probe_args.args[i].number > most)
			break;
	return i;
}

/**
 * probe_fetch_prepare() - say how a target's values are got
 * @target: the target, its at_entry set; its plan will be
 * @name:   the function that it is in
 * @asked:  the values were asked for with args=, so one that cannot be had is an
 *          error; the default ones are left out then
 *
 * Context: process context.
 * Return: 0, or -EDOM, for probe_fetch_report_error().
 */
static int probe_fetch_prepare(struct probe_target *target, const char *name, bool asked)
{
	const struct probe_syscall *syscall = probe_syscall(name);
	unsigned int nr = probe_fetch_available(target, syscall);

	if (asked && nr < probe_args.nr)
		return -EDOM;
	if (!target->at_entry) {
		target->program = &probe_fetch_programs.elsewhere;
		syscall = NULL;
	} else if (!syscall) {
		target->program = &probe_fetch_programs.at_entry;
	} else {
		target->program = &probe_fetch_programs.syscalls[syscall - probe_syscalls];
	}
	probe_fetch_compile(target->program, nr, syscall);
	return 0;
}

/**
 * probe_fetch_report_error() - one line on why there is no plan
 * @target: as for probe_fetch_prepare()
 * @name:   the same
 *
 * Context: process context.
 */
static void probe_fetch_report_error(const struct probe_target *target, const char *name)
{
	unsigned int i = probe_fetch_available(target, probe_syscall(name));

	pr_err("args=: value %u ('%s') on '%s': %s\n", i + 1, probe_args.args[i].name,
	       target->name, target->at_entry ? "a system call has six arguments" :
	       "arguments are known at a function's start only; name registers");
}
