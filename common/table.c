// SPDX-License-Identifier: GPL-2.0-only
/* Allocate the tables of all CPUs, and read them: merge rows with equal keys. */

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/topology.h>

#include <common/sum.h>
#include <common/table.h>

/**
 * enum probe_table_base - what a reader subtracts
 * @PROBE_TABLE_CLEARED: what had been counted when clear= was written
 * @PROBE_TABLE_PRINTED: what had been counted when every= has printed last
 * @PROBE_TABLE_BASES:   how many there are
 */
enum probe_table_base {
	PROBE_TABLE_CLEARED,
	PROBE_TABLE_PRINTED,
	PROBE_TABLE_BASES,
};

/**
 * struct probe_table_seen - what a reader has seen of a row
 * @hits:   as in the row
 * @unread: as in the row
 * @sum:    as in the row
 */
struct probe_table_seen {
	u64 hits;
	u64 unread;
	u64 sum;
};

/**
 * struct probe_table_total - rows with the same key, merged
 * @key:    the key; NULL: several keys, or the rows without one
 * @hits:   number of hits, less the base
 * @unread: as in the rows, less the base
 * @sum:    as in the rows, less the base
 * @min:    as in the rows, since the module was loaded
 * @max:    as in the rows, since the module was loaded
 */
struct probe_table_total {
	const u64 *key;
	u64 hits;
	u64 unread;
	u64 sum;
	u64 min;
	u64 max;
};

/* Only readers use these. Protected by probe_mutex. */
static struct probe_table_total *probe_table_totals;
static DEFINE_PER_CPU(struct probe_table_seen *, probe_table_bases);

/* For a large keys=, fail rather than invoke the OOM killer. */
static void *probe_table_zalloc(size_t nr, size_t size, int cpu)
{
	return kvmalloc_node(nr * size, GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN | __GFP_ZERO,
			     cpu < 0 ? NUMA_NO_NODE : cpu_to_node(cpu));
}

/**
 * probe_table_bytes() - how much memory the tables of all CPUs need
 * @layout: of the tables
 *
 * Context: any.
 * Return: bytes, with what a reader needs.
 */
static u64 probe_table_bytes(const struct probe_table_layout *layout)
{
	u64 cpu = sizeof(struct probe_table) + layout->words * sizeof(u64) +
		  (layout->mask + 1ULL) * sizeof(u32) +
		  (layout->max + 1ULL) * (layout->row_size + sizeof(struct probe_table_total) +
					  PROBE_TABLE_BASES * sizeof(struct probe_table_seen));

	return cpu * num_possible_cpus();
}

/**
 * probe_table_layout_init() - compute the layout of the tables
 * @layout: to be initialised
 * @max:    number of rows that have a key
 * @words:  number of words of a key
 *
 * Context: process context.
 */
static void probe_table_layout_init(struct probe_table_layout *layout, u32 max, u32 words)
{
	layout->max = max;
	layout->words = words;
	layout->row_size = sizeof(struct probe_table_row) + words * sizeof(u64);
	layout->mask = roundup_pow_of_two(2 * max) - 1;
	layout->shift = 64 - ilog2(layout->mask + 1);
	get_random_bytes(&layout->multiplier, sizeof(layout->multiplier));
	layout->multiplier |= 1;
}

static void probe_table_free_cpu(struct probe_table *table)
{
	if (!table)
		return;
	kvfree(table->slots);
	kvfree(table->rows);
	kvfree(table);
}

static struct probe_table *probe_table_alloc_cpu(const struct probe_table_layout *layout, int cpu)
{
	struct probe_table *table;

	table = probe_table_zalloc(1, sizeof(*table) + layout->words * sizeof(u64), cpu);
	if (!table)
		return NULL;
	table->slots = probe_table_zalloc(layout->mask + 1UL, sizeof(u32), cpu);
	table->rows = probe_table_zalloc(layout->max + 1UL, layout->row_size, cpu);
	if (!table->slots || !table->rows) {
		probe_table_free_cpu(table);
		return NULL;
	}
	probe_table_row(layout, table, 0)->min = U64_MAX;
	return table;
}

/**
 * probe_table_free() - free the tables of all CPUs
 *
 * Context: process context, when no handler uses them any more.
 */
static void probe_table_free(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		probe_table_free_cpu(per_cpu(probe_sum_tables, cpu));
		per_cpu(probe_sum_tables, cpu) = NULL;
		kvfree(per_cpu(probe_table_bases, cpu));
		per_cpu(probe_table_bases, cpu) = NULL;
	}
	kvfree(probe_table_totals);
	probe_table_totals = NULL;
}

/**
 * probe_table_alloc() - allocate the tables of all CPUs, and what reading them needs
 * @layout: of the tables
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM; on error nothing stays allocated.
 */
