// SPDX-License-Identifier: GPL-2.0-only
/* Print the table of by=. The parameters top=, every= and clear=. */

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sort.h>
#include <linux/string.h>

#include <probe/drain.h>
#include <probe/line.h>
#include <common/ops.h>
#include <common/sum.h>

#define PROBE_SUMMARY_BAR	20	/* characters, for the row with the most hits */
#define PROBE_SUMMARY_NAMES	300	/* characters of the functions' names */

/**
 * struct probe_summary - state of the reports
 * @line:          the line that is being built
 * @cleared:       ktime_get_ns() when clear= was written; 0: never
 * @printed:       ktime_get_ns() when every= has printed last, or was set
 * @every:         every=, in seconds
 * @full_reported: a line has said that a table is full
 */
static struct probe_summary {
	struct probe_line line;
	u64 cleared;
	u64 printed;
	unsigned long every;
	bool full_reported;
} probe_summary;

static struct probe_param_number probe_summary_top_param = {
	.value = 20, .min = 1, .max = 65536, .expected = "rows from 1 to 65536",
};

module_param_cb(top, &probe_param_number_ops, &probe_summary_top_param, 0600);
MODULE_PARM_DESC(top, "with by=: print at most so many rows, those with the most hits (default: 20)");

/* ------------------------------------------------------------------- values */

/* A name without quotes must not look like the end of the key. */
static bool probe_summary_is_plain(const char *name, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || !isgraph(name[i]) || strchr("\"\\=|", name[i]))
			return false;
	return len;
}

static void probe_summary_add_comm(struct probe_line *line, const char *comm)
{
	unsigned int len = strnlen(comm, TASK_COMM_LEN);

	if (probe_summary_is_plain(comm, len))
		probe_line_add(line, "%.*s", len, comm);
	else
		probe_line_add_quoted(line, comm, len);
}

/* The length of a string, as it is in the key. */
static unsigned int probe_summary_len(const u64 *key)
{
	return key[0] < PROBE_SUM_STRING_UNREAD ? min_t(u64, key[0], PROBE_STRING_MAX) : 0;
}

/* The number of words of a part of the key. */
static unsigned int probe_summary_words(const struct probe_sum_part *part, const u64 *key)
{
	if (part->source == PROBE_SUM_STRING)
		return PROBE_SUM_STRING_WORDS(probe_summary_len(key));
	return part->source == PROBE_SUM_STACK ? PROBE_SUM_STACK_WORDS(*key) : part->words;
}

/* A value of args=, as the line of a hit has it. */
static void probe_summary_add_arg(struct probe_line *line, const struct probe_sum_name *name,
				  const u64 *key)
{
	/* As in a record: the words of a number, or one, and the bytes that it refers to. */
	static struct {
		struct probe_fetched fetched;
		unsigned long words[sizeof(u64) / sizeof(long)];
		char string[PROBE_STRING_MAX];
	} value;
	bool string = name->part.source == PROBE_SUM_STRING;
	bool unread = string ? key[0] >= PROBE_SUM_STRING_UNREAD : key[1];

	value.fetched.faults = unread;
	value.words[0] = string && unread ? key[0] - PROBE_SUM_STRING_UNREAD : key[0];
	if (string && !unread) {
		value.words[0] |= offsetof(typeof(value), string) << 16;
		memcpy(value.string, key + 1, probe_summary_len(key));
	} else if (ARRAY_SIZE(value.words) > 1) {
		value.words[ARRAY_SIZE(value.words) - 1] = key[0] >> 32;
	}
	probe_value_format(line, &probe_args.args[name->arg], &value.fetched, 0);
}

static void probe_summary_add_log2(struct probe_line *line, const struct probe_sum_name *name,
				   u64 key)
{
	const u64 error[] = { PROBE_SUM_LOG2_UNREAD - key, 1 };
	char text[32];

	if (key == PROBE_SUM_LOG2_NEGATIVE)
		probe_line_add(line, "(..., 0)");
	else if (key > 64)
		probe_summary_add_arg(line, name, error);
	else
		probe_line_add(line, "%s", probe_bucket_range(text, sizeof(text), key));
}

/* The first and the last bucket may be beyond what 64 bits can hold. */
static void probe_summary_add_bucket(struct probe_line *line, const struct probe_sum_name *name,
				     const u64 *key)
{
	u64 low = key[0] * name->part.width, high = low + name->part.width;

	if (name->is_arg && key[1])
		probe_summary_add_arg(line, name, key);
	else if (name->part.type != PROBE_SUM_UNSIGNED && (s64)high > (s64)low)
		probe_line_add(line, "[%lld, %lld)", low, high);
	else if (name->part.type != PROBE_SUM_UNSIGNED && (s64)key[0] < 0)
		probe_line_add(line, "[%lld, %lld)", S64_MIN, high);
	else if (name->part.type != PROBE_SUM_UNSIGNED)
		probe_line_add(line, "[%lld, %lld]", low, S64_MAX);
	else if (high > low)
		probe_line_add(line, "[%llu, %llu)", low, high);
	else
		probe_line_add(line, "[%llu, %llu]", low, U64_MAX);
}

