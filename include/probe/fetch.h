/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Getting the values of args= at a hit: as little as possible in the handler.
 *
 * At load each value is made into steps (struct probe_plan): registers to copy, and
 * pointers to follow from them. What a handler stores is words; what they mean is
 * the drain thread's business (value.h).
 */
#ifndef PROBE_FETCH_H
#define PROBE_FETCH_H

#include <linux/kernel.h>
#include <linux/mm.h>
#include <asm/word-at-a-time.h>

#include <compat/ptrace.h>
#include <compat/syscall.h>
#include <compat/uaccess.h>
#include <probe/fault.h>
#include <probe/spec.h>
#include <probe/target.h>

/* Bytes of a string that are shown; and that are read, to see if it ends there. */
#define PROBE_STRING_MAX	128
#define PROBE_STRING_ROOM	(PROBE_STRING_MAX + sizeof(long))
#define PROBE_STRING_PIECE	64	/* read at a time: most are shorter */

/* What is in place of a word that could not be read. */
enum probe_unread {
	PROBE_UNREAD_FAULT,
	PROBE_UNREAD_USER,	/* it is in user memory, and the type says that it is not */
	PROBE_UNREAD_KERNEL,	/* it is in kernel memory, and the type says that it is not */
};

/**
 * struct probe_fetched - values as they are in a record
 * @faults: which of @words could not be read, a bit for each
 * @size:   bytes of all this, with the strings behind the words
 * @words:  the words; for a string, where it is from here, and (in the lower 16 bits)
 *          how long it is
 */
struct probe_fetched {
	u32 faults;
	u32 size;
	unsigned long words[];
};

/**
 * struct probe_read - a pointer to be followed
 * @from:   the word that it is in
 * @to:     the word that the result goes to
 * @nr:     how many steps
 * @string: there is a string at the end; otherwise @size bytes
 * @size:   1, 2, 4 or 8
 * @derefs: the steps
 */
struct probe_read {
	u8 from;
	u8 to;
	u8 nr;
	bool string;
	u8 size;
	struct probe_deref derefs[PROBE_DEREFS_MAX];
};

/**
 * struct probe_near - a word that a register points near to: one of the stack, or of the
 *                     registers that a system call is given
 * @reg:    where the register is in struct pt_regs
 * @offset: of the word, a multiple of 8; and PROBE_NEAR_NARROW
 */
struct probe_near {
	u16 reg;
	u16 offset;
};

#define PROBE_NEAR_NARROW 1	/* only the lower half of the word counts */

/**
 * struct probe_steps - what is fetched at one moment, in this order
 * @word:     where the words of @regs go, and then those of @nears
 * @nr_regs:  registers to copy, ...
 * @regs:     ... and where they are in struct pt_regs
 * @nr_nears: words to copy
 * @nears:    the words
 * @nr_reads: pointers to follow
 * @reads:    the pointers
 */
struct probe_steps {
	u8 word;
	u8 nr_regs;
	u8 nr_nears;
	u8 nr_reads;
	u16 regs[PROBE_ARGS_MAX];
	struct probe_near nears[PROBE_ARGS_MAX];
	struct probe_read reads[PROBE_ARGS_MAX];
};

/**
 * struct probe_plan - how the values of args= are got at one kind of place
 * @nr_words: words that are stored
 * @room:     bytes a struct probe_fetched may have
 * @nr:       how many values there are
 * @value:    the word of each
 * @entry:    what is fetched when the function is entered, ...
 * @hit:      ... and at the hit, which for a kretprobe is later
 */
struct probe_plan {
	u8 nr_words;
	u16 room;
	u8 nr;
	u8 value[PROBE_ARGS_MAX];
	struct probe_steps entry;
	struct probe_steps hit;
};

/* args=, or what the module shows by default. */
static struct probe_spec probe_spec;

