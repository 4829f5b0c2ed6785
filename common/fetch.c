// SPDX-License-Identifier: GPL-2.0-only
/* Compile the values of args= into the fetch instructions of each target. */

#include <common/fetch.h>
#include <common/syscall.h>

/* Targets share a program if their arguments are in the same registers. */
static struct probe_fetch_program probe_fetch_programs[PROBE_PLACES];

/*
 * The source of a value: returns the offset of a register in struct pt_regs. If the value is
 * not the register itself but a word in memory, *@offset is the offset of the word from the
 * register, otherwise -1.
 */
static unsigned int probe_fetch_source(const struct probe_arg *arg,
				       const struct probe_syscall *syscall, int *offset)
{
	*offset = -1;
	switch (arg->base) {
	case PROBE_BASE_REG:
		return arg->number;
	case PROBE_BASE_RETVAL:
		return PROBE_REG_RETURN;
	case PROBE_BASE_CALLER:
		*offset = PROBE_FETCH_CALLER;
		return PROBE_REG_STACK;
	case PROBE_BASE_COMM:
	case PROBE_BASE_IMMEDIATE:
		*offset = PROBE_FETCH_OTHER(arg - probe_args.args, PROBE_FETCH_NOWHERE);
		return PROBE_REG_STACK;
	case PROBE_BASE_STACK:
		*offset = arg->number * sizeof(long);
		return PROBE_REG_STACK;
	case PROBE_BASE_ARG:
		if (syscall && syscall->args) {
			*offset = syscall->args[arg->number - 1];
			if (syscall->narrow)
				*offset |= PROBE_FETCH_NARROW;
			return probe_regs[0].offset;
		}
		if (arg->number <= PROBE_REG_ARGS)
			return probe_regs[arg->number - 1].offset;
		*offset = PROBE_STACK_ARGS_OFFSET +
			(arg->number - 1 - PROBE_REG_ARGS) * sizeof(long);
		return PROBE_REG_STACK;
	}
	return 0;
}

/*
 * Add instructions to copy one register or two, if none do yet. Returns the index of the first
 * word.
 */
static unsigned int probe_fetch_compile_reg(struct probe_fetch_program *program,
					    struct probe_fetch_insns *insns,
					    unsigned int offset, unsigned int words)
{
	unsigned int last = offset + (words - 1) * sizeof(long);
	unsigned int i;

	for (i = 0; i + words <= probe_ops.preloaded_args && insns == &program->entry; i++)
		if (probe_regs[i].offset == offset && probe_regs[i + words - 1].offset == last)
			return i;
	for (i = 0; i + words <= insns->nr_regs; i++)
		if (insns->regs[i] == offset && insns->regs[i + words - 1] == last)
			return insns->word + i;
	for (i = insns->nr_regs; offset <= last; offset += sizeof(long), program->nr_words++)
		insns->regs[insns->nr_regs++] = offset;
	return insns->word + i;
}

/*
 * Arguments are fetched when the function is entered: when it returns, the registers hold
 * other values.
 */
static struct probe_fetch_insns *probe_fetch_insns_for(struct probe_fetch_program *program,
						       const struct probe_arg *arg)
{
	bool at_entry = arg->base == PROBE_BASE_ARG || arg->base == PROBE_BASE_CALLER;

	return probe_ops.at_return && !at_entry ? &program->hit : &program->entry;
}

/* The number of words to copy before pointers are followed. */
static unsigned int probe_fetch_source_words(const struct probe_arg *arg)
{
	return arg->nr_derefs ? 1 : probe_arg_words(arg);
}

/* Add an instruction to copy a word. Returns the index of the word. */
static unsigned int probe_fetch_compile_indirect(struct probe_fetch_program *program,
						 struct probe_fetch_insns *insns,
						 unsigned int reg, unsigned int offset)
{
	struct probe_fetch_indirect *indirect = &insns->indirect[insns->nr_indirect++];

	indirect->reg = reg;
	indirect->offset = offset;
	return program->nr_words++;
}

