/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * by= and sum=: count a hit in the table of its CPU (table.h).
 *
 * A key is built from up to three parts at each hit. What is in memory is
 * fetched as for args= (fetch.h), but only the values that are needed, into a buffer of this
 * CPU; registers and properties of the task are used directly.
 */
#ifndef PROBE_SUM_H
#define PROBE_SUM_H

#include <linux/bitops.h>
#include <linux/cred.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/uidgid.h>
#include <asm/word-at-a-time.h>

#include <common/counts.h>
#include <common/fault.h>
#include <common/fetch.h>
#include <common/stack.h>
#include <common/table.h>
#include <common/target.h>
#include <common/value.h>

#define PROBE_SUM_KEYS_MAX 3

/* Where a part of a key comes from; the most frequent ones first. */
enum probe_sum_source {
	PROBE_SUM_REGISTER,	/* an argument or a result, as the probe finds it in struct pt_regs */
	PROBE_SUM_FETCHED,	/* another value of args= */
	PROBE_SUM_STRING,	/* a string of args= */
	PROBE_SUM_COMM,
	PROBE_SUM_PID,
	PROBE_SUM_TID,
	PROBE_SUM_UID,
	PROBE_SUM_CPU,
	PROBE_SUM_FUNC,
	PROBE_SUM_TOOK,
	PROBE_SUM_CALLER,
	PROBE_SUM_STACK,
};

enum probe_sum_scale {
	PROBE_SUM_EXACT,
	PROBE_SUM_LOG2,
	PROBE_SUM_BUCKETS,
};

/* How a word becomes a number. */
enum probe_sum_type {
	PROBE_SUM_UNSIGNED,
	PROBE_SUM_SIGNED,
	PROBE_SUM_BOOL,
	PROBE_SUM_GUESS,	/* signed: see probe_value_number() */
};

/* Instead of the bucket of PROBE_SUM_LOG2: negative, or (less an enum probe_fetch_error) unread. */
#define PROBE_SUM_LOG2_NEGATIVE	(~0ULL)
#define PROBE_SUM_LOG2_UNREAD	(~0ULL - 1)

/* Instead of the length of a string: unread, plus an enum probe_fetch_error. */
#define PROBE_SUM_STRING_UNREAD	(1ULL << 32)

#define PROBE_SUM_STRING_WORDS(len)	(1 + DIV_ROUND_UP(len, sizeof(u64)))
#define PROBE_SUM_STACK_WORDS(nr)	(1 + DIV_ROUND_UP((nr) * sizeof(long), sizeof(u64)))
#define PROBE_SUM_COMM_WORDS	(TASK_COMM_LEN / sizeof(u64))

/**
 * struct probe_sum_part - a part of the key, or the value of sum=
 * @source: where it comes from: enum probe_sum_source
 * @scale:  enum probe_sum_scale
 * @type:   enum probe_sum_type
 * @shift:  64 less the bits of the number
 * @words:  number of words that it has at most in the key
 * @at:     of a register its offset in struct pt_regs, of a fetched value its index
 * @arg:    of a fetched value, which one of args=
 * @width:  (PROBE_SUM_BUCKETS) of a bucket
 */
struct probe_sum_part {
	u8 source;
	u8 scale;
	u8 type;
	u8 shift;
	u8 words;
	u8 arg;
	u16 at;
	u64 width;
};

/**
 * struct probe_sum_place - the parts at one kind of place
 * @ready: they are set
 * @fetch: @insns must be executed
 * @keys:  the parts of the key
 * @value: sum=
 * @insns: fetch the values that are not registers
 */
struct probe_sum_place {
	bool ready;
	bool fetch;
	struct probe_sum_part keys[PROBE_SUM_KEYS_MAX];
	struct probe_sum_part value;
	struct probe_fetch_insns insns;
};

/* Keys for which probe_sum_count_fast() has a way of its own. */
enum probe_sum_kind {
	PROBE_SUM_BY_ANY,
	PROBE_SUM_BY_COMM,
	PROBE_SUM_BY_LOG2,
};

