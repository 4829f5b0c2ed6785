// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parameters by=, sum=, keys=, depth= and log=.
 *
 *	by=   key { "," key }
 *	key   NAME [ ".log2" | ".buckets=" N ]
 *	sum=  NAME
 *
 * A $ before a name is optional, as in args= and where=.
 */

#include <linux/kernel.h>
#include <linux/string.h>

#include <common/args.h>
#include <common/condition.h>
#include <common/ops.h>
#include <common/sum.h>

#define PROBE_SUM_WIDTH_MAX 1000000000000	/* of .buckets= */

/* The most words that a program stores. */
#define PROBE_SUM_WORDS (PROBE_REG_ARGS + 3 * PROBE_ARGS_MAX)

/**
 * struct probe_sum_name - what a name of by= or sum= means
 * @part:   without what depends on the place
 * @is_arg: it is a value of args=
 * @arg:    which one
 * @text:   as it was given, without $
 */
struct probe_sum_name {
	struct probe_sum_part part;
	bool is_arg;
	u8 arg;
	char text[PROBE_ARG_NAME_MAX + 1];
};

/* The names of by=, and then that of sum=. */
static struct probe_sum_name probe_sum_names[PROBE_SUM_KEYS_MAX + 1];
static struct probe_sum_name *const probe_sum_value_name = &probe_sum_names[PROBE_SUM_KEYS_MAX];

static struct probe_param_string probe_sum_by_param;

module_param_cb(by, &probe_param_string_ops, &probe_sum_by_param, 0400);
MODULE_PARM_DESC(by, "count hits by up to three keys, comma-separated, and print a table: comm pid tid uid cpu func caller stack, names of args= (arg1 ... without it), in kretprobe_example also retval took; numbers also as NAME.log2 or NAME.buckets=N (default: empty, no table)");

static struct probe_param_string probe_sum_sum_param;

module_param_cb(sum, &probe_param_string_ops, &probe_sum_sum_param, 0400);
MODULE_PARM_DESC(sum, "with by=: also the sum, min, mean and max of a number: a name of args= (arg1 ... without it), in kretprobe_example also retval took (default: empty, none)");

static struct probe_param_number probe_sum_log_param = {
	.value = 1, .max = 1, .expected = "0 or 1",
};

module_param_cb(log, &probe_param_number_ops, &probe_sum_log_param, 0400);
MODULE_PARM_DESC(log, "0: with by=, log no hits, only the table (default: 1)");

static struct probe_param_number probe_sum_keys_param = {
	.value = 1024, .min = 1, .max = 65536, .expected = "rows from 1 to 65536",
};

module_param_cb(keys, &probe_param_number_ops, &probe_sum_keys_param, 0400);
MODULE_PARM_DESC(keys, "with by=: rows of the table of each CPU, up to 65536 (default: 1024)");

static struct probe_param_number probe_sum_depth_param = {
	.value = 16, .min = 2, .max = PROBE_STACK_MAX, .expected = "entries of a stack from 2 to 32",
};

module_param_cb(depth, &probe_param_number_ops, &probe_sum_depth_param, 0400);
MODULE_PARM_DESC(depth, "with by=stack: how many entries of a stack are compared, 2 to 32, the probed function first (default: 16)");

/**
 * probe_sum_needs_args() - does by= or sum= need a value that is fetched at a function's entry?
 *
 * Context: process context.
 */
static bool probe_sum_needs_args(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probe_sum_names); i++)
		if (probe_sum_names[i].is_arg)
			return true;
	return false;
}

/* -------------------------------------------------------------------- names */

/* Names that where= does not have. */
static const struct {
	const char *name;
	enum probe_sum_source source;
} probe_sum_more_names[] = {
	{ "func", PROBE_SUM_FUNC },
	{ "caller", PROBE_SUM_CALLER },
	{ "stack", PROBE_SUM_STACK },
};

static int probe_sum_no_name(struct probe_condition_parser *parser, bool key)
{
	const char *word = parser->at;
	unsigned int len = probe_args_word_len(word);
	unsigned int i, begin;

	if (!key)
		return -EINVAL;
	if (parser->expected != parser->offer)
		strscpy(parser->offer, "a name, perhaps", sizeof(parser->offer));
	begin = strlen(parser->offer);
	for (i = 0; i < ARRAY_SIZE(probe_sum_more_names) && len && len <= PROBE_ARG_NAME_MAX; i++)
		probe_condition_offer(parser, word, len, probe_sum_more_names[i].name);
	if (parser->expected == parser->offer || parser->offer[begin])
		parser->expected = parser->offer;
	else if (strstarts(parser->expected, "a name"))
		parser->expected = parser->at_return ?
			"a name: one of args=, comm, pid, tid, uid, cpu, func, caller, stack, retval or took" :
			"a name: one of args=, comm, pid, tid, uid, cpu, func, caller or stack";
	return -EINVAL;
}