static int probe_table_alloc(const struct probe_table_layout *layout)
{
	size_t rows = (size_t)(layout->max + 1) * num_possible_cpus();
	int cpu;

	probe_table_totals = probe_table_zalloc(rows, sizeof(*probe_table_totals), -1);
	if (!probe_table_totals)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		per_cpu(probe_sum_tables, cpu) = probe_table_alloc_cpu(layout, cpu);
		per_cpu(probe_table_bases, cpu) =
			probe_table_zalloc(layout->max + 1UL, PROBE_TABLE_BASES *
					   sizeof(struct probe_table_seen), -1);
		if (!per_cpu(probe_sum_tables, cpu) || !per_cpu(probe_table_bases, cpu)) {
			probe_table_free();
			return -ENOMEM;
		}
	}
	return 0;
}

static struct probe_table_seen *probe_table_seen(int cpu, unsigned int row,
						 enum probe_table_base base)
{
	return &per_cpu(probe_table_bases, cpu)[row * PROBE_TABLE_BASES + base];
}

/* The hits first: handlers write them last. */
static void probe_table_see(struct probe_table_seen *seen, const struct probe_table_row *row)
{
	seen->hits = probe_counter_read(&row->hits);
	smp_rmb(); /* no more than one hit may be in the others only */
	seen->unread = probe_counter_read(&row->unread);
	seen->sum = probe_counter_read(&row->sum);
}

/**
 * probe_table_rebase() - from now on, subtract what has been counted until now
 * @layout: of the tables
 * @base:   from which results
 *
 * Context: process context, under probe_mutex.
 */
static void probe_table_rebase(const struct probe_table_layout *layout, enum probe_table_base base)
{
	unsigned int i, nr;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct probe_table *table = per_cpu(probe_sum_tables, cpu);

		nr = probe_table_nr(table);
		for (i = 0; i <= nr; i++)
			probe_table_see(probe_table_seen(cpu, i, base),
					probe_table_row(layout, table, i));
	}
}

/**
 * probe_table_add_total() - add merged rows to others
 * @to:   the others
 * @from: the rows
 *
 * Context: any.
 */
static void probe_table_add_total(struct probe_table_total *to, const struct probe_table_total *from)
{
	to->hits += from->hits;
	to->unread += from->unread;
	to->sum += from->sum;
	to->min = min(to->min, from->min);
	to->max = max(to->max, from->max);
}

/* What a row has more than a base. With @renew the base becomes what the row has now. */
static void probe_table_read(struct probe_table_total *total, const struct probe_table_row *row,
			     struct probe_table_seen *base, bool renew)
{
	struct probe_table_seen now;

	probe_table_see(&now, row);
	total->key = row->key;
	total->hits = now.hits - base->hits;
	total->unread = now.unread - base->unread;
	total->sum = now.sum - base->sum;
	total->min = probe_counter_read(&row->min);
	total->max = probe_counter_read(&row->max);
	if (renew)
		*base = now;
}

/* Sorting may take long, and sort() does not yield the CPU. */
static void probe_table_yield(void)
{
	static unsigned int calls;

	if (!(++calls % 1024))
		cond_resched();
}

static int probe_table_compare_keys(const void *left, const void *right)
{
	const struct probe_table_total *a = left, *b = right;

	probe_table_yield();
	return memcmp(a->key, b->key, probe_sum.layout.words * sizeof(u64));
}

/**
 * probe_table_merge() - merge the rows of all CPUs
 * @layout:  of the tables
 * @base:    what is subtracted
 * @renew:   @base becomes what the tables contain now
 * @without: set to the hits that have no row with a key
 *
 * While hits are counted the result lacks the latest ones. Hits that were over before the
 * call are in it.
 *
 * Context: process context, under probe_mutex.
 * Return: the number of keys that have hits; they are in probe_table_totals.
 */
static unsigned int probe_table_merge(const struct probe_table_layout *layout,
				      enum probe_table_base base, bool renew,
				      struct probe_table_total *without)
{
	struct probe_table_total *totals = probe_table_totals, *last = NULL, row;
	unsigned int i, nr, rows = 0, keys = 0;
	int cpu;

	*without = (struct probe_table_total) { .min = U64_MAX };
	for_each_possible_cpu(cpu) {
		const struct probe_table *table = per_cpu(probe_sum_tables, cpu);

		nr = probe_table_nr(table);
		for (i = 0; i <= nr; i++) {
			probe_table_read(&row, probe_table_row(layout, table, i),
					 probe_table_seen(cpu, i, base), renew);
			if (!i)
				probe_table_add_total(without, &row);
			else
				totals[rows++] = row;
		}
		cond_resched();
	}
	sort(totals, rows, sizeof(*totals), probe_table_compare_keys, NULL);
	for (i = 0; i < rows; i++) {
		if (last && !probe_table_compare_keys(last, &totals[i])) {
			probe_table_add_total(last, &totals[i]);
			continue;
		}
		/* Not before all rows of a key are merged: their min and max count in any case. */
		if (!last || last->hits)
			last = &totals[keys++];
		*last = totals[i];
	}
	return keys - (last && !last->hits);
}