/* Places differ in where $arg1 is. */
static struct {
	struct probe_plan at_entry;
	struct probe_plan syscalls[ARRAY_SIZE(probe_syscalls)];
	struct probe_plan elsewhere;
} probe_plans;

/* ------------------------------------------------------------ at a hit */

/* An address may be a user's choice, so it does not decide whose memory is read. */
static inline long probe_read_memory(void *to, unsigned long addr, unsigned int size, bool user)
{
	return user ? probe_read_user(to, addr, size) : probe_read_kernel(to, addr, size);
}

static inline enum probe_unread probe_unread(unsigned long word, unsigned long addr, bool user)
{
	if (user)
		return probe_is_kernel_addr(addr) ? PROBE_UNREAD_KERNEL : PROBE_UNREAD_FAULT;
	if (probe_is_kernel_addr(word) && probe_is_syscall_arg(word))
		return PROBE_UNREAD_KERNEL;
	/* NULL is nobody's. */
	return word >= PAGE_SIZE && probe_is_user_addr(word) ? PROBE_UNREAD_USER :
							       PROBE_UNREAD_FAULT;
}

/* How many bytes there are before a zero; @max if there is none. */
static inline unsigned int probe_strnlen(const char *s, unsigned int max)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	unsigned long zeros;
	unsigned int len;

	for (len = 0; len + sizeof(long) <= max; len += sizeof(long)) {
		unsigned long word = *(const unsigned long *)(s + len);

		if (has_zero(word, &zeros, &constants)) {
			zeros = prep_zero_mask(word, zeros, &constants);
			return len + find_zero(create_zero_mask(zeros));
		}
	}
	while (len < max && s[len])
		len++;
	return len;
}

/*
 * The string at @addr. It may end shortly before a page that cannot be read, so no piece
 * of it crosses into the next one, nor from one half of the address space into the
 * other. Returns its length, which is over PROBE_STRING_MAX if it was cut, or -EFAULT.
 */
static inline int probe_read_string(char *to, unsigned long addr, bool user)
{
	unsigned int piece, len, n;

	for (len = 0; len <= PROBE_STRING_MAX; len += n) {
		piece = min_t(unsigned int, PROBE_STRING_PIECE, PROBE_STRING_MAX + 1 - len);
		piece = min_t(unsigned long, piece, PAGE_SIZE - offset_in_page(addr + len));
		if (probe_read_memory(to + len, addr + len, piece, user))
			return -EFAULT;
		n = probe_strnlen(to + len, piece);
		if (n < piece)
			return len + n;
	}
	return len;
}

/*
 * Follow one pointer. Returns where the next string goes.
 *
 * A step to kernel memory begins at a pointer that is the kernel's: one that a user has
 * given to the system call that is going on is not, whatever it points to; and no offset
 * makes one of a user's.
 */
static inline char *probe_follow(const struct probe_read *read, struct probe_fetched *fetched,
				 char *end, struct probe_target *target, bool suspect)
{
	const struct probe_deref *deref = read->derefs;
	const struct probe_deref *last = deref + read->nr - 1;
	unsigned long word = fetched->words[read->from];
	unsigned long addr;
	bool user;
	int len;

	if (fetched->faults & BIT(read->from)) {
		fetched->words[read->to] = word;
		goto fail;
	}
	for (;; deref++) {
		addr = word + deref->offset;
		user = deref->user;
		if (!user && unlikely(!probe_is_kernel_addr(word) ||
				      (suspect && probe_is_syscall_arg(word))))
			goto fault;
		if (deref == last)
			break;
		if (probe_read_memory(&word, addr, sizeof(word), user))
			goto fault;
	}
	if (!read->string) {
		fetched->words[read->to] = 0;
		if (probe_read_memory(&fetched->words[read->to], addr, read->size, user))
			goto fault;
		return end;
	}
	len = probe_read_string(end, addr, user);
	if (len < 0)
		goto fault;
	fetched->words[read->to] = (end - (char *)fetched) << 16 | len;
	return end + ALIGN(len, sizeof(long));

fault:
	probe_fault_read_failed(target, addr);
	fetched->words[read->to] = probe_unread(word, addr, user);
fail:
	fetched->faults |= BIT(read->to);
	return end;
}

