/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Execute the fetch instructions of a target at a hit.
 *
 * When a probe is registered, the values of args= are compiled into fetch instructions
 * (fetch.c), as in kernel/trace/trace_probe.h: registers to copy (FETCH_OP_REG), words to
 * copy from an offset to a register (FETCH_OP_STACK), and pointers to follow from those
 * (FETCH_OP_DEREF). A handler stores the fetched words in a record; the drain thread
 * formats them (value.c).
 *
 * A number is in a word. Any other value is a sequence of at most PROBE_STRING_MAX bytes, which
 * is stored behind the words; equal values have equal bytes.
 */
#ifndef PROBE_FETCH_H
#define PROBE_FETCH_H

#include <linux/kernel.h>
#include <linux/mm.h>

#include <probe/arch.h>
#include <probe/memory.h>
#include <common/args.h>
#include <common/fault.h>
#include <common/object.h>
#include <common/ops.h>
#include <common/syscall.h>
#include <common/target.h>
#include <compat/stacktrace.h>

#define PROBE_STRING_ROOM	(PROBE_STRING_MAX + sizeof(u64))

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
 * @size:   size of this struct in bytes, a multiple of 8, with what follows the words
 * @words:  the fetched words. For a sequence of bytes, such as a string: its offset from this
 *          struct in the upper bits, its length in the lower 16 bits. The length is
 *          greater than PROBE_STRING_MAX if the value was cut to that. On a 32-bit machine, a
 *          number of 64 bits is two words
 */
struct probe_fetched {
	u32 faults;
	u32 size;
	unsigned long words[];
};

/* What the last dereference of a value reads. */
enum probe_fetch_kind {
	PROBE_FETCH_NUMBER,	/* of @size bytes */
	PROBE_FETCH_STRING,
	PROBE_FETCH_BITFIELD,	/* a part of a number of @size bytes */
	PROBE_FETCH_BYTES,	/* @count elements of @size bytes */
	PROBE_FETCH_STRINGS,	/* @count pointers to strings */
	PROBE_FETCH_COMM,	/* the name in a struct task_struct */
	PROBE_FETCH_FILE,	/* these are objects (object.h) */
	PROBE_FETCH_DENTRY,
	PROBE_FETCH_SOCKADDR,
	PROBE_FETCH_SOCK,
	PROBE_FETCH_TASK,
};

/**
 * struct probe_fetch_deref - instruction: follow a pointer
 * @from:   index of the word that holds the pointer
 * @to:     index of the word that gets the result
 * @nr:     number of dereferences
 * @kind:   what the last one reads: enum probe_fetch_kind
 * @size:   1, 2, 4 or 8
 * @count:  number of elements of an array
 * @bits:   width of a bitfield, 0 if it is none
 * @bit:    lowest bit of it
 * @derefs: the dereferences; after these, for PROBE_FETCH_STRINGS, that of the elements
 */
struct probe_fetch_deref {
	u8 from;
	u8 to;
	u8 nr;
	u8 kind;
	u8 size;
	u8 count;
	u8 bits;
	u8 bit;
	struct probe_deref derefs[PROBE_DEREFS_MAX + 1];
};

/**
 * struct probe_fetch_indirect - instruction: copy a word at an offset from a register
 * @reg:    offset of the register in struct pt_regs
 * @offset: added to the register; a multiple of sizeof(long), plus PROBE_FETCH_NARROW; or
 *          PROBE_FETCH_CALLER; or PROBE_FETCH_OTHER()
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

/*
 * A word that is not in memory, for the value @arg of args=: the number of \NUMBER; the current
 * task for $comm; or a bitfield of the word with the index @from, which was stored before. As for
 * PROBE_FETCH_CALLER, the register is the stack pointer, so that the address is not aligned.
 */
#define PROBE_FETCH_OTHER(arg, from)	(3 | (arg) << 2 | (from) << 8)
#define PROBE_FETCH_OTHER_HALF		BIT(6)	/* added: the second word of 64 bits */
#define PROBE_FETCH_NOWHERE		255	/* as @from: it is no bitfield */
#define PROBE_FETCH_IS_OTHER(offset)	(((offset) & 3) == 3)
#define PROBE_FETCH_OTHER_ARG(offset)	((offset) >> 2 & 15)
#define PROBE_FETCH_OTHER_FROM(offset)	((offset) >> 8)

