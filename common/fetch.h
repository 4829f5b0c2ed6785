/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fetch the values of args= at a hit, with as little work in the handler as possible.
 *
 * At load each value is compiled into fetch instructions (fetch.c): registers to copy,
 * and pointers to follow from them. A handler stores words; the drain thread
 * formats them (value.c).
 */
#ifndef PROBE_FETCH_H
#define PROBE_FETCH_H

#include <linux/kernel.h>
#include <linux/mm.h>
#include <asm/word-at-a-time.h>

#include <compat/ptrace.h>
#include <compat/syscall.h>
#include <compat/uaccess.h>
#include <common/args.h>
#include <common/fault.h>
#include <common/ops.h>
#include <common/target.h>

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
 * struct probe_fetch_deref - a pointer to be followed
 * @from:   the word that it is in
 * @to:     the word that the result goes to
 * @nr:     how many insns
 * @string: there is a string at the end; otherwise @size bytes
 * @size:   1, 2, 4 or 8
 * @derefs: the insns
 */
struct probe_fetch_deref {
	u8 from;
	u8 to;
	u8 nr;
	bool string;
	u8 size;
	struct probe_deref derefs[PROBE_DEREFS_MAX];
};

/**
 * struct probe_fetch_indirect - a word that a register points near to: one of the stack, or of the
 *                     registers that a system call is given
 * @reg:    where the register is in struct pt_regs
 * @offset: of the word, a multiple of 8; and PROBE_NEAR_NARROW
 */
struct probe_fetch_indirect {
	u16 reg;
	u16 offset;
};

#define PROBE_NEAR_NARROW 1	/* only the lower half of the word counts */

/**
 * struct probe_fetch_insns - what is fetched at one moment, in this order
 * @word:     where the words of @regs go, and then those of @nears
 * @nr_regs:  registers to copy, ...
 * @regs:     ... and where they are in struct pt_regs
 * @nr_indirect: words to copy
 * @nears:    the words
 * @nr_reads: pointers to follow
 * @reads:    the pointers
 */
struct probe_fetch_insns {
	u8 word;
	u8 nr_regs;
	u8 nr_indirect;
	u8 nr_derefs;
	u16 regs[PROBE_ARGS_MAX];
	struct probe_fetch_indirect indirect[PROBE_ARGS_MAX];
	struct probe_fetch_deref derefs[PROBE_ARGS_MAX];
};

/**
 * struct probe_fetch_program - how the values of args= are got at one kind of place
 * @nr_words: words that are stored
 * @room:     bytes a struct probe_fetched may have
 * @nr:       how many values there are
 * @value:    the word of each
 * @entry:    what is fetched when the function is entered, ...
 * @hit:      ... and at the hit, which for a kretprobe is later
 */
struct probe_fetch_program {
	u8 nr_words;
	u16 room;
	u8 nr;
	u8 value[PROBE_ARGS_MAX];
	struct probe_fetch_insns entry;
	struct probe_fetch_insns hit;
};

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

/* ------------------------------------------------------------ at a hit */

/* An address may be a user's choice, so it does not decide whose memory is read. */
static inline long probe_fetch_memory(void *to, unsigned long addr, unsigned int size, bool user)
{
	return user ? probe_read_user(to, addr, size) : probe_read_kernel(to, addr, size);
}

