// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compiles common/table.h unchanged: one thread counts hits of more keys than there are rows, as
 * a handler does, while another one reads. The reader must never see an incomplete key or a
 * number that shrinks; in the end each key has one row with exactly its hits, and the hits of
 * the other keys are in the row without a key. The second time all keys have the same hash.
 *
 *	table HITS	exit status 0, or 1 with a line on what went wrong
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <common/table.h>

#define KEYS 200
#define ROWS 100
#define ROUNDS 100
#define WORDS 4
#define SLOTS 256
#define ROW_SIZE (sizeof(struct probe_table_row) + WORDS * sizeof(u64))

static struct probe_table_layout layout = {
	.max = ROWS, .words = WORDS, .row_size = ROW_SIZE, .mask = SLOTS - 1, .shift = 64 - 8,
};
static struct probe_table *table;
static unsigned long hits, reads;
static u64 shadow[KEYS];
static bool done;

static void fail(const char *what, unsigned long number)
{
	printf("table: %s: %lu\n", what, number);
	exit(1);
}

/* A key has one to three words behind its length, each of which tells which key it is. */
static unsigned int key_of(u64 *key, unsigned int number)
{
	unsigned int i, len = 1 + number % 3;

	key[0] = len;
	for (i = 1; i <= len; i++)
		key[i] = 0x0101010101010101ULL * number + i;
	return 1 + len;
}

static unsigned int number_of(const u64 *key)
{
	unsigned int number, i;

	/* Not with memcmp(), which the sanitizer may not see. */
	for (number = 0; number < KEYS; number++) {
		u64 whole[WORDS] = {};

		key_of(whole, number);
		for (i = 0; i < WORDS && whole[i] == key[i]; )
			i++;
		if (i == WORDS)
			return number;
	}
	fail("an incomplete key", key[0]);
	return 0;
}

static void *write_hits(void *unused)
{
	unsigned int seed = 1;
	unsigned long i;

	for (i = 0; i < hits; i++) {
		/* The first ones often, so that keys are new at all times. */
		unsigned int number = rand_r(&seed) % (1 + KEYS * i / hits);
		unsigned int words = key_of(table->key, number);
		struct probe_table_row *row = NULL;

		if (words == 2)
			row = probe_table_lookup(&layout, table, table->key, 2);
		if (!row)
			row = probe_table_find(&layout, table, table->key, words);
		probe_table_value(row, number, number);
		probe_table_count(row);
		shadow[number]++;
	}
	WRITE_ONCE(done, true);
	return NULL;
}

static void read_rows(u64 *seen)
{
	u32 i, nr = probe_table_nr(table);

	for (i = 0; i <= nr; i++) {
		struct probe_table_row *row = probe_table_row(&layout, table, i);
		u64 now = READ_ONCE(row->hits);

		if (now < seen[i])
			fail("fewer hits than before in row", i);
		seen[i] = now;
		if (i)
			number_of(row->key);
	}
	reads++;
}

static void check_end(void)
{
	bool has_row[KEYS] = {};
	u64 left = hits;
	u32 i, number, nr = probe_table_nr(table);

	for (i = 1; i <= nr; i++) {
		struct probe_table_row *row = probe_table_row(&layout, table, i);

		number = number_of(row->key);
		if (has_row[number])
			fail("two rows for a key", number);
		has_row[number] = true;
		if (row->hits != shadow[number] || row->sum != number * row->hits ||
		    row->min != number || row->max != number)
			fail("wrong sums of a key", number);
		left -= row->hits;
	}
	if (probe_table_row(&layout, table, 0)->hits != left)
		fail("hits without a row", left);
}

static void run(u64 multiplier, u32 rows)
{
	u64 seen[ROWS + 1] = {};
	pthread_t writer;

	layout.multiplier = multiplier;
	table = calloc(1, sizeof(*table) + WORDS * sizeof(u64));
	table->slots = calloc(SLOTS, sizeof(u32));
	table->rows = calloc(ROWS + 1, ROW_SIZE);
	memset(shadow, 0, sizeof(shadow));
	done = false;
	pthread_create(&writer, NULL, write_hits, NULL);
	do {
		read_rows(seen);
	} while (!READ_ONCE(done));
	pthread_join(writer, NULL);
	check_end();
	if (probe_table_nr(table) != rows)
		fail("unexpected number of rows", probe_table_nr(table));
	free(table->slots);
	free(table->rows);
	free(table);
}

int main(int argc, char **argv)
{
	unsigned int round;

	/* In rounds, because most rows are added early in each of them. */
	hits = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000) / ROUNDS;
	for (round = 0; round < ROUNDS; round++) {
		run(0x9e3779b97f4a7c15ULL, ROWS);
		/* All in the same slot: as many rows as slots are tried. */
		run(0, PROBE_TABLE_TRIES);
	}
	printf("%lu hits twice, %lu reads\n", hits * ROUNDS, reads);
	return 0;
}