/* What a name of where= means here. */
static int probe_sum_use(struct probe_sum_name *name, const struct probe_condition_test *test,
			 const struct probe_condition_type *type)
{
	static const u8 sources[] = {
		[PROBE_CONDITION_RETVAL] = PROBE_SUM_REGISTER,
		[PROBE_CONDITION_TOOK] = PROBE_SUM_TOOK,
		[PROBE_CONDITION_CPU] = PROBE_SUM_CPU,
		[PROBE_CONDITION_PID] = PROBE_SUM_PID,
		[PROBE_CONDITION_TID] = PROBE_SUM_TID,
		[PROBE_CONDITION_UID] = PROBE_SUM_UID,
		[PROBE_CONDITION_COMM] = PROBE_SUM_COMM,
	};
	struct probe_sum_part *part = &name->part;

	part->words = 1;
	if (test->source == PROBE_CONDITION_COMM) {
		part->words = PROBE_SUM_COMM_WORDS;
	} else if (type->bits) {
		part->shift = 64 - type->bits;
		part->type = test->guess ? PROBE_SUM_GUESS :
			     type->is_bool ? PROBE_SUM_BOOL :
			     type->is_signed ? PROBE_SUM_SIGNED : PROBE_SUM_UNSIGNED;
	}
	if (test->source != PROBE_CONDITION_ARG) {
		part->source = sources[test->source];
		part->at = PROBE_REG_RETURN;
		/* It cannot be unread, but a register has room for that. */
		if (part->source == PROBE_SUM_REGISTER)
			part->words = 2;
		return 0;
	}
	name->is_arg = true;
	name->arg = test->arg;
	part->source = type->bits ? PROBE_SUM_FETCHED : PROBE_SUM_STRING;
	part->words = type->bits ? 2 : PROBE_SUM_STRING_WORDS(PROBE_STRING_MAX);
	return 0;
}

static int probe_sum_parse_name(struct probe_condition_parser *parser, struct probe_sum_name *name,
			  bool key)
{
	struct probe_condition_test test = {};
	struct probe_condition_type type = {};
	const char *start = parser->at + (*parser->at == '$');
	unsigned int len = probe_args_word_len(start);
	unsigned int i;

	memset(name, 0, sizeof(*name));
	if (!probe_condition_name(parser, &test, &type)) {
		probe_sum_use(name, &test, &type);
	} else {
		for (i = 0; i < ARRAY_SIZE(probe_sum_more_names); i++)
			if (strlen(probe_sum_more_names[i].name) == len &&
			    !strncmp(start, probe_sum_more_names[i].name, len))
				break;
		if (i == ARRAY_SIZE(probe_sum_more_names))
			return probe_sum_no_name(parser, key);
		name->part.source = probe_sum_more_names[i].source;
		name->part.words = 1;
		if (name->part.source == PROBE_SUM_STACK)
			name->part.words = PROBE_SUM_STACK_WORDS(probe_sum_depth_param.value);
		parser->at = start + len;
	}
	snprintf(name->text, sizeof(name->text), "%.*s", (int)(parser->at - start), start);
	return 0;
}

/* Is it a number that can be added, or put into buckets? */
static bool probe_sum_is_number(const struct probe_sum_name *name)
{
	switch (name->part.source) {
	case PROBE_SUM_REGISTER:
	case PROBE_SUM_TOOK:
		return true;
	case PROBE_SUM_FETCHED:
		return probe_args.args[name->arg].type->class < PROBE_SYMBOL;
	}
	return false;
}

/* ------------------------------------------------------------------- parser */

