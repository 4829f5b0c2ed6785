/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Execute the fetch instructions of a target at a hit.
 *
 * When a probe is registered, the values of args= are compiled into fetch instructions
 * (fetch.c), as in kernel/trace/trace_probe.h: registers to copy (FETCH_OP_REG), words to
 * copy from an offset to a register (FETCH_OP_STACK), and pointers to follow from those
 * (FETCH_OP_DEREF). A handler stores the fetched words in a record; the drain thread
 * formats them (value.c).
 */
#ifndef PROBE_FETCH_H
#define PROBE_FETCH_H

#include <linux/kernel.h>
#include <linux/mm.h>
#include <asm/word-at-a-time.h>

#include <probe/arch.h>
#include <probe/memory.h>
#include <common/args.h>
#include <common/fault.h>
#include <common/ops.h>
#include <common/syscall.h>
#include <common/target.h>
#include <compat/stacktrace.h>

/* A string is cut after this many bytes. One more is read, to see whether it is cut. */
#define PROBE_STRING_MAX	128
#define PROBE_STRING_ROOM	(PROBE_STRING_MAX + sizeof(u64))
#define PROBE_STRING_PIECE	64	/* bytes read at a time; most strings are shorter */

/* Words that the values of args= may have, without those of pointers. */
#define PROBE_FETCH_WORDS	(PROBE_ARGS_MAX * sizeof(u64) / sizeof(long))

/* Stored instead of a word that could not be read. */
enum probe_fetch_error {
	PROBE_FETCH_ERROR_FAULT,
	PROBE_FETCH_ERROR_USER,	/* a user address, where the type reads kernel memory */
	PROBE_FETCH_ERROR_KERNEL,	/* a kernel address, where the type reads user memory */
};

/**
 * struct probe_fetched - fetched values, as they are stored in a record
 * @faults: bit i is set if @words[i] could not be read; the word is an
 *          enum probe_fetch_error then
 * @size:   size of this struct in bytes, a multiple of 8, with the strings that follow the words
 * @words:  the fetched words. For a string: its offset from this struct in the upper bits,
 *          its length in the lower 16 bits. On a 32-bit machine, 64 bits are two words
 */
struct probe_fetched {
	u32 faults;
	u32 size;
	unsigned long words[];
};

/**
 * struct probe_fetch_deref - instruction: follow a pointer
 * @from:   index of the word that holds the pointer
 * @to:     index of the word that gets the result
 * @nr:     number of dereferences
 * @string: the last one reads a string, not @size bytes
 * @size:   1, 2, 4 or 8
 * @derefs: the dereferences
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
 * struct probe_fetch_indirect - instruction: copy a word at an offset from a register
 * @reg:    offset of the register in struct pt_regs
 * @offset: added to the register; a multiple of sizeof(long), plus PROBE_FETCH_NARROW; or
 *          PROBE_FETCH_CALLER
 *
 * These are words of the stack, and the arguments of a system call in the struct pt_regs
 * that its function gets.
 */
struct probe_fetch_indirect {
	u16 reg;
	u16 offset;
};

#define PROBE_FETCH_NARROW 1	/* clear the upper half of the word */
#define PROBE_FETCH_CALLER 2	/* the return address, which may have been replaced */

/**
 * struct probe_fetch_insns - the instructions for one handler, in the order of execution
 * @word:        index of the first word that they store: first those of @regs, then those
 *               of @indirect
 * @nr_regs:     number of registers to copy
 * @nr_indirect: number of words to copy
 * @nr_derefs:   number of pointers to follow
 * @regs:        offsets of the registers in struct pt_regs
 * @indirect:    the words
 * @derefs:      the pointers
 */
struct probe_fetch_insns {
	u8 word;
	u8 nr_regs;
	u8 nr_indirect;
	u8 nr_derefs;
	u16 regs[PROBE_FETCH_WORDS];
	struct probe_fetch_indirect indirect[PROBE_FETCH_WORDS];
	struct probe_fetch_deref derefs[PROBE_ARGS_MAX];
};

/**
 * struct probe_fetch_program - fetch instructions for all values of args= at one target
 * @nr_words: number of words that are stored; even on a 32-bit machine
 * @room:     maximum size of the struct probe_fetched, in bytes
 * @nr:       number of values
 * @value:    index of the word of each value, or of the first of two
 * @entry:    executed when the function is entered
 * @hit:      (kretprobe) executed when the function returns
 */
struct probe_fetch_program {
	u8 nr_words;
	u16 room;
	u8 nr;
	u8 value[PROBE_ARGS_MAX];
	struct probe_fetch_insns entry;
	struct probe_fetch_insns hit;
};