/**
 * struct probe_fetch_insns - the instructions for one handler, in the order of execution
 * @word:        index of the first word that they store: first those of @regs, then those
 *               of @indirect
 * @nr_regs:     number of registers to copy
 * @nr_indirect: number of words to copy, or to take a bitfield of
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
	struct probe_fetch_indirect indirect[2 * PROBE_FETCH_WORDS];
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

/* May the memory at @word be read as the type says? */
static __always_inline bool probe_fetch_may_follow(unsigned long word, bool user,
						   bool syscall_args)
{
	return user || (probe_is_kernel_addr(word) &&
			!(syscall_args && probe_syscall_is_arg(word)));
}

/* A bitfield of a number. */
static inline u64 probe_fetch_bitfield(u64 number, unsigned int bits, unsigned int bit)
{
	return number << (64 - bits - bit) >> (64 - bits);
}

/* Read the name of a task. Returns its length, or -EFAULT. */
static inline int probe_fetch_comm(char *to, const struct task_struct *task)
{
	if (probe_memory_read_kernel(to, (unsigned long)task->comm, TASK_COMM_LEN))
		return -EFAULT;
	return probe_memory_strnlen(to, TASK_COMM_LEN);
}

/* Read an array of numbers. Returns its length, or -EFAULT. */
static inline int probe_fetch_array(const struct probe_fetch_deref *insn, char *to,
				    unsigned long addr, bool user)
{
	unsigned int len = insn->count * insn->size;
	char *element;

	if (probe_memory_read(to, addr, len, user))
		return -EFAULT;
	for (element = to; insn->bits && element < to + len; element += insn->size) {
		u64 number = 0;

		memcpy(&number, element, insn->size);
		number = probe_fetch_bitfield(number, insn->bits, insn->bit);
		memcpy(element, &number, insn->size);
	}
	return len;
}

/* What follows an element of an array of strings, and the 0 that ends it. */
enum probe_fetch_string_state {
	PROBE_FETCH_STRING_WHOLE,
	PROBE_FETCH_STRING_CUT,
	PROBE_FETCH_STRING_UNREAD,	/* plus an enum probe_fetch_error */
};

/* All elements of an array of strings have this many bytes together. */
#define PROBE_STRINGS_TEXT_MAX	(PROBE_STRING_MAX - 2 * PROBE_STRINGS_MAX)

/*
 * Read an array of strings. An element is stored as its text, a 0, and an
 * enum probe_fetch_string_state. Returns the length, or -EFAULT.
 */
static inline int probe_fetch_strings(const struct probe_fetch_deref *insn, char *to,
				      unsigned long addr, bool user, bool syscall_args)
{
	bool text_user = insn->derefs[insn->nr].user;
	unsigned int left = PROBE_STRINGS_TEXT_MAX;
	unsigned long strings[PROBE_STRINGS_MAX];
	char *start = to;
	unsigned int i;

	if (probe_memory_read(strings, addr, insn->count * sizeof(long), user))
		return -EFAULT;
	for (i = 0; i < insn->count; i++) {
		unsigned int state = PROBE_FETCH_STRING_WHOLE;
		int len = -EFAULT;

		if (probe_fetch_may_follow(strings[i], text_user, syscall_args))
			len = probe_memory_read_string(to, strings[i], left, text_user);
		if (len < 0) {
			state = PROBE_FETCH_STRING_UNREAD +
				probe_fetch_error(strings[i], strings[i], text_user);
			len = 0;
		} else if (len > left) {
			state = PROBE_FETCH_STRING_CUT;
			len = left;
		}
		left -= len;
		to += len;
		*to++ = '\0';
		*to++ = state;
	}
	return to - start;
}

/*
 * Store a value that is neither a number nor a string. Separate and noinline, so that others do
 * not pay for it. Returns false if it cannot be read.
 */
