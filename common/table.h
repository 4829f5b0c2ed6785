/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table of sums: for each key a row, with the number of its hits, and the sum, minimum and
 * maximum of a value.
 *
 * Each CPU has its own table, which only handlers on this CPU write. Its memory is allocated
 * when the module is loaded. Rows are filled one after the other, are never removed, and
 * their keys never change; hits and sums only grow. So a reader (table.c) takes nothing away
 * from a table: it remembers what it has seen, and subtracts that.
 *
 * A row is found through slots (open addressing, linear probing). There are at least twice
 * as many slots as rows, so a search is short; it is given up after PROBE_TABLE_TRIES slots.
 * The hash only chooses the first slot: a row belongs to a key if all of it is equal. The
 * multiplier of the hash is random, so that a process cannot choose keys that collide. A hit
 * for which there is no row is counted in the first row, which has no key.
 *
 * Kprobes runs handlers with preemption disabled, also on PREEMPT_RT, and none while another
 * one runs on the same CPU: in an interrupt or an NMI it counts the inner hit as missed, and
 * a return handler counts as running, too. So plain additions suffice, as for the counters
 * and the ring. The key of a row is safe even without that rule: a row is published after its
 * key is complete, and meanwhile, while @adding is set, no other row is added.
 *
 * This header needs little of the kernel, so that tests/ring can run it in user space.
 */
#ifndef PROBE_TABLE_H
#define PROBE_TABLE_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

#include <probe/counter.h>

#define PROBE_TABLE_TRIES 64

/**
 * struct probe_table_row - the sums of one key on one CPU
 * @hits:   number of hits
 * @unread: number of those whose value could not be read; they are not in the other sums
 * @sum:    sum of the values, modulo 2^64
 * @min:    the smallest value; initially the largest possible
 * @max:    the largest value; initially 0
 * @key:    the key, then zeros
 *
 * @min and @max are compared as unsigned numbers: see probe_sum_count().
 */
struct probe_table_row {
	u64 hits;
	u64 unread;
	u64 sum;
	u64 min;
	u64 max;
	u64 key[];
};

/**
 * struct probe_table_layout - what the tables of all CPUs have in common
 * @max:        number of rows that have a key
 * @words:      number of words that a key has at most
 * @row_size:   bytes of a row
 * @mask:       number of slots, a power of two, less 1
 * @shift:      shifts a hash of 64 bits so that the number of a slot remains
 * @multiplier: of the hash; odd
 */
struct probe_table_layout {
	u32 max;
	u32 words;
	u32 row_size;
	u32 mask;
	u32 shift;
	u64 multiplier;
};

/**
 * struct probe_table - the table of a CPU
 * @nr:     number of rows that have a key
 * @adding: a row is being added
 * @slots:  for each slot the offset of its row from @rows; 0: the slot is free
 * @rows:   the rows, first the one without a key
 * @key:    room for the handler to build the key of a hit
 */
struct probe_table {
	u32 nr;
	bool adding;
	u32 *slots;
	char *rows;
	u64 key[];
};

/**
 * probe_table_row() - a row by its number
 * @layout: of the tables
 * @table:  of a CPU
 * @i:      number of the row; 0 is the row without a key
 *
 * Context: any.
 */
static __always_inline struct probe_table_row *
probe_table_row(const struct probe_table_layout *layout, const struct probe_table *table,
		unsigned int i)
{
	return (struct probe_table_row *)(table->rows + (size_t)i * layout->row_size);
}

/* Add a row for a key, if there is room. Returns the row to use. */
static noinline struct probe_table_row *probe_table_add(const struct probe_table_layout *layout,
							struct probe_table *table, u32 *slot,
							const u64 *key, unsigned int words)
{
	struct probe_table_row *row;
	unsigned int i;

	if (table->nr == layout->max || table->adding)
		return probe_table_row(layout, table, 0);
	WRITE_ONCE(table->adding, true);
	barrier();
	row = probe_table_row(layout, table, table->nr + 1);
	for (i = 0; i < words; i++)
		row->key[i] = key[i];
	row->min = ~0ULL;
	/* Pairs with the acquire in probe_table_nr(): the reader finds a complete row. */
	smp_store_release(&table->nr, table->nr + 1);
	WRITE_ONCE(*slot, (char *)row - table->rows);
	barrier();
	WRITE_ONCE(table->adding, false);
	return row;
}