/**
 * struct probe_sum - by=, sum= and log=, as handlers need them
 * @nr:     number of parts of the key; 0: by= is not given
 * @kind:   enum probe_sum_kind
 * @value:  sum= is given
 * @log:    hits are logged as well
 * @caller: the key has the caller
 * @depth:  largest number of entries of the stack in the key; 0: it has none
 * @bias:   added to a value for the minimum and the maximum: 2^63 if it is signed
 * @layout: of the tables
 * @buffer: for fetched values
 * @places: indexed by struct probe_target.place
 */
static struct probe_sum {
	u8 nr;
	u8 kind;
	bool value;
	bool log;
	bool caller;
	u8 depth;
	u64 bias;
	struct probe_table_layout layout;
	struct probe_fetched __percpu *buffer;
	struct probe_sum_place places[PROBE_PLACES];
} probe_sum = { .log = true };

/* Only of use to its own CPU and to readers: allocated in one piece (table.c). */
static DEFINE_PER_CPU(struct probe_table *, probe_sum_tables);

/**
 * struct probe_sum_hit - what is known of a hit
 * @target:  the probe that was hit
 * @regs:    registers at the hit
 * @fetched: values that are fetched already: at a return those of the entry
 * @ns:      (at a return) how long the call took
 * @caller:  (at a return) the caller, if the key has it
 * @stack:   (at a return) the stack at the entry, if the key has it
 */
struct probe_sum_hit {
	struct probe_target *target;
	struct pt_regs *regs;
	const struct probe_fetched *fetched;
	u64 ns;
	unsigned long caller;
	const struct probe_stack *stack;
};

/*
 * Fetch what is in memory. If the hit is logged, its faults happen again when its record is
 * filled, and are counted then.
 */
static noinline const struct probe_fetched *probe_sum_fetch(const struct probe_sum_place *place,
							    const struct probe_sum_hit *hit)
{
	struct probe_fetched *values = this_cpu_ptr(probe_sum.buffer);
	unsigned long faults = probe_fault_mark();

	probe_fetch_values(&place->insns, values, hit->target, hit->regs, hit->fetched);
	probe_fault_rewind(hit->target, faults, probe_sum.log);
	return values;
}

/* The name of the current task. The bytes behind its end, which may not be zero, are cleared. */
static __always_inline void probe_sum_comm(u64 *key)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	const unsigned long *comm = (const unsigned long *)current->comm;
	unsigned long *to = (unsigned long *)key;
	unsigned long zeros;
	unsigned int i;

	for (i = 0; i < TASK_COMM_LEN / sizeof(long); i++) {
		unsigned long word = comm[i];

		if (has_zero(word, &zeros, &constants)) {
			zeros = prep_zero_mask(word, zeros, &constants);
			to[i] = word & zero_bytemask(create_zero_mask(zeros));
			while (++i < TASK_COMM_LEN / sizeof(long))
				to[i] = 0;
			return;
		}
		to[i] = word;
	}
}

/* Returns the number of words. */
static noinline unsigned int probe_sum_string(u64 *key, const struct probe_fetched *fetched,
					      unsigned int index)
{
	unsigned long word = fetched->words[index];
	unsigned int len = min_t(unsigned int, (u16)word, PROBE_STRING_MAX);
	unsigned int words = PROBE_SUM_STRING_WORDS(len);

	if (fetched->faults & BIT(index)) {
		key[0] = PROBE_SUM_STRING_UNREAD + word;
		return 1;
	}
	key[words - 1] = 0;
	key[0] = (u16)word;
	memcpy(key + 1, (const char *)fetched + (word >> 16), len);
	return words;
}