static void probe_summary_add_key(struct probe_line *line, const struct probe_sum_name *name,
				  const u64 *key)
{
	const struct probe_sum_part *part = &name->part;

	probe_line_add(line, " %s", name->text);
	if (part->source == PROBE_SUM_STACK)
		return;
	probe_line_add(line, "=");
	if (part->scale == PROBE_SUM_LOG2) {
		probe_summary_add_log2(line, name, *key);
		return;
	}
	if (part->scale == PROBE_SUM_BUCKETS) {
		probe_summary_add_bucket(line, name, key);
		return;
	}
	switch (part->source) {
	case PROBE_SUM_FETCHED:
	case PROBE_SUM_STRING:
		probe_summary_add_arg(line, name, key);
		break;
	case PROBE_SUM_REGISTER:
		probe_value_format_guess(line, *key);
		break;
	case PROBE_SUM_COMM:
		probe_summary_add_comm(line, (const char *)key);
		break;
	case PROBE_SUM_FUNC:
		probe_line_add(line, "%s", probe_targets[*key]->name);
		break;
	case PROBE_SUM_CALLER:
		probe_value_add_caller(line, *key);
		break;
	default:
		probe_line_add(line, "%llu", *key);
	}
}

/* -------------------------------------------------------------------- order */

static int probe_summary_compare_strings(const u64 *a, const u64 *b)
{
	unsigned int len = min(probe_summary_len(a), probe_summary_len(b));
	int order = memcmp(a + 1, b + 1, len);

	/* Unread ones, whose length is huge, come last. */
	if ((*a ^ *b) < PROBE_SUM_STRING_UNREAD && order)
		return order;
	return (*a > *b) - (*a < *b);
}