/* Compile the values that are fetched by @insns, without their dereferences. */
static void probe_fetch_compile_words(struct probe_fetch_program *program,
				      struct probe_fetch_insns *insns,
				      const struct probe_syscall *syscall)
{
	unsigned int i, step;
	int offset;

	insns->word = program->nr_words;
	/* Registers first, then words in memory: the order of struct probe_fetch_insns. */
	for (i = 0; i < program->nr; i++) {
		const struct probe_arg *arg = &probe_args.args[i];
		unsigned int reg = probe_fetch_source(arg, syscall, &offset);

		if (offset < 0 && probe_fetch_insns_for(program, arg) == insns)
			program->value[i] = probe_fetch_compile_reg(program, insns, reg,
								    probe_fetch_source_words(arg));
	}
	for (i = 0; i < program->nr; i++) {
		const struct probe_arg *arg = &probe_args.args[i];
		unsigned int reg = probe_fetch_source(arg, syscall, &offset);
		unsigned int words = probe_fetch_source_words(arg);

		if (offset < 0 || probe_fetch_insns_for(program, arg) != insns)
			continue;
		program->value[i] = program->nr_words;
		step = PROBE_FETCH_IS_OTHER(offset) ? PROBE_FETCH_OTHER_HALF : sizeof(long);
		for (; words--; offset += step)
			probe_fetch_compile_indirect(program, insns, reg, offset);
	}
	for (i = 0; i < program->nr; i++) {
		const struct probe_arg *arg = &probe_args.args[i];

		if (!arg->bits || arg->nr_derefs || probe_fetch_insns_for(program, arg) != insns)
			continue;
		offset = PROBE_FETCH_OTHER(i, program->value[i]);
		program->value[i] = probe_fetch_compile_indirect(program, insns, PROBE_REG_STACK,
								 offset);
	}
}

/*
 * How many of the first dereferences of a value may read kernel memory? At a system call's
 * own function none, as user space chose the values, except for the first one from the
 * pointer to the saved registers or from the stack pointer. Addresses in args= are root's.
 */
static unsigned int probe_fetch_kernel_derefs(const struct probe_arg *arg,
					      const struct probe_syscall *syscall)
{
	if (!syscall || arg->base == PROBE_BASE_COMM || arg->base == PROBE_BASE_IMMEDIATE)
		return PROBE_DEREFS_MAX + 1;
	if (arg->base != PROBE_BASE_REG)
		return 0;
	return arg->number == PROBE_REG_STACK ||
	       (syscall->args && !probe_ops.at_return && arg->number == probe_regs[0].offset);
}

/* What does the last dereference of a value read? Without one, of a number, it is not needed. */
static enum probe_fetch_kind probe_fetch_kind(const struct probe_arg *arg)
{
	if (arg->count)
		return arg->type->class == PROBE_STRING ? PROBE_FETCH_STRINGS : PROBE_FETCH_BYTES;
	if (arg->bits)
		return PROBE_FETCH_BITFIELD;
	if (arg->base == PROBE_BASE_COMM)
		return PROBE_FETCH_COMM;
	switch (arg->type->class) {
	case PROBE_STRING:
		return PROBE_FETCH_STRING;
	case PROBE_FILE:
		return PROBE_FETCH_FILE;
	case PROBE_DENTRY:
		return PROBE_FETCH_DENTRY;
	case PROBE_IP6:
	case PROBE_MAC:
		return PROBE_FETCH_BYTES;
	case PROBE_SOCKADDR:
		return PROBE_FETCH_SOCKADDR;
	case PROBE_SOCK:
		return PROBE_FETCH_SOCK;
	case PROBE_TASK:
		return PROBE_FETCH_TASK;
	default:
		return PROBE_FETCH_NUMBER;
	}
}

/* The bytes that a value may need behind the words. */
static unsigned int probe_fetch_room(const struct probe_arg *arg)
{
	return probe_arg_is_bytes(arg) ? PROBE_STRING_ROOM : 0;
}