/* Kinds of places: in each of them the arguments are found in another way. */
enum {
	PROBE_PLACE_ENTRY,
	PROBE_PLACE_ELSEWHERE,
	PROBE_PLACE_SYSCALLS,	/* one for each of probe_syscalls */
	PROBE_PLACES = PROBE_PLACE_SYSCALLS + ARRAY_SIZE(probe_syscalls),
};

/*
 * Why could @addr, which is an offset from @word, not be read? An offset may lead to the
 * other half of the address space, so for kernel memory @word decides.
 */
static inline enum probe_fetch_error probe_fetch_error(unsigned long word, unsigned long addr,
						       bool user)
{
	if (user)
		return probe_is_kernel_addr(addr) ? PROBE_FETCH_ERROR_KERNEL :
						    PROBE_FETCH_ERROR_FAULT;
	if (probe_is_kernel_addr(word) && probe_syscall_is_arg(word))
		return PROBE_FETCH_ERROR_KERNEL;
	/* A NULL pointer is a fault, not a user address. */
	return word >= PAGE_SIZE && probe_memory_is_user(word) ? PROBE_FETCH_ERROR_USER :
							       PROBE_FETCH_ERROR_FAULT;
}

/* The caller decides which memory is read, not the address: a user may have chosen it. */
static inline long probe_fetch_memory(void *to, unsigned long addr, unsigned int size, bool user)
{
	return user ? probe_memory_read_user(to, addr, size) :
		      probe_memory_read_kernel(to, addr, size);
}

/* As strnlen(), a word at a time. */
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
 * Copy the string at @addr. A string may end shortly before a page that cannot be read, so
 * it is read in pieces that do not cross a page boundary; none crosses from one half of the
 * address space into the other either. Returns the length, which is greater than
 * PROBE_STRING_MAX if the string was cut, or -EFAULT.
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
 * Follow one pointer. A string is stored at @end. Returns where the next string goes.
 *
 * Kernel memory is read only through a kernel pointer, before the offset is added. With
 * @syscall_args the arguments of the current system call include kernel addresses: a
 * pointer that equals one of them came from user space and is not followed.
 */
static inline char *probe_fetch_deref(const struct probe_fetch_deref *insn,
				      struct probe_fetched *fetched, char *end,
				      struct probe_target *target, bool syscall_args)
{
	const struct probe_deref *deref = insn->derefs;
	const struct probe_deref *last = deref + insn->nr - 1;
	unsigned long word = fetched->words[insn->from];
	unsigned long addr;
	bool user;
	int len;

	if (fetched->faults & BIT(insn->from)) {
		fetched->words[insn->to] = word;
		goto fail;
	}
	for (;; deref++) {
		addr = word + deref->offset;
		user = deref->user;
		if (!user && unlikely(!probe_is_kernel_addr(word) ||
				      (syscall_args && probe_syscall_is_arg(word))))
			goto fault;
		if (deref == last)
			break;
		if (probe_fetch_memory(&word, addr, sizeof(word), user))
			goto fault;
	}
	if (!insn->string) {
		fetched->words[insn->to] = 0;
		if (probe_fetch_memory(&fetched->words[insn->to], addr, insn->size, user))
			goto fault;
		return end;
	}
	len = probe_fetch_string(end, addr, user);
	if (len < 0)
		goto fault;
	fetched->words[insn->to] = (end - (char *)fetched) << 16 | len;
	return end + ALIGN(len, sizeof(u64));

fault:
	probe_fault_read_failed(target, addr);
	fetched->words[insn->to] = probe_fetch_error(word, addr, user);
fail:
	fetched->faults |= BIT(insn->to);
	return end;
}

static noinline void probe_fetch_derefs(const struct probe_fetch_insns *insns,
					struct probe_fetched *fetched,
					struct probe_target *target)
{
	bool syscall_args = probe_syscall_has_kernel_addr();
	char *end = (char *)fetched + fetched->size;
	unsigned int i;

	probe_fault_begin(target);
	for (i = 0; i < insns->nr_derefs; i++)
		end = probe_fetch_deref(&insns->derefs[i], fetched, end, target, syscall_args);
	probe_fault_end();
	fetched->size = end - (char *)fetched;
}

/*
 * The slow path of probe_fetch_run(), for words that are not on the current page of the
 * stack, or narrow.
 */
static noinline void probe_fetch_indirect_nofault(const struct probe_fetch_insns *insns,
						  struct probe_fetched *fetched,
						  const struct pt_regs *regs,
						  struct probe_target *target)
{
	unsigned int word = insns->word + insns->nr_regs;
	unsigned int i;