static int probe_sum_parse_scale(struct probe_condition_parser *parser, struct probe_sum_name *name)
{
	const char *start = parser->at;
	bool number = probe_sum_is_number(name) && name->part.type != PROBE_SUM_BOOL;
	struct probe_args_parser numbers;
	s64 width;

	if (*parser->at != '.')
		return 0;
	number |= name->part.source >= PROBE_SUM_PID && name->part.source <= PROBE_SUM_CPU;
	if (!number)
		return probe_condition_error(parser, start, "',' or the end: only numbers have .log2 and .buckets=");
	if (strstarts(start, ".log2")) {
		name->part.scale = PROBE_SUM_LOG2;
		name->part.words = 1;
		parser->at += strlen(".log2");
		return 0;
	}
	if (!strstarts(start, ".buckets="))
		return probe_condition_error(parser, start, ".log2 or .buckets=N");
	numbers.at = start + strlen(".buckets=");
	width = probe_args_number(&numbers, PROBE_SUM_WIDTH_MAX);
	if (width < 1)
		return probe_condition_error(parser, start + strlen(".buckets="),
					     "a number from 1 to 1000000000000");
	parser->at = numbers.at;
	name->part.scale = PROBE_SUM_BUCKETS;
	name->part.width = width;
	return 0;
}

static int probe_sum_parse_by(struct probe_condition_parser *parser, const char *text)
{
	struct probe_sum_name *name;
	const char *start;
	unsigned int i;

	for (parser->at = text; ; parser->at++) {
		start = parser->at;
		if (probe_sum.nr == PROBE_SUM_KEYS_MAX)
			return probe_condition_error(parser, start, "the end: there are three keys already");
		name = &probe_sum_names[probe_sum.nr];
		if (probe_sum_parse_name(parser, name, true) || probe_sum_parse_scale(parser, name))
			return -EINVAL;
		for (i = 0; i < probe_sum.nr; i++)
			if (!strcmp(probe_sum_names[i].text, name->text))
				return probe_condition_error(parser, start, "another name: this one is a key already");
		if (*parser->at && *parser->at != ',')
			return probe_condition_error(parser, parser->at, "',' or the end");
		probe_sum.nr++;
		if (!*parser->at)
			return 0;
	}
}

static int probe_sum_parse_sum(struct probe_condition_parser *parser, const char *text)
{
	parser->at = text;
	if (probe_sum_parse_name(parser, probe_sum_value_name, false))
		return -EINVAL;
	if (!probe_sum_is_number(probe_sum_value_name))
		return probe_condition_error(parser, text, parser->at_return ?
					     "a number: retval, took or a value of args=" :
					     "a number: a value of args=");
	if (*parser->at)
		return probe_condition_error(parser, parser->at, "the end: there is one sum");
	probe_sum.value = true;
	if (probe_sum_value_name->part.type == PROBE_SUM_SIGNED ||
	    probe_sum_value_name->part.type == PROBE_SUM_GUESS)
		probe_sum.bias = BIT_ULL(63);
	return 0;
}

static int probe_sum_parse(const char *param, const char *text,
			   int (*parse)(struct probe_condition_parser *parser, const char *text))
{
	struct probe_condition_parser parser = {
		.args = &probe_args, .at_return = probe_ops.at_return,
	};

	if (!parse(&parser, text))
		return 0;
	pr_err("%s=: character %td ('%*pE'): expected %s\n", param, parser.at - text + 1,
	       (int)strnlen(parser.at, 20), parser.at, parser.expected);
	return -EINVAL;
}

/* ------------------------------------------------------------ init and exit */

/* Set how a value of args= is found at one kind of place. */
static void probe_sum_set_part(struct probe_sum_place *place, struct probe_sum_part *part,
			       const struct probe_sum_name *name,
			       const struct probe_fetch_program *program, u32 *needed)
{
	const struct probe_fetch_insns *hit = probe_ops.at_return ? &program->hit : &program->entry;
	unsigned int word;
	int reg;

	*part = name->part;
	if (!name->is_arg)
		return;
	part->arg = name->arg;
	word = program->value[name->arg];
	reg = part->source == PROBE_SUM_FETCHED &&
	      probe_arg_words(&probe_args.args[name->arg]) == 1 ?
	      probe_fetch_register(program, hit, word) : -1;
	if (reg >= 0) {
		part->source = PROBE_SUM_REGISTER;
		part->at = reg;
		return;
	}
	part->at = word;
	/* At a return, the values that were fetched at the entry are there. */
	if (!probe_ops.at_return || word >= hit->word)
		place->fetch = true;
	*needed |= BIT(word);
}

/**
 * probe_sum_prepare() - let the hits of a probe that is to be registered be counted
 * @target: the probe, with its program
 *
 * Context: process context, under probe_mutex.
 * Return: 0; -EDOM with a line in dmesg.
 */