static noinline bool probe_fetch_other(const struct probe_fetch_deref *insn,
				       struct probe_fetched *fetched, char **end,
				       unsigned long addr, bool user, bool syscall_args)
{
	u64 number = 0;
	int len;

	switch (insn->kind) {
	case PROBE_FETCH_BITFIELD:
		if (probe_memory_read(&number, addr, insn->size, user))
			return false;
		number = probe_fetch_bitfield(number, insn->bits, insn->bit);
		memcpy(&fetched->words[insn->to], &number, max_t(size_t, insn->size, sizeof(long)));
		return true;
	case PROBE_FETCH_BYTES:
		len = probe_fetch_array(insn, *end, addr, user);
		break;
	case PROBE_FETCH_STRINGS:
		len = probe_fetch_strings(insn, *end, addr, user, syscall_args);
		break;
	case PROBE_FETCH_COMM:
		len = probe_fetch_comm(*end, (const struct task_struct *)addr);
		break;
	case PROBE_FETCH_FILE:
		len = probe_object_file(*end, (const struct file *)addr);
		break;
	case PROBE_FETCH_DENTRY:
		len = probe_object_dentry(*end, (const struct dentry *)addr);
		break;
	case PROBE_FETCH_SOCKADDR:
		len = probe_object_sockaddr(*end, addr, user);
		break;
	case PROBE_FETCH_SOCK:
		len = probe_object_sock(*end, (const struct sock *)addr);
		break;
	case PROBE_FETCH_TASK:
		len = probe_object_task(*end, (const struct task_struct *)addr);
		break;
	default:
		return false;
	}
	if (len < 0)
		return false;
	fetched->words[insn->to] = (*end - (char *)fetched) << 16 | len;
	*end += ALIGN(len, sizeof(u64));
	return true;
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
		if (unlikely(!probe_fetch_may_follow(word, user, syscall_args)))
			goto fault;
		if (deref == last)
			break;
		if (probe_memory_read(&word, addr, sizeof(word), user))
			goto fault;
	}
	if (insn->kind == PROBE_FETCH_NUMBER) {
		fetched->words[insn->to] = 0;
		if (probe_memory_read(&fetched->words[insn->to], addr, insn->size, user))
			goto fault;
		return end;
	}
	if (unlikely(insn->kind != PROBE_FETCH_STRING)) {
		if (!probe_fetch_other(insn, fetched, &end, addr, user, syscall_args))
			goto fault;
		return end;
	}
	len = probe_memory_read_string(end, addr, PROBE_STRING_MAX, user);
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

/* Store a word that is not in memory: see PROBE_FETCH_OTHER(). */
static inline void probe_fetch_word(struct probe_fetched *fetched, unsigned int word,
				    unsigned int offset)
{
	const struct probe_arg *arg = &probe_args.args[PROBE_FETCH_OTHER_ARG(offset)];
	unsigned int from = PROBE_FETCH_OTHER_FROM(offset);

	if (from == PROBE_FETCH_NOWHERE) {
		if (arg->base == PROBE_BASE_COMM)
			fetched->words[word] = (unsigned long)current;
		else
			fetched->words[word] = offset & PROBE_FETCH_OTHER_HALF ?
					       arg->immediate >> 32 : arg->immediate;
	} else if (fetched->faults & BIT(from)) {
		fetched->words[word] = fetched->words[from];
		fetched->faults |= BIT(word);
	} else {
		fetched->words[word] = probe_fetch_bitfield(fetched->words[from], arg->bits,
							    arg->bit);
	}
}

/*
 * The slow path of probe_fetch_run(), for words that are not on the current page of the
 * stack, or narrow, or not in memory.
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
		if (PROBE_FETCH_IS_OTHER(indirect->offset)) {
			probe_fetch_word(fetched, word, indirect->offset);
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
 * @fetched: in the record, target->program->room bytes; the caller has stored the first
 *           probe_ops.preloaded_args words, the argument registers
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
 * probe_fetch_values() - fetch some values into a buffer, not into a record
 * @insns:  the instructions for these values
 * @values: the buffer; a value has the same index in it as in a record
 * @target: the probe that was hit
 * @regs:   registers at the hit
 * @entry:  at a return, the values that were fetched at the entry; NULL if there are none
 *
 * Context: a handler.
 */
static noinline __maybe_unused void probe_fetch_values(const struct probe_fetch_insns *insns,
						       struct probe_fetched *values,
						       struct probe_target *target,
						       const struct pt_regs *regs,
						       const struct probe_fetched *entry)
{
	unsigned int i;

	values->faults = 0;
	values->size = offsetof(struct probe_fetched, words[target->program->nr_words]);
	if (entry) {
		values->faults = entry->faults;
		memcpy(values->words, entry->words, entry->size - sizeof(*values));
	} else if (probe_ops.at_return) {
		/* The call began before they were needed. At an entry this is none. */
		values->faults = BIT(insns->word) - 1;
	} else {
		for (i = 0; i < probe_ops.preloaded_args; i++)
			values->words[i] = probe_arch_reg_read(regs, probe_regs[i].offset);
	}
	probe_fetch_run(insns, values, regs, target);
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