static int probe_summary_compare_stacks(const u64 *a, const u64 *b)
{
	const unsigned long *x = (const unsigned long *)(a + 1);
	const unsigned long *y = (const unsigned long *)(b + 1);
	u64 i;

	for (i = 0; i < min(*a, *b); i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return (*a > *b) - (*a < *b);
}

static int probe_summary_compare_part(const struct probe_sum_part *part, const u64 *a, const u64 *b)
{
	/* Buckets of .log2 are small numbers; unread values are huge, and come last. */
	bool is_signed = part->type != PROBE_SUM_UNSIGNED;

	switch (part->source) {
	case PROBE_SUM_COMM:
		return memcmp(a, b, part->words * sizeof(*a));
	case PROBE_SUM_STRING:
		return probe_summary_compare_strings(a, b);
	case PROBE_SUM_STACK:
		return probe_summary_compare_stacks(a, b);
	}
	if (part->scale == PROBE_SUM_LOG2) {
		if (is_signed && (a[0] == PROBE_SUM_LOG2_NEGATIVE || b[0] == PROBE_SUM_LOG2_NEGATIVE))
			return a[0] == b[0] ? 0 : a[0] == PROBE_SUM_LOG2_NEGATIVE ? -1 : 1;
		is_signed = false;
	} else if (part->words == 2 && a[1] != b[1]) {
		return a[1] < b[1] ? -1 : 1;
	}
	if (a[0] == b[0])
		return 0;
	return (is_signed ? (s64)a[0] < (s64)b[0] : a[0] < b[0]) ? -1 : 1;
}

static int probe_summary_compare_keys(const void *left, const void *right)
{
	const struct probe_table_total *a = left, *b = right;
	const u64 *x = a->key, *y = b->key;
	unsigned int i;
	int order;

	for (i = 0; i < probe_sum.nr; i++) {
		const struct probe_sum_part *part = &probe_sum_names[i].part;

		order = probe_summary_compare_part(part, x, y);
		if (order)
			return order;
		/* Equal parts have the same number of words. */
		x += probe_summary_words(part, x);
		y += probe_summary_words(part, y);
	}
	return 0;
}

static int probe_summary_compare_hits(const void *left, const void *right)
{
	const struct probe_table_total *a = left, *b = right;

	probe_table_yield();
	if (a->hits != b->hits)
		return a->hits > b->hits ? -1 : 1;
	return probe_summary_compare_keys(a, b);
}

/* Are the rows in the order of their keys, as those of a histogram? */
static bool probe_summary_is_histogram(void)
{
	unsigned int i;

	for (i = 0; i < probe_sum.nr; i++)
		if (probe_sum_names[i].part.scale)
			return true;
	return false;
}

/* -------------------------------------------------------------------- lines */

static void probe_summary_add_time(struct probe_line *line, u64 ns)
{
	u64 ms = div_u64(ns, NSEC_PER_MSEC);
	u32 rest;
	u64 s = div_u64_rem(ms, MSEC_PER_SEC, &rest);

	probe_line_add(line, " in %llu.%03u s", s, rest);
}

/* Add " hits=N share=P%" and what sum= asks for. */
static void probe_summary_add_sums(struct probe_line *line, const struct probe_table_total *total,
				   u64 hits)
{
	u64 values = total->hits - min(total->hits, total->unread);
	u64 bias = probe_sum.bias;
	u64 mean;

	probe_line_add(line, " hits=%llu share=%llu%%", total->hits,
		       div64_u64(total->hits * 100, hits));
	if (probe_sum.value && values && bias) {
		mean = div64_s64(total->sum, values);
		probe_line_add(line, " sum=%lld min=%lld mean=%lld max=%lld", total->sum,
			       total->min - bias, mean, total->max - bias);
	} else if (probe_sum.value && values) {
		mean = div64_u64(total->sum, values);
		probe_line_add(line, " sum=%llu min=%llu mean=%llu max=%llu", total->sum,
			       total->min, mean, total->max);
	}
	if (total->unread)
		probe_line_add(line, " unread=%llu", total->unread);
}

static void probe_summary_print_row(struct probe_line *line, const struct probe_table_total *total,
				    u64 hits, u64 most)
{
	const u64 *key = total->key, *stack = NULL;
	unsigned int i;

	probe_line_add(line, " ");
	for (i = 0; i < probe_sum.nr; i++) {
		probe_summary_add_key(line, &probe_sum_names[i], key);
		if (probe_sum_names[i].part.source == PROBE_SUM_STACK)
			stack = key;
		key += probe_summary_words(&probe_sum_names[i].part, key);
	}
	probe_summary_add_sums(line, total, hits);
	probe_line_add(line, " |%-*s|", PROBE_SUMMARY_BAR,
		       probe_bucket_bar(PROBE_SUMMARY_BAR, total->hits, most));
	probe_line_print(line);
	if (stack)
		probe_stack_print_entries(line, (const unsigned long *)(stack + 1), *stack,
					  probe_sum.depth);
}

/* The functions, the keys and the number of hits. */
static void probe_summary_print_header(struct probe_line *line, enum probe_table_base base,
				       unsigned int keys, u64 hits, u64 now)
{
	unsigned int i;

	for (i = 0; i < probe_nr_targets && line->len < PROBE_SUMMARY_NAMES; i++)
		probe_line_add(line, "%s%s", i ? "," : "", probe_targets[i]->name);
	if (i < probe_nr_targets)
		probe_line_add(line, " and %u more", probe_nr_targets - i);
	probe_line_add(line, " by ");
	for (i = 0; i < probe_sum.nr; i++) {
		const struct probe_sum_name *name = &probe_sum_names[i];

		probe_line_add(line, "%s%s", i ? "," : "", name->text);
		if (name->part.scale == PROBE_SUM_LOG2)
			probe_line_add(line, ".log2");
		else if (name->part.scale == PROBE_SUM_BUCKETS)
			probe_line_add(line, ".buckets=%llu", name->part.width);
	}
	probe_line_add(line, ": %u keys, %llu hits", keys, hits);
	if (base == PROBE_TABLE_PRINTED) {
		probe_summary_add_time(line, now - probe_summary.printed);
	} else if (probe_summary.cleared) {
		probe_summary_add_time(line, now - probe_summary.cleared);
		probe_line_add(line, " since clear");
	}
	if (probe_sum.value && (base == PROBE_TABLE_PRINTED || probe_summary.cleared))
		probe_line_add(line, "; min and max since load");
	probe_line_print(line);
}

/* Print what has been counted since @base. Under probe_mutex, or when the module is unloaded. */
static void probe_summary_print_since(enum probe_table_base base)
{
	bool interval = base == PROBE_TABLE_PRINTED;
	struct probe_table_total *totals = probe_table_totals;
	struct probe_table_total without, others = { .min = U64_MAX };
	struct probe_line *line = &probe_summary.line;
	unsigned int i, keys, rows;
	u64 now = ktime_get_ns();
	u64 hits, most;

	keys = probe_table_merge(&probe_sum.layout, base, interval, &without);
	rows = min_t(unsigned long, keys, probe_summary_top_param.value);
	for (hits = without.hits, i = 0; i < keys; i++)
		hits += totals[i].hits;
	if (interval && !hits)
		goto printed;
	if (without.hits && !probe_summary.full_reported) {
		pr_warn("keys=%lu: the table of a CPU is full, so hits of further keys are counted in the row \"table full\": load with a larger keys=\n",
			probe_sum_keys_param.value);
		probe_summary.full_reported = true;
	}
	sort(totals, keys, sizeof(*totals), probe_summary_compare_hits, NULL);
	most = keys ? totals[0].hits : 0;
	for (i = rows; i < keys; i++)
		probe_table_add_total(&others, &totals[i]);
	if (probe_summary_is_histogram())
		sort(totals, rows, sizeof(*totals), probe_summary_compare_keys, NULL);
	probe_summary_print_header(line, base, keys, hits, now);
	for (i = 0; i < rows; i++) {
		probe_summary_print_row(line, &totals[i], hits, most);
		cond_resched();
	}
	if (others.hits) {
		probe_line_add(line, "  %u other keys", keys - rows);
		probe_summary_add_sums(line, &others, hits);
		probe_line_print(line);
	}
	if (without.hits) {
		probe_line_add(line, "  table full");
		probe_summary_add_sums(line, &without, hits);
		probe_line_print(line);
	}
printed:
	if (interval)
		probe_summary.printed = now;
}

/**
 * probe_summary_print() - print the table of by=, if that is given
 *
 * Context: process context, under probe_mutex, or when the module is being unloaded.
 */
static void probe_summary_print(void)
{
	if (probe_sum.nr)
		probe_summary_print_since(PROBE_TABLE_CLEARED);
}

/* --------------------------------------------------------- every= and clear= */

static void probe_summary_begin_interval(void)
{
	probe_table_rebase(&probe_sum.layout, PROBE_TABLE_PRINTED);
	probe_summary.printed = ktime_get_ns();
}

static int probe_summary_no_by(const char *name)
{
	pr_err("%s=: expected a module that was loaded with by=\n", name);
	return -EINVAL;
}

static int probe_summary_every_apply(unsigned long value)
{
	if (probe_params_live && value && !probe_sum.nr)
		return probe_summary_no_by("every");
	WRITE_ONCE(probe_summary.every, value);
	if (probe_params_live && probe_sum.nr) {
		probe_summary_begin_interval();
		/* The drain thread may sleep without a timeout. */
		probe_drain_call();
	}
	return 0;
}

static struct probe_param_number probe_summary_every_param = {
	.max = 86400, .apply = probe_summary_every_apply,
	.expected = "seconds up to 86400, or 0 for never",
};

module_param_cb(every, &probe_param_number_ops, &probe_summary_every_param, 0600);
MODULE_PARM_DESC(every, "with by=: print what was added every so many seconds (default: 0, only report=1 and rmmod print)");

static int probe_summary_clear_apply(unsigned long value)
{
	if (!probe_params_live)
		return -ENODEV;
	if (!probe_sum.nr)
		return probe_summary_no_by("clear");
	probe_table_rebase(&probe_sum.layout, PROBE_TABLE_CLEARED);
	probe_summary.cleared = ktime_get_ns();
	probe_summary_begin_interval();
	return 0;
}

static struct probe_param_number probe_summary_clear_param = {
	.min = 1, .max = 1, .apply = probe_summary_clear_apply, .expected = "1",
};

module_param_cb(clear, &probe_param_number_ops, &probe_summary_clear_param, 0200);
MODULE_PARM_DESC(clear, "write 1: start the table of by= over");

/**
 * probe_summary_start() - use every= as it was given
 *
 * Context: module init, under probe_mutex, after probe_sum_start().
 * Return: 0; -EINVAL with a line in dmesg.
 */
static int probe_summary_start(void)
{
	if (probe_summary.every && !probe_sum.nr)
		return probe_summary_no_by("every");
	probe_summary.printed = ktime_get_ns();
	return 0;
}

/* Nanoseconds until every= asks for a report; 0: it does not. */
#define PROBE_SUMMARY_DUE 1

static u64 probe_summary_time_left(void)
{
	u64 interval = (u64)READ_ONCE(probe_summary.every) * NSEC_PER_SEC;
	u64 passed = ktime_get_ns() - READ_ONCE(probe_summary.printed);

	if (!interval)
		return 0;
	return passed < interval ? interval - passed : PROBE_SUMMARY_DUE;
}

/**
 * probe_summary_poll() - print what every= asks for, if it is time
 *
 * Context: the drain thread.
 * Return: after how many nanoseconds it must be called again; 0: not before every= changes.
 */
static u64 probe_summary_poll(void)
{
	u64 left = probe_summary_time_left();

	/* Do not wait for the mutex, which a change of the probes may hold, before it is time. */
	if (left != PROBE_SUMMARY_DUE)
		return left;
	mutex_lock(&probe_mutex);
	if (probe_params_live && probe_summary_time_left() == PROBE_SUMMARY_DUE)
		probe_summary_print_since(PROBE_TABLE_PRINTED);
	mutex_unlock(&probe_mutex);
	return probe_summary_time_left();
}