static int probe_sum_prepare(const struct probe_target *target)
{
	const struct probe_fetch_program *program = target->program;
	struct probe_sum_place *place = &probe_sum.places[target->place];
	u32 needed = 0;
	unsigned int i;

	if (!probe_sum.nr)
		return 0;
	for (i = 0; i < ARRAY_SIZE(probe_sum_names); i++) {
		const struct probe_sum_name *name = &probe_sum_names[i];
		bool unavailable = name->is_arg && name->arg >= program->nr;

		if (!unavailable && (name->part.source != PROBE_SUM_CALLER || target->at_entry))
			continue;
		pr_err("%s=: '%s' on '%s': %s\n", name == probe_sum_value_name ? "sum" : "by",
		       name->text, target->name, !unavailable ?
		       "the caller is known at a function's start only" : target->at_entry ?
		       "a system call has six arguments" :
		       "arguments are known at a function's start only; name registers in args=");
		return -EDOM;
	}
	/* Handlers of other probes may be using it. */
	if (place->ready)
		return 0;
	for (i = 0; i < probe_sum.nr; i++)
		probe_sum_set_part(place, &place->keys[i], &probe_sum_names[i], program, &needed);
	if (probe_sum.value)
		probe_sum_set_part(place, &place->value, probe_sum_value_name, program, &needed);
	probe_fetch_select(&place->insns, probe_ops.at_return ? &program->hit : &program->entry,
			   needed);
	place->ready = true;
	return 0;
}

/**
 * probe_sum_stop() - free the tables
 *
 * Context: module exit or a failed init, when no handler runs any more.
 */
static void probe_sum_stop(void)
{
	probe_table_free();
	free_percpu(probe_sum.buffer);
	probe_sum.buffer = NULL;
	probe_sum.nr = 0;
}

/**
 * probe_sum_start() - use by=, sum=, keys=, depth= and log= as they were given
 *
 * Context: module init, before the first probe is registered.
 * Return: 0; -EINVAL or -ENOMEM, with a line in dmesg; on error nothing stays allocated.
 */
static int probe_sum_start(void)
{
	const char *by = probe_sum_by_param.value ?: "";
	const char *sum = probe_sum_sum_param.value ?: "";
	unsigned int i, words = 0;

	if (!*by && (*sum || !probe_sum_log_param.value)) {
		pr_err("%s: expected by= with it, which names the keys of a table\n",
		       *sum ? "sum=" : "log=0");
		return -EINVAL;
	}
	if (!*by)
		return 0;
	if (probe_sum_parse("by", by, probe_sum_parse_by) ||
	    (*sum && probe_sum_parse("sum", sum, probe_sum_parse_sum))) {
		probe_sum.nr = 0;
		return -EINVAL;
	}
	for (i = 0; i < probe_sum.nr; i++) {
		words += probe_sum_names[i].part.words;
		if (probe_sum_names[i].part.source == PROBE_SUM_CALLER)
			probe_sum.caller = true;
		if (probe_sum_names[i].part.source == PROBE_SUM_STACK)
			probe_sum.depth = probe_sum_depth_param.value;
	}
	if (probe_sum.nr == 1 && probe_sum_names[0].part.source == PROBE_SUM_COMM)
		probe_sum.kind = PROBE_SUM_BY_COMM;
	else if (probe_sum.nr == 1 && probe_sum_names[0].part.scale == PROBE_SUM_LOG2)
		probe_sum.kind = PROBE_SUM_BY_LOG2;
	probe_sum.log = probe_sum_log_param.value;
	probe_table_layout_init(&probe_sum.layout, probe_sum_keys_param.value, words);
	probe_sum.buffer = __alloc_percpu(offsetof(struct probe_fetched, words[PROBE_SUM_WORDS]) +
					  PROBE_ARGS_MAX * PROBE_STRING_ROOM, sizeof(u64));
	if (probe_sum.buffer && !probe_table_alloc(&probe_sum.layout))
		return 0;
	pr_err("keys=%lu: cannot allocate %llu KiB for the tables of %u CPUs: " PROBE_ERR ": try a smaller keys=\n",
	       probe_sum_keys_param.value, probe_table_bytes(&probe_sum.layout) >> 10,
	       num_possible_cpus(), probe_err(-ENOMEM));
	probe_sum_stop();
	return -ENOMEM;
}