static noinline void probe_fetch_reads(const struct probe_steps *steps,
				       struct probe_fetched *fetched,
				       struct probe_target *target)
{
	bool suspect = probe_syscall_has_kernel_addr();
	char *end = (char *)fetched + fetched->size;
	unsigned int i;

	probe_fault_begin(target);
	for (i = 0; i < steps->nr_reads; i++)
		end = probe_follow(&steps->reads[i], fetched, end, target, suspect);
	probe_fault_end();
	fetched->size = end - (char *)fetched;
}

/* As below, if any of the words is elsewhere, or narrow. */
static noinline void probe_fetch_far(const struct probe_steps *steps,
				     struct probe_fetched *fetched,
				     const struct pt_regs *regs,
				     struct probe_target *target)
{
	unsigned int word = steps->word + steps->nr_regs;
	unsigned int i;

	for (i = 0; i < steps->nr_nears; i++, word++) {
		const struct probe_near *near = &steps->nears[i];
		unsigned long addr = probe_reg_read(regs, near->reg) +
				     (near->offset & ~PROBE_NEAR_NARROW);

		if (probe_read_kernel(&fetched->words[word], addr, sizeof(long))) {
			probe_fault_read_failed(target, addr);
			fetched->words[word] = PROBE_UNREAD_FAULT;
			fetched->faults |= BIT(word);
			continue;
		}
		if (near->offset & PROBE_NEAR_NARROW)
			fetched->words[word] = (u32)fetched->words[word];
	}
	if (steps->nr_reads)
		probe_fetch_reads(steps, fetched, target);
}

/*
 * Apart, as are those above, so that a hit pays for what it needs only; each ends with
 * the next, so none saves registers for another.
 *
 * A word of the page that the stack has last grown to is there, which most of the near
 * ones are; that saves the cost of a read with a fixup. A narrow one is no multiple of 8.
 */
static noinline void probe_fetch_steps(const struct probe_steps *steps,
				       struct probe_fetched *fetched,
				       const struct pt_regs *regs,
				       struct probe_target *target)
{
	unsigned long page = (kernel_stack_pointer((struct pt_regs *)regs) - 1) & PAGE_MASK;
	unsigned long *word = &fetched->words[steps->word];
	const struct probe_near *near = steps->nears;
	const u16 *reg = steps->regs;
	unsigned int left;

	for (left = steps->nr_regs; left; left--)
		*word++ = probe_reg_read(regs, *reg++);
	for (left = steps->nr_nears; left; left--, near++, word++) {
		unsigned long addr = probe_reg_read(regs, near->reg) + near->offset;

		if (unlikely((addr ^ page) & (PAGE_MASK | (sizeof(long) - 1))))
			return probe_fetch_far(steps, fetched, regs, target);
		*word = READ_ONCE_NOCHECK(*(const unsigned long *)addr);
	}
	if (steps->nr_reads)
		probe_fetch_reads(steps, fetched, target);
}

/**
 * probe_fetch() - get the values of a hit
 * @target:  the probe that was hit
 * @fetched: in the record, target->plan->room bytes; PROBE_WORDS_GIVEN words, the
 *           argument registers, are or will be stored by the caller
 * @regs:    registers at the hit
 *
 * Context: a handler.
 * Return: where the record goes on.
 */
static __always_inline void *probe_fetch(struct probe_target *target,
					 struct probe_fetched *fetched,
					 const struct pt_regs *regs)
{
	const struct probe_plan *plan = target->plan;

	fetched->faults = 0;
	fetched->size = offsetof(struct probe_fetched, words[plan->nr_words]);
	if (unlikely(plan->nr_words > PROBE_WORDS_GIVEN))
		probe_fetch_steps(&plan->entry, fetched, regs, target);
	return (char *)fetched + fetched->size;
}