/* Compile the dereferences of the values, and what they read. */
static void probe_fetch_compile_derefs(struct probe_fetch_program *program,
				       struct probe_fetch_insns *insns,
				       const struct probe_syscall *syscall)
{
	unsigned int i, j;

	for (i = 0; i < program->nr; i++) {
		const struct probe_arg *arg = &probe_args.args[i];
		struct probe_fetch_deref *insn = &insns->derefs[insns->nr_derefs];

		if (!arg->nr_derefs && !probe_arg_is_bytes(arg))
			continue;
		insns->nr_derefs++;
		memcpy(insn->derefs, arg->derefs, sizeof(arg->derefs));
		insn->kind = probe_fetch_kind(arg);
		/*
		 * The last dereference of a string reads the string, not a pointer to it. That of
		 * an object reads the pointer, and one more reads the object.
		 */
		insn->nr = probe_arg_is_object(arg) ? arg->nr_derefs + 1 : arg->nr_derefs ?: 1;
		if (insn->kind == PROBE_FETCH_STRINGS)
			insn->derefs[insn->nr].user = arg->type->user;
		else
			insn->derefs[insn->nr - 1].user |= arg->type->user;
		for (j = probe_fetch_kernel_derefs(arg, syscall); j < ARRAY_SIZE(insn->derefs); j++)
			insn->derefs[j].user = true;
		insn->size = arg->type->size;
		insn->count = arg->count ?: 1;
		insn->bits = arg->bits;
		insn->bit = arg->bit;
		insn->from = program->value[i];
		insn->to = program->value[i] = program->nr_words;
		program->nr_words += probe_arg_words(arg);
		program->room += probe_fetch_room(arg);
	}
}

static void probe_fetch_compile(struct probe_fetch_program *program, unsigned int nr,
				const struct probe_syscall *syscall)
{
	if (program->room)
		return;		/* compiled for an earlier target */
	program->nr = nr;
	program->nr_words = probe_ops.preloaded_args;
	probe_fetch_compile_words(program, &program->entry, syscall);
	if (probe_ops.at_return)
		probe_fetch_compile_words(program, &program->hit, syscall);
	/* A kretprobe follows pointers at the return, to show what the function has written. */
	probe_fetch_compile_derefs(program, probe_ops.at_return ? &program->hit : &program->entry,
				   syscall);
	/* Records, and their parts, have a multiple of 8 bytes. */
	program->nr_words = ALIGN(program->nr_words, sizeof(u64) / sizeof(long));
	program->room += offsetof(struct probe_fetched, words[program->nr_words]);
}

/*
 * Is the value an object of the kernel, at an address that user space chose? At a system call's
 * own function, the registers in memory are also user space's, and no object.
 */
static bool probe_fetch_is_user_object(const struct probe_arg *arg,
				       const struct probe_syscall *syscall)
{
	return syscall && probe_arg_is_object(arg) && arg->base != PROBE_BASE_IMMEDIATE;
}

/* Returns the index of the first value that is not available at a target, or probe_args.nr. */
static unsigned int probe_fetch_available(const struct probe_target *target,
					  const struct probe_syscall *syscall)
{
	unsigned int max = PROBE_ARG_WORDS;
	unsigned int i;

	if (!target->at_entry)
		max = 0;
	else if (syscall && syscall->args)
		max = PROBE_SYSCALL_ARGS;

	for (i = 0; i < probe_args.nr; i++) {
		const struct probe_arg *arg = &probe_args.args[i];

		if ((arg->base == PROBE_BASE_ARG && arg->number > max) ||
		    (arg->base == PROBE_BASE_CALLER && !target->at_entry) ||
		    probe_fetch_is_user_object(arg, target->at_entry ? syscall : NULL))
			break;
	}
	return i;
}