/* Returns the number of words. */
static __always_inline unsigned int probe_sum_stack(u64 *key, const struct probe_sum_hit *hit)
{
	unsigned long *entries = (unsigned long *)(key + 1);
	unsigned int depth = probe_sum.depth;
	unsigned int nr, words;

	if (probe_ops.at_return) {
		nr = min_t(unsigned int, hit->stack->nr, depth);
		memcpy(entries, hit->stack->entries, nr * sizeof(*entries));
	} else {
		nr = probe_stack_save((unsigned long)hit->target->kp->addr, hit->regs,
				      hit->target->at_entry, entries, depth);
	}
	words = PROBE_SUM_STACK_WORDS(nr);
	/* Where a long is half a word, the last one may be half used. */
	if (nr * sizeof(long) % sizeof(u64))
		entries[nr] = 0;
	key[0] = nr;
	return words;
}

/* The number that a word of a type is. The unused bits of a register may have any value. */
static __always_inline u64 probe_sum_number(const struct probe_sum_part *part, u64 word)
{
	u64 value = word << part->shift;

	switch (part->type) {
	case PROBE_SUM_UNSIGNED:
		return value >> part->shift;
	case PROBE_SUM_SIGNED:
		return (s64)value >> part->shift;
	case PROBE_SUM_BOOL:
		return !!value;
	}
	return (s64)probe_value_number(word);
}

/* Returns which words of a fetched number could not be read. */
static __always_inline u32 probe_sum_faults(const struct probe_sum_part *part,
					    const struct probe_fetched *fetched)
{
	return fetched->faults & probe_fetch_mask(&probe_args.args[part->arg], part->at);
}

/* A fetched number. */
static __always_inline u64 probe_sum_fetched(const struct probe_sum_part *part,
					     const struct probe_fetched *fetched)
{
	return probe_sum_number(part, probe_fetch_number(fetched, &probe_args.args[part->arg],
							 part->at));
}

static noinline u64 probe_sum_bucket(const struct probe_sum_part *part, u64 value)
{
	/* Rounded down, below 0 as well. */
	if (part->type != PROBE_SUM_UNSIGNED && (s64)value < 0)
		return ~div64_u64(~value, part->width);
	return div64_u64(value, part->width);
}

static __always_inline u64 probe_sum_log2(const struct probe_sum_part *part, u64 value)
{
	if (unlikely((s64)value < 0) && part->type != PROBE_SUM_UNSIGNED)
		return PROBE_SUM_LOG2_NEGATIVE;
	return fls64(value);
}

static __always_inline u64 probe_sum_scale(const struct probe_sum_part *part, u64 value)
{
	if (part->scale == PROBE_SUM_LOG2)
		return probe_sum_log2(part, value);
	return part->scale ? probe_sum_bucket(part, value) : value;
}

/*
 * Store a part of the key. Returns the number of its words. The first word of a string or a
 * stack is its length, so no key is the beginning of another one.
 */
static __always_inline unsigned int probe_sum_store(const struct probe_sum_part *part, u64 *key,
						    const struct probe_sum_hit *hit,
						    const struct probe_fetched *fetched)
{
	const struct task_struct *task = current;
	u32 faults;
	u64 value;

	switch (part->source) {
	case PROBE_SUM_REGISTER:
		value = probe_sum_number(part, probe_arch_reg_read(hit->regs, part->at));
		if (part->scale != PROBE_SUM_LOG2)
			key[1] = 0;
		break;
	case PROBE_SUM_COMM:
		probe_sum_comm(key);
		return PROBE_SUM_COMM_WORDS;
	case PROBE_SUM_FETCHED:
		faults = probe_sum_faults(part, fetched);
		if (unlikely(faults)) {
			key[0] = fetched->words[__ffs(faults)];
			if (part->scale == PROBE_SUM_LOG2)
				key[0] = PROBE_SUM_LOG2_UNREAD - key[0];
			else
				key[1] = 1;
			return part->words;
		}
		value = probe_sum_fetched(part, fetched);
		if (part->scale != PROBE_SUM_LOG2)
			key[1] = 0;
		break;
	case PROBE_SUM_STRING:
		return probe_sum_string(key, fetched, part->at);
	case PROBE_SUM_PID:
		value = task->tgid;
		break;
	case PROBE_SUM_TID:
		value = task->pid;
		break;
	case PROBE_SUM_UID:
		value = __kuid_val(current_uid());
		break;
	case PROBE_SUM_CPU:
		value = raw_smp_processor_id();
		break;
	case PROBE_SUM_FUNC:
		value = hit->target->index;
		break;
	case PROBE_SUM_TOOK:
		value = hit->ns;
		break;
	case PROBE_SUM_CALLER:
		value = probe_ops.at_return ? hit->caller : probe_caller(hit->regs);
		break;
	default:
		return probe_sum_stack(key, hit);
	}
	key[0] = probe_sum_scale(part, value);
	return part->words;
}