static __always_inline u32 probe_table_slot(const struct probe_table_layout *layout,
					    const u64 *key, unsigned int words)
{
	u64 hash = key[0] * layout->multiplier;
	unsigned int i;

	for (i = 1; i < words; i++)
		hash = (hash + key[i]) * layout->multiplier;
	return hash >> layout->shift;
}

/*
 * Search for a key, from the slot of its hash on. Returns its row and sets @slot, or NULL and
 * the slot where the search ended.
 */
static __always_inline struct probe_table_row *
probe_table_search(const struct probe_table_layout *layout, const struct probe_table *table,
		   const u64 *key, unsigned int words, u32 *slot)
{
	unsigned int tries = PROBE_TABLE_TRIES;
	struct probe_table_row *row;
	unsigned int i;
	u32 at, offset;

	for (at = probe_table_slot(layout, key, words); ; at = (at + 1) & layout->mask) {
		*slot = at;
		offset = table->slots[at];
		if (unlikely(!offset))
			return NULL;
		row = (struct probe_table_row *)(table->rows + offset);
		for (i = 0; row->key[i] == key[i]; )
			if (++i == words)
				return row;
		if (unlikely(!--tries))
			return NULL;
	}
}

/**
 * probe_table_lookup() - the row of a key that is there, most likely in its first slot
 * @layout: of the tables
 * @table:  of this CPU
 * @key:    the key
 * @words:  number of its words, a small constant, so that the key can be in registers
 *
 * Context: a handler.
 * Return: the row; NULL: call probe_table_find().
 */
static __always_inline struct probe_table_row *
probe_table_lookup(const struct probe_table_layout *layout, const struct probe_table *table,
		   const u64 *key, unsigned int words)
{
	u32 slot;

	return probe_table_search(layout, table, key, words, &slot);
}

/**
 * probe_table_find() - the row of a key, which is added if it is new
 * @layout: of the tables
 * @table:  of this CPU
 * @key:    the key; none is the beginning of another one
 * @words:  number of its words, at most @layout->words; behind them a row has zeros
 *
 * Context: a handler.
 * Return: the row; the one without a key if the table has no room.
 */
static __always_inline struct probe_table_row *
probe_table_find(const struct probe_table_layout *layout, struct probe_table *table,
		 const u64 *key, unsigned int words)
{
	struct probe_table_row *row;
	u32 slot;

	row = probe_table_search(layout, table, key, words, &slot);
	if (likely(row))
		return row;
	/* The search was given up. */
	if (unlikely(table->slots[slot]))
		return probe_table_row(layout, table, 0);
	return probe_table_add(layout, table, &table->slots[slot], key, words);
}

/**
 * probe_table_count() - count a hit in its row
 * @row: from probe_table_find()
 *
 * After the other sums of the hit, so that at most one hit is in these and not yet in @hits.
 *
 * Context: a handler.
 */
static __always_inline void probe_table_count(struct probe_table_row *row)
{
	probe_counter_add(&row->hits, 1);
}

/**
 * probe_table_value() - add a value to the sums of a row
 * @row:    from probe_table_find()
 * @value:  added to the sum
 * @biased: the same value, for the minimum and the maximum
 *
 * Context: a handler.
 */
static __always_inline void probe_table_value(struct probe_table_row *row, u64 value, u64 biased)
{
	probe_counter_add(&row->sum, value);
	if (biased < row->min)
		probe_counter_set(&row->min, biased);
	if (biased > row->max)
		probe_counter_set(&row->max, biased);
	smp_wmb(); /* before the hit is counted: see probe_table_see() */
}

/**
 * probe_table_nr() - the number of rows that a reader may read
 * @table: of any CPU
 *
 * Context: any.
 * Return: the rows 1 to this number are complete, and their keys will not change.
 */
static __always_inline u32 probe_table_nr(const struct probe_table *table)
{
	/* Pairs with the release in probe_table_add(). */
	return smp_load_acquire(&table->nr);
}

#endif