/**
 * probe_fetch_return() - get the values of a call that returns
 * @target:  the probe that was hit
 * @fetched: in the record, target->plan->room bytes
 * @entry:   what probe_fetch() got at the call's entry
 * @regs:    registers at the return
 *
 * Context: a handler.
 * Return: where the record goes on.
 */
static __always_inline void *probe_fetch_return(struct probe_target *target,
						struct probe_fetched *fetched,
						const struct probe_fetched *entry,
						const struct pt_regs *regs)
{
	fetched->faults = entry->faults;
	fetched->size = entry->size;
	memcpy(fetched->words, entry->words, entry->size - sizeof(*entry));
	probe_fetch_steps(&target->plan->hit, fetched, regs, target);
	return (char *)fetched + fetched->size;
}

/* ------------------------------------------------------------- at load */

/*
 * Where a value comes from: the offset of a register in struct pt_regs, and, if it is
 * not that register but a word near what it points to, the offset there, else -1.
 */
static inline unsigned int probe_plan_base(const struct probe_arg *arg,
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
static inline unsigned int probe_plan_reg(struct probe_plan *plan, struct probe_steps *steps,
					  unsigned int offset)
{
	unsigned int i;

	for (i = 0; i < PROBE_WORDS_GIVEN && steps == &plan->entry; i++)
		if (probe_regs[i].offset == offset)
			return i;
	for (i = 0; i < steps->nr_regs; i++)
		if (steps->regs[i] == offset)
			return steps->word + i;
	steps->regs[steps->nr_regs++] = offset;
	return plan->nr_words++;
}

/* Arguments are known when the function is entered, and gone when it returns. */
static inline struct probe_steps *probe_plan_moment(struct probe_plan *plan,
						    const struct probe_arg *arg)
{
	return PROBE_AT_RETURN && arg->base != PROBE_BASE_ARG ? &plan->hit : &plan->entry;
}

/* Make the values that are taken at one moment into steps. */
static inline void probe_plan_steps(struct probe_plan *plan, struct probe_steps *steps,
				    const struct probe_syscall *syscall)
{
	unsigned int i;
	int near;

	steps->word = plan->nr_words;
	/* The words of registers first, then those that they point near to. */
	for (i = 0; i < plan->nr; i++) {
		unsigned int reg = probe_plan_base(&probe_spec.args[i], syscall, &near);

		if (near < 0 && probe_plan_moment(plan, &probe_spec.args[i]) == steps)
			plan->value[i] = probe_plan_reg(plan, steps, reg);
	}
	for (i = 0; i < plan->nr; i++) {
		unsigned int reg = probe_plan_base(&probe_spec.args[i], syscall, &near);

		if (near < 0 || probe_plan_moment(plan, &probe_spec.args[i]) != steps)
			continue;
		steps->nears[steps->nr_nears].reg = reg;
		steps->nears[steps->nr_nears++].offset = near;
		plan->value[i] = plan->nr_words++;
	}
}

/*
 * How many steps from a value can lead to kernel memory. None at a system call's own
 * function, where the caller has chosen the values, but that from the pointer to the
 * caller's registers, or to the stack that they are on.
 */
static inline unsigned int probe_plan_kernel_steps(const struct probe_arg *arg,
						   const struct probe_syscall *syscall)
{
	if (!syscall)
		return PROBE_DEREFS_MAX;
	if (arg->base != PROBE_BASE_REG)
		return 0;
	return arg->number == PROBE_REG_STACK ||
	       (syscall->args && !PROBE_AT_RETURN && arg->number == probe_regs[0].offset);
}

/* What is reached from words that have been taken. */
static inline void probe_plan_reads(struct probe_plan *plan, struct probe_steps *steps,
				    const struct probe_syscall *syscall)
{
	unsigned int i, j;

	for (i = 0; i < plan->nr; i++) {
		const struct probe_arg *arg = &probe_spec.args[i];
		struct probe_read *read = &steps->reads[steps->nr_reads];
		bool string = arg->type->class == PROBE_STRING;

		if (!arg->nr_derefs && !string)
			continue;
		steps->nr_reads++;
		memcpy(read->derefs, arg->derefs, sizeof(read->derefs));
		/* Of +8($arg1):string the step ends at the string, not at a pointer to it. */
		read->nr = arg->nr_derefs ?: 1;
		read->derefs[read->nr - 1].user |= arg->type->user;
		for (j = probe_plan_kernel_steps(arg, syscall); j < read->nr; j++)
			read->derefs[j].user = true;
		read->string = string;
		read->size = arg->type->size;
		read->from = plan->value[i];
		read->to = plan->value[i] = plan->nr_words++;
		if (string)
			plan->room += PROBE_STRING_ROOM;
	}
}

static inline void probe_plan_make(struct probe_plan *plan, unsigned int nr,
				   const struct probe_syscall *syscall)
{
	if (plan->room)
		return;		/* another target has made it */
	plan->nr = nr;
	plan->nr_words = PROBE_WORDS_GIVEN;
	probe_plan_steps(plan, &plan->entry, syscall);
	if (PROBE_AT_RETURN)
		probe_plan_steps(plan, &plan->hit, syscall);
	/* When a call returns, pointers are followed to what it has made of it. */
	probe_plan_reads(plan, PROBE_AT_RETURN ? &plan->hit : &plan->entry, syscall);
	plan->room += offsetof(struct probe_fetched, words[plan->nr_words]);
}

/* The first value that cannot be had at a target, or how many there are. */
static inline unsigned int probe_plan_had(const struct probe_target *target,
					  const struct probe_syscall *syscall)
{
	unsigned int most = PROBE_ARG_WORDS;
	unsigned int i;

	if (!target->at_entry)
		most = 0;
	else if (syscall && syscall->args)
		most = PROBE_SYSCALL_ARGS;

	for (i = 0; i < probe_spec.nr; i++)
		if (probe_spec.args[i].base == PROBE_BASE_ARG && probe_spec.args[i].number > most)
			break;
	return i;
}

/**
 * probe_target_plan() - say how a target's values are got
 * @target: the target, its at_entry set; its plan will be
 * @name:   the function that it is in
 * @asked:  the values were asked for with args=, so one that cannot be had is an
 *          error; the default ones are left out then
 *
 * Context: process context.
 * Return: 0, or -EDOM, for probe_target_plan_explain().
 */
static inline int probe_target_plan(struct probe_target *target, const char *name, bool asked)
{
	const struct probe_syscall *syscall = probe_syscall(name);
	unsigned int nr = probe_plan_had(target, syscall);

	if (asked && nr < probe_spec.nr)
		return -EDOM;
	if (!target->at_entry) {
		target->plan = &probe_plans.elsewhere;
		syscall = NULL;
	} else if (!syscall) {
		target->plan = &probe_plans.at_entry;
	} else {
		target->plan = &probe_plans.syscalls[syscall - probe_syscalls];
	}
	probe_plan_make(target->plan, nr, syscall);
	return 0;
}

/**
 * probe_target_plan_explain() - one line on why there is no plan
 * @target: as for probe_target_plan()
 * @name:   the same
 *
 * Context: process context.
 */
static inline void probe_target_plan_explain(const struct probe_target *target, const char *name)
{
	unsigned int i = probe_plan_had(target, probe_syscall(name));

	pr_err("args=: value %u ('%s') on '%s': %s\n", i + 1, probe_spec.args[i].name,
	       target->name, target->at_entry ? "a system call has six arguments" :
	       "arguments are known at a function's start only; name registers");
}

#endif