	for (i = 0; i < insns->nr_indirect; i++, word++) {
		const struct probe_fetch_indirect *indirect = &insns->indirect[i];
		unsigned long addr = probe_arch_reg_read(regs, indirect->reg) +
				     (indirect->offset & ~PROBE_FETCH_NARROW);

		if (indirect->offset == PROBE_FETCH_CALLER) {
			fetched->words[word] = probe_caller(regs);
			continue;
		}
		if (probe_memory_read_kernel(&fetched->words[word], addr, sizeof(long))) {
			probe_fault_read_failed(target, addr);
			fetched->words[word] = PROBE_FETCH_ERROR_FAULT;
			fetched->faults |= BIT(word);
			continue;
		}
		if (indirect->offset & PROBE_FETCH_NARROW)
			fetched->words[word] = (u32)fetched->words[word];
	}
	if (insns->nr_derefs)
		probe_fetch_derefs(insns, fetched, target);
}

/*
 * Execute fetch instructions. The functions above are separate noinline functions that
 * this one calls as its last action, so that a hit saves only the registers it needs.
 *
 * Most words to copy are on the page of the stack that is in use, which is mapped: they
 * are read without a fixup, which is cheaper. PROBE_FETCH_NARROW makes an address
 * unaligned, so a narrow word takes the slow path.
 */
static noinline void probe_fetch_run(const struct probe_fetch_insns *insns,
				     struct probe_fetched *fetched,
				     const struct pt_regs *regs,
				     struct probe_target *target)
{
	unsigned long page = (kernel_stack_pointer((struct pt_regs *)regs) - 1) & PAGE_MASK;
	unsigned long *word = &fetched->words[insns->word];
	const struct probe_fetch_indirect *indirect = insns->indirect;
	const u16 *reg = insns->regs;
	unsigned int left;

	for (left = insns->nr_regs; left; left--)
		*word++ = probe_arch_reg_read(regs, *reg++);
	for (left = insns->nr_indirect; left; left--, indirect++, word++) {
		unsigned long addr = probe_arch_reg_read(regs, indirect->reg) + indirect->offset;

		if (unlikely((addr ^ page) & (PAGE_MASK | (sizeof(long) - 1))))
			return probe_fetch_indirect_nofault(insns, fetched, regs, target);
		*word = READ_ONCE_NOCHECK(*(const unsigned long *)addr);
	}
	if (insns->nr_derefs)
		probe_fetch_derefs(insns, fetched, target);
}

/**
 * probe_fetch() - fetch the values of a hit
 * @target:  the probe that was hit
 * @fetched: in the record, target->program->room bytes; the caller stores the first
 *           probe_ops.preloaded_args words, the argument registers, before or afterwards
 * @regs:    registers at the hit
 *
 * Context: a handler.
 * Return: the end of the values in the record.
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
 * probe_fetch_return() - fetch the values of a call that returns
 * @target:  the probe that was hit
 * @fetched: in the record, target->program->room bytes
 * @entry:   the values that probe_fetch() fetched when the function was entered
 * @regs:    registers at the return
 *
 * Context: a handler.
 * Return: the end of the values in the record.
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
 * probe_fetch_mask() - the words of a value
 * @arg:   the value
 * @index: index of its first word
 *
 * Context: any.
 * Return: a bit for each, as in struct probe_fetched.faults.
 */
static __always_inline u32 probe_fetch_mask(const struct probe_arg *arg, unsigned int index)
{
	return BITS_PER_LONG == 64 || probe_arg_words(arg) == 1 ? BIT(index) : 3u << index;
}

/**
 * probe_fetch_number() - a value that was fetched, as a number
 * @fetched: the values of the hit
 * @arg:     the value
 * @index:   index of its first word
 *
 * Context: any.
 * Return: the number; only as many of its lower bits count as the type has.
 */
static __always_inline u64 probe_fetch_number(const struct probe_fetched *fetched,
					      const struct probe_arg *arg, unsigned int index)
{
	if (BITS_PER_LONG == 64 || probe_arg_words(arg) == 1)
		return fetched->words[index];
	return fetched->words[index] | (u64)fetched->words[index + 1] << 32;
}

/**
 * probe_fetch_end() - the end of the values of a hit in its record
 * @fetched: the values
 *
 * Context: any.
 */
static inline const void *probe_fetch_end(const struct probe_fetched *fetched)
{
	return (const char *)fetched + fetched->size;
}

#endif