/**
 * probe_fetch_prepare() - set the fetch instructions of a target
 * @target:    the target, with @at_entry set; @program is set
 * @name:      the function that it is in
 * @requested: the values were requested with args=, so it is an error if one is not
 *             available; default values are omitted then
 *
 * Context: process context, under probe_mutex.
 * Return: 0, or -EDOM, for probe_fetch_report_error().
 */
static int probe_fetch_prepare(struct probe_target *target, const char *name, bool requested)
{
	const struct probe_syscall *syscall = probe_syscall(name);
	unsigned int nr = probe_fetch_available(target, syscall);

	if (requested && nr < probe_args.nr)
		return -EDOM;
	if (!target->at_entry) {
		target->place = PROBE_PLACE_ELSEWHERE;
		syscall = NULL;
	} else if (!syscall) {
		target->place = PROBE_PLACE_ENTRY;
	} else {
		target->place = PROBE_PLACE_SYSCALLS + (syscall - probe_syscalls);
	}
	target->program = &probe_fetch_programs[target->place];
	probe_fetch_compile(target->program, nr, syscall);
	return 0;
}

/**
 * probe_fetch_register() - the register that a word was copied from
 * @program: the instructions of a target
 * @insns:   those of them that are executed at the hit
 * @word:    index of the word
 *
 * Context: process context.
 * Return: the offset of the register in struct pt_regs; -1 if it is none, or was copied at the
 * entry and the hit is at the return.
 */
static int probe_fetch_register(const struct probe_fetch_program *program,
				const struct probe_fetch_insns *insns, unsigned int word)
{
	if (insns == &program->entry && word < probe_ops.preloaded_args)
		return probe_regs[word].offset;
	if (word < insns->word || word - insns->word >= insns->nr_regs)
		return -1;
	return insns->regs[word - insns->word];
}

/**
 * probe_fetch_select() - the instructions that fetch some of the values
 * @to:     the result, for probe_fetch_values()
 * @from:   the instructions for all values
 * @needed: a bit for the index of each value that is needed
 *
 * Context: process context.
 */
static void probe_fetch_select(struct probe_fetch_insns *to, const struct probe_fetch_insns *from,
			       u32 needed)
{
	unsigned int i, nr = 0;

	*to = *from;
	for (i = 0; i < from->nr_derefs; i++)
		if (needed & BIT(from->derefs[i].to))
			to->derefs[nr++] = from->derefs[i];
	to->nr_derefs = nr;
}

/**
 * probe_fetch_report_error() - print which value is not available, and why
 * @target: as for probe_fetch_prepare()
 * @name:   as for probe_fetch_prepare()
 *
 * Context: process context.
 */
static void probe_fetch_report_error(const struct probe_target *target, const char *name)
{
	const struct probe_syscall *syscall = target->at_entry ? probe_syscall(name) : NULL;
	unsigned int i = probe_fetch_available(target, probe_syscall(name));
	const char *why;

	if (probe_fetch_is_user_object(&probe_args.args[i], syscall))
		why = "a program chose this address, and the type is an object of the kernel";
	else if (target->at_entry)
		why = "a system call has six arguments";
	else
		why = "arguments are available only at a function's start; use registers (%REG)";
	pr_err("args=: value %u ('%s') on '%s': %s\n", i + 1, probe_args.args[i].name,
	       target->name, why);
}

/**
 * probe_fetch_args_room() - how many bytes more than the default values args= may need
 *
 * Context: process context.
 * Return: bytes in the record of a hit.
 */
static unsigned int probe_fetch_args_room(void)
{
	unsigned int room = 0;
	unsigned int i;

	if (!probe_args_param.value)
		return 0;
	for (i = 0; i < probe_args.nr; i++) {
		const struct probe_arg *arg = &probe_args.args[i];

		/* The value, and the pointer that leads to it, which may be a word of its own. */
		room += arg->nr_derefs || arg->bits ? 2 * sizeof(u64) : sizeof(u64);
		if (probe_arg_is_bytes(arg))
			room += probe_fetch_room(arg) + sizeof(u64);
	}
	return room;
}