/* How many bytes there are before a zero; @max if there is none. */
static inline unsigned int probe_fetch_strnlen(const char *s, unsigned int max)
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
static inline int probe_fetch_string(char *to, unsigned long addr, bool user)
{
	unsigned int piece, len, n;

	for (len = 0; len <= PROBE_STRING_MAX; len += n) {
		piece = min_t(unsigned int, PROBE_STRING_PIECE, PROBE_STRING_MAX + 1 - len);
		piece = min_t(unsigned long, piece, PAGE_SIZE - offset_in_page(addr + len));
		if (probe_fetch_memory(to + len, addr + len, piece, user))
			return -EFAULT;
		n = probe_fetch_strnlen(to + len, piece);
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
static inline char *probe_fetch_deref(const struct probe_fetch_deref *read, struct probe_fetched *fetched,
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
		if (probe_fetch_memory(&word, addr, sizeof(word), user))
			goto fault;
	}
	if (!read->string) {
		fetched->words[read->to] = 0;
		if (probe_fetch_memory(&fetched->words[read->to], addr, read->size, user))
			goto fault;
		return end;
	}
	len = probe_fetch_string(end, addr, user);
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

static noinline void probe_fetch_derefs(const struct probe_fetch_insns *insns,
					struct probe_fetched *fetched,
					struct probe_target *target)
{
	bool suspect = probe_syscall_has_kernel_addr();
	char *end = (char *)fetched + fetched->size;
	unsigned int i;

	probe_fault_begin(target);
	for (i = 0; i < insns->nr_derefs; i++)
		end = probe_fetch_deref(&insns->derefs[i], fetched, end, target, suspect);
	probe_fault_end();
	fetched->size = end - (char *)fetched;
}

/* As below, if any of the words is elsewhere, or narrow. */
static noinline void probe_fetch_indirect_nofault(const struct probe_fetch_insns *insns,
						  struct probe_fetched *fetched,
						  const struct pt_regs *regs,
						  struct probe_target *target)
{
	unsigned int word = insns->word + insns->nr_regs;
	unsigned int i;

	for (i = 0; i < insns->nr_indirect; i++, word++) {
		const struct probe_fetch_indirect *near = &insns->indirect[i];
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
	if (insns->nr_derefs)
		probe_fetch_derefs(insns, fetched, target);
}

/*
 * Apart, as are those above, so that a hit pays for what it needs only; each ends with
 * the next, so none saves registers for another.
 *
 * A word of the page that the stack has last grown to is there, which most of the near
 * ones are; that saves the cost of a read with a fixup. A narrow one is no multiple of 8.
 */
static noinline void probe_fetch_run(const struct probe_fetch_insns *insns,
				     struct probe_fetched *fetched,
				     const struct pt_regs *regs,
				     struct probe_target *target)
{
	unsigned long page = (kernel_stack_pointer((struct pt_regs *)regs) - 1) & PAGE_MASK;
	unsigned long *word = &fetched->words[insns->word];
	const struct probe_fetch_indirect *near = insns->indirect;
	const u16 *reg = insns->regs;
	unsigned int left;

	for (left = insns->nr_regs; left; left--)
		*word++ = probe_reg_read(regs, *reg++);
	for (left = insns->nr_indirect; left; left--, near++, word++) {
		unsigned long addr = probe_reg_read(regs, near->reg) + near->offset;

		if (unlikely((addr ^ page) & (PAGE_MASK | (sizeof(long) - 1))))
			return probe_fetch_indirect_nofault(insns, fetched, regs, target);
		*word = READ_ONCE_NOCHECK(*(const unsigned long *)addr);
	}
	if (insns->nr_derefs)
		probe_fetch_derefs(insns, fetched, target);
}

/**
 * probe_fetch() - get the values of a hit
 * @target:  the probe that was hit
 * @fetched: in the record, target->program->room bytes; probe_ops.preloaded_args words, the
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
	const struct probe_fetch_program *program = target->program;

	fetched->faults = 0;
	fetched->size = offsetof(struct probe_fetched, words[program->nr_words]);
	if (unlikely(program->nr_words > probe_ops.preloaded_args))
		probe_fetch_run(&program->entry, fetched, regs, target);
	return (char *)fetched + fetched->size;
}

/**
 * probe_fetch_return() - get the values of a call that returns
 * @target:  the probe that was hit
 * @fetched: in the record, target->program->room bytes
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
	probe_fetch_run(&target->program->hit, fetched, regs, target);
	return (char *)fetched + fetched->size;
}

/**
 * probe_fetch_end() - what follows the values of a hit in its record
 * @fetched: the values
 *
 * Context: any.
 */
static inline const void *probe_fetch_end(const struct probe_fetched *fetched)
{
	return (const char *)fetched + fetched->size;
}

#endif