/* Add the value of sum= to the sums of a row. */
static __always_inline void probe_sum_add(struct probe_table_row *row,
					  const struct probe_sum_part *part,
					  const struct probe_sum_hit *hit,
					  const struct probe_fetched *fetched)
{
	u64 value;

	if (part->source == PROBE_SUM_REGISTER) {
		value = probe_sum_number(part, probe_arch_reg_read(hit->regs, part->at));
	} else if (part->source == PROBE_SUM_TOOK) {
		value = hit->ns;
	} else {
		if (unlikely(probe_sum_faults(part, fetched))) {
			probe_counter_add(&row->unread, 1);
			return;
		}
		value = probe_sum_fetched(part, fetched);
	}
	/* So that signed numbers can be compared as unsigned ones. */
	probe_table_value(row, value, value + probe_sum.bias);
}

/**
 * probe_sum_count_fast() - count a hit whose key is one register or the task's name
 * @target: the probe that was hit
 * @regs:   registers at the hit
 *
 * This needs few registers and no memory of its own.
 *
 * Context: as probe_sum_count().
 * Return: false if the key is another one, or is new: call probe_sum_count().
 */
static __always_inline bool probe_sum_count_fast(const struct probe_target *target,
						 const struct pt_regs *regs)
{
	const struct probe_sum_place *place = &probe_sum.places[target->place];
	struct probe_table *table = __this_cpu_read(probe_sum_tables);
	struct probe_table_row *row;
	u64 value, key[2];

	if (probe_sum.kind == PROBE_SUM_BY_COMM) {
		probe_sum_comm(key);
		row = probe_table_lookup(&probe_sum.layout, table, key, PROBE_SUM_COMM_WORDS);
	} else if (probe_sum.kind == PROBE_SUM_BY_LOG2) {
		if (place->keys[0].source != PROBE_SUM_REGISTER)
			return false;
		value = probe_sum_number(&place->keys[0],
					 probe_arch_reg_read(regs, place->keys[0].at));
		key[0] = probe_sum_log2(&place->keys[0], value);
		row = probe_table_lookup(&probe_sum.layout, table, key, 1);
	} else {
		return false;
	}
	if (unlikely(!row))
		return false;
	if (probe_sum.value) {
		if (place->value.source != PROBE_SUM_REGISTER)
			return false;
		value = probe_sum_number(&place->value,
					 probe_arch_reg_read(regs, place->value.at));
		probe_table_value(row, value, value + probe_sum.bias);
	}
	probe_table_count(row);
	return true;
}

/**
 * probe_sum_count() - count a hit in the table of this CPU
 * @hit: what is known of it
 *
 * Context: a handler, after probe_hit_wanted() has returned true; only with by=.
 */
static __always_inline void probe_sum_count(const struct probe_sum_hit *hit)
{
	const struct probe_sum_place *place = &probe_sum.places[hit->target->place];
	struct probe_table *table = __this_cpu_read(probe_sum_tables);
	const struct probe_fetched *fetched = hit->fetched;
	const struct probe_sum_part *part = place->keys;
	unsigned int left = probe_sum.nr;
	struct probe_table_row *row;
	u64 *key = table->key;

	if (unlikely(place->fetch))
		fetched = probe_sum_fetch(place, hit);
	do {
		key += probe_sum_store(part++, key, hit, fetched);
	} while (--left);
	row = probe_table_find(&probe_sum.layout, table, table->key, key - table->key);
	if (probe_sum.value)
		probe_sum_add(row, &place->value, hit, fetched);
	probe_table_count(row);
}

#endif
