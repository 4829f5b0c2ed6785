// SPDX-License-Identifier: GPL-2.0-only
/*
 * The compiler of where=.
 *
 *	where=       term { "||" term }
 *	term         factor { "&&" factor }
 *	factor       { "!" } ( comparison | "(" where= ")" )
 *	comparison   NAME ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "&" ) NUMBER
 *	           | NAME ( "==" | "!=" | "&" ) ADDRESS
 *	           | NAME ( "==" | "!=" | "~" ) ( '"' TEXT '"' | "'" TEXT "'" )
 *
 * The text is read in one pass, without recursion. tests/fuzz compiles this file in user
 * space.
 */

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>

#include <common/args.h>
#include <common/condition.h>

#define PROBE_CONDITION_DEPTH_MAX 16	/* brackets within brackets */

/*
 * A set of exits of comparisons of which it is not known yet where they lead: bit i is
 * next[0] of comparison i, bit 16 + i is next[1].
 */
typedef u32 probe_condition_exits;

/**
 * struct probe_condition_parser - the state of compiling where=
 * @args:      the values that have names
 * @at_return: the hit is at a function's return: there are retval and took
 * @at:        how far the text has been read; on error, what was not understood
 * @expected:  on error, what should have been there
 * @offer:     room for @expected
 */
struct probe_condition_parser {
	const struct probe_args *args;
	bool at_return;
	const char *at;
	const char *expected;
	char offer[160];
};

/**
 * struct probe_condition_level - what is in a pair of brackets, or outside all of them
 * @terms:   exits with which a term that has been read is true
 * @factors: exits with which a factor of the term that is being read is false
 * @negate:  there is a ! before the bracket
 */
struct probe_condition_level {
	probe_condition_exits terms;
	probe_condition_exits factors;
	bool negate;
};

/**
 * struct probe_condition_type - the type of a name
 * @bits:      of the number; 0: it is a text
 * @is_signed: the number can be negative
 * @is_bool:   the number is 0, or 1 for all others
 * @is_bytes:  neither a number nor a text
 * @is_ip4:    the number is an IPv4 address, in network byte order
 * @name:      as in args=, or what the kernel has
 */
struct probe_condition_type {
	unsigned int bits;
	bool is_signed;
	bool is_bool;
	const char *name;
	bool is_bytes;
	bool is_ip4;
};

static const struct {
	const char *name;
	enum probe_condition_source source;
	struct probe_condition_type type;
} probe_condition_names[] = {
	{ "retval", PROBE_CONDITION_RETVAL,
	  { 8 * sizeof(long), true, false, sizeof(long) == 8 ? "s64" : "s32" } },
	{ "took", PROBE_CONDITION_TOOK, { 64, false, false, "u64" } },
	{ "comm", PROBE_CONDITION_COMM, {} },
	{ "pid", PROBE_CONDITION_PID, { 32, true, false, "s32" } },
	{ "tid", PROBE_CONDITION_TID, { 32, true, false, "s32" } },
	{ "uid", PROBE_CONDITION_UID, { 32, false, false, "u32" } },
	{ "cpu", PROBE_CONDITION_CPU, { 32, false, false, "u32" } },
};

static int probe_condition_error(struct probe_condition_parser *parser, const char *at,
				 const char *expected)
{
	parser->at = at;
	parser->expected = expected;
	return -EINVAL;
}

static void probe_condition_skip_blanks(struct probe_condition_parser *parser)
{
	while (*parser->at == ' ' || *parser->at == '\t')
		parser->at++;
}

/* ------------------------------------------------------------------ names */

/* How many characters must be changed, added, left out or swapped to make a name of a word. */
static unsigned int probe_condition_distance(const char *word, unsigned int len, const char *name)
{
	u8 rows[3][PROBE_ARG_NAME_MAX + 1];
	u8 *before = rows[0], *above = rows[1], *row = rows[2];
	unsigned int n = strlen(name);
	unsigned int i, j;

	for (j = 0; j <= n; j++)
		above[j] = j;
	for (i = 1; i <= len; i++) {
		u8 *oldest = before;

		row[0] = i;
		for (j = 1; j <= n; j++) {
			unsigned int best = above[j - 1] + (word[i - 1] != name[j - 1]);

			if (above[j] + 1u < best)
				best = above[j] + 1;
			if (row[j - 1] + 1u < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && word[i - 1] == name[j - 2] &&
			    word[i - 2] == name[j - 1] && before[j - 2] + 1u < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
		before = above;
		above = row;
		row = oldest;
	}
	return above[n];
}

static void probe_condition_offer(struct probe_condition_parser *parser, const char *word,
				  unsigned int len,
				  const char *name)
{
	unsigned int distance = probe_condition_distance(word, len, name);
	size_t used = strlen(parser->offer);

	if (distance <= 1 + len / 4 && distance < len &&
	    used + strlen(name) + 4 < sizeof(parser->offer))
		snprintf(parser->offer + used, sizeof(parser->offer) - used, " %s", name);
}

/* There is no such name. */
static int probe_condition_no_name(struct probe_condition_parser *parser, unsigned int len)
{
	const char *word = parser->at;
	unsigned int i, begin;

	if (!parser->at_return && ((len == 6 && !strncmp(word, "retval", len)) ||
			      (len == 4 && !strncmp(word, "took", len))))
		return probe_condition_error(parser, word, "another name: how a call ends is known to kretprobe_example only");
	begin = snprintf(parser->offer, sizeof(parser->offer), "a name, perhaps");
	if (len && len <= PROBE_ARG_NAME_MAX) {
		for (i = 0; i < parser->args->nr; i++)
			probe_condition_offer(parser, word, len, parser->args->args[i].name);
		for (i = 0; i < ARRAY_SIZE(probe_condition_names); i++)
			if (parser->at_return ||
			    probe_condition_names[i].source > PROBE_CONDITION_TOOK)
				probe_condition_offer(parser, word, len,
						      probe_condition_names[i].name);
	}
	if (parser->offer[begin])
		return probe_condition_error(parser, word, parser->offer);
	return probe_condition_error(parser, word, parser->at_return ?
				     "a name: one of args=, retval, took, comm, pid, tid, uid or cpu" :
				     "a name: one of args=, comm, pid, tid, uid or cpu");
}

static bool probe_condition_is_retval(const struct probe_arg *arg)
{
	return arg->base == PROBE_BASE_RETVAL && !arg->nr_derefs;
}

static void probe_condition_use_arg(const struct probe_args *args, unsigned int i,
				    struct probe_condition_test *test,
				    struct probe_condition_type *type)
{
	const struct probe_arg *arg = &args->args[i];

	test->source = PROBE_CONDITION_ARG;
	test->arg = i;
	*type = (struct probe_condition_type) {
		.bits = probe_arg_is_bytes(arg) ? 0 : arg->bits ?: 8 * arg->type->size,
		.is_signed = arg->type->class == PROBE_SIGNED || arg->type->class == PROBE_ERRNO,
		.is_bool = arg->type->class == PROBE_BOOL,
		.name = arg->type->name,
		.is_bytes = probe_arg_is_bytes(arg) && !probe_arg_is_text(arg),
		.is_ip4 = arg->type->class == PROBE_IP4,
	};
	/* As it is shown: see probe_value_format(). */
	if (arg->type->class == PROBE_ERRNO && !arg->nr_derefs) {
		test->guess = true;
		type->bits = 8 * sizeof(long);
	}
}

/* A name of args= comes before the others. The first plain $retval is what retval means. */
static int probe_condition_name(struct probe_condition_parser *parser,
				struct probe_condition_test *test,
				struct probe_condition_type *type)
{
	unsigned int i, j, len;

	parser->at += *parser->at == '$';
	len = probe_args_word_len(parser->at);
	for (i = 0; i < parser->args->nr; i++) {
		const char *name = parser->args->args[i].name;
		unsigned int n = strlen(name);

		/* A value without a name of its own is called as it is fetched: +8(arg1). */
		if (strncmp(parser->at, name, n) || n < len ||
		    probe_args_word_len(parser->at + n))
			continue;
		probe_condition_use_arg(parser->args, i, test, type);
		parser->at += n;
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(probe_condition_names); i++) {
		if (strlen(probe_condition_names[i].name) != len ||
		    strncmp(parser->at, probe_condition_names[i].name, len))
			continue;
		test->source = probe_condition_names[i].source;
		*type = probe_condition_names[i].type;
		if (test->source <= PROBE_CONDITION_TOOK && !parser->at_return)
			break;
		if (test->source == PROBE_CONDITION_RETVAL) {
			test->guess = true;
			for (j = parser->args->nr; j--; )
				if (probe_condition_is_retval(&parser->args->args[j])) {
					test->guess = false;
					probe_condition_use_arg(parser->args, j, test, type);
				}
		}
		parser->at += len;
		return 0;
	}
	return probe_condition_no_name(parser, len);
}

/* ---------------------------------------------------------------- numbers */

/*
 * The number at parser->at, without its sign, as a value of 64 bits. Sets @hex if it has an 0x.
 */
static int probe_condition_digits(struct probe_condition_parser *parser, u64 *number, bool *hex)
{
	const char *start = parser->at, *p = start;
	unsigned int base = 10;

	*hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
	if (*hex) {
		p += 2;
		base = 16;
	} else if (p[0] == '0' && isdigit(p[1])) {
		return probe_condition_error(parser, start, "a decimal number without 0 before it, or 0x");
	}
	if (!(*hex ? isxdigit(*p) : isdigit(*p)))
		return probe_condition_error(parser, start, "a number");
	for (*number = 0; *hex ? isxdigit(*p) : isdigit(*p); p++) {
		unsigned int digit = isdigit(*p) ? *p - '0' : tolower(*p) - 'a' + 10;

		/* Without a division of 64 bits, for which a 32-bit machine has no instruction. */
		if (*number > (base == 16 ? U64_MAX / 16 : U64_MAX / 10) ||
		    *number * base > U64_MAX - digit)
			return probe_condition_error(parser, start, "a number of at most 64 bits");
		*number = *number * base + digit;
	}
	if (probe_args_word_len(p))
		return probe_condition_error(parser, start, "a number, in hexadecimal with 0x");
	parser->at = p;
	return 0;
}

/* An address such as 10.0.2.15. All architectures here have the lowest byte first. */
static int probe_condition_address(struct probe_condition_parser *parser, u64 *number)
{
	struct probe_args_parser bytes = { .at = parser->at };
	unsigned int i;

	*number = 0;
	for (i = 0; i < 4; i++, bytes.at++) {
		s64 byte = probe_args_number(&bytes, 255);

		if (byte < 0 || (i < 3 ? *bytes.at != '.' : probe_args_word_len(bytes.at)))
			return probe_condition_error(parser, parser->at, "an address such as 10.0.2.15");
		*number |= (u64)byte << 8 * i;
	}
	parser->at = bytes.at - 1;
	return 0;
}

/* The name of an errno, or true and false; else a number. */
static int probe_condition_magnitude(struct probe_condition_parser *parser,
				     const struct probe_condition_type *type, u64 *number,
				     bool *hex)
{
	unsigned int len = probe_args_word_len(parser->at);

	*hex = false;
	if (type->is_ip4)
		return probe_condition_address(parser, number);
	if (*parser->at == 'E') {
		*number = probe_errors_number(parser->at, len);
		if (!*number)
			return probe_condition_error(parser, parser->at, "the name of an errno that this kernel knows, such as ENOENT");
		parser->at += len;
		return 0;
	}
	if (type->is_bool && (len == 4 || len == 5)) {
		*number = len == 4;
		if (!strncmp(parser->at, len == 4 ? "true" : "false", len)) {
			parser->at += len;
			return 0;
		}
	}
	return probe_condition_digits(parser, number, hex);
}

/* A number that the type can have. A negative one is set as its lower 64 bits. */
static int probe_condition_value(struct probe_condition_parser *parser,
				 const struct probe_condition_type *type,
				 u64 *number)
{
	const char *start = parser->at;
	u64 max = U64_MAX >> (64 - type->bits);
	bool minus = *parser->at == '-';
	bool hex;
	int err;

	if (*start == '"' || *start == '\'')
		return probe_condition_error(parser, start, "a number: this is no text");
	parser->at += minus;
	err = probe_condition_magnitude(parser, type, number, &hex);
	if (err)
		return err;
	if (minus && *number && !type->is_signed) {
		snprintf(parser->offer, sizeof(parser->offer),
			 "a number that is not negative: %s is unsigned, s64 or s32 in args= is not",
			 type->name);
		return probe_condition_error(parser, start, parser->offer);
	}
	if (type->is_bool)
		max = 1;
	/* In hexadecimal, also all bits of a signed type. */
	else if (type->is_signed && !hex)
		max = (max >> 1) + minus;
	else if (minus)
		max = (max >> 1) + 1;
	if (*number > max) {
		snprintf(parser->offer, sizeof(parser->offer), "a number that %s can be", type->name);
		return probe_condition_error(parser, start, parser->offer);
	}
	if (minus)
		*number = -*number;
	return 0;
}

/* Is it true of all or of no values? */
static void probe_condition_constant(struct probe_condition_test *test, bool result)
{
	test->low = 0;
	test->span = U64_MAX;
	test->invert = !result;
}

/* An operator is the same for all types of numbers, once it is a range. */
static void probe_condition_range(struct probe_condition_test *test,
				  const struct probe_condition_type *type,
				  const char *op, u64 number)
{
	u64 all = U64_MAX >> (64 - type->bits);
	u64 min = type->is_signed ? 1ULL << (type->bits - 1) : 0;	/* of the lower bits */
	u64 max = (min - 1) & all;

	test->mask = U64_MAX;
	test->shift = 64 - type->bits;
	number &= all;
	switch (*op) {
	case '&':
		test->mask = number << test->shift;
		test->low = 0;
		test->span = 0;
		test->invert = true;
		return;
	case '=':
	case '!':
		test->low = number;
		test->span = 0;
		test->invert = *op == '!';
		break;
	case '<':
		if (op[1] != '=' && number == min) {
			probe_condition_constant(test, false);
			return;
		}
		test->low = min;
		test->span = number - min - (op[1] != '=');
		break;
	case '>':
		if (op[1] != '=' && number == max) {
			probe_condition_constant(test, false);
			return;
		}
		test->low = number + (op[1] != '=');
		test->span = max - test->low;
		break;
	}
	test->low <<= test->shift;
	test->span <<= test->shift;
}

/* Of a bool, 0 is one value and all others are the other. */
static void probe_condition_bool(struct probe_condition_test *test, const char *op,
				 unsigned int number)
{
	bool equal = op[1] == '=' && *op != '!';
	bool result[2];
	unsigned int i;

	test->mask = U64_MAX;
	test->shift = 56;
	for (i = 0; i < 2; i++) {
		result[i] = (i == number && equal) ||
			    (i != number && *op == '!') ||
			    (i < number && *op == '<') || (i > number && *op == '>') ||
			    (*op == '&' && (i & number));
	}
	if (result[0] == result[1]) {
		probe_condition_constant(test, result[0]);
		return;
	}
	test->low = 0;
	test->span = 0;
	test->invert = !result[0];
}

/* ------------------------------------------------------------ comparisons */

static int probe_condition_operator(struct probe_condition_parser *parser,
				    const struct probe_condition_type *type, const char **op)
{
	*op = parser->at;
	switch (*parser->at) {
	case '=':
	case '!':
		if (parser->at[1] != '=')
			break;
		parser->at += 2;
		return 0;
	case '<':
	case '>':
		if (!type->bits)
			return probe_condition_error(parser, *op, "== != or ~: this is a text");
		if (type->is_ip4)
			return probe_condition_error(parser, *op, "== != or &: this is an address");
		parser->at += 1 + (parser->at[1] == '=');
		return 0;
	case '&':
		if (!type->bits)
			return probe_condition_error(parser, *op, "== != or ~: this is a text");
		if (parser->at[1] == '&')
			break;
		parser->at++;
		return 0;
	case '~':
		if (type->bits)
			return probe_condition_error(parser, *op, "== != < <= > >= or &: this is a number");
		parser->at++;
		return 0;
	}
	return probe_condition_error(parser, *op, type->bits ? "== != < <= > >= or &" : "== != or ~");
}

static int probe_condition_quoted(struct probe_condition_parser *parser,
				  struct probe_condition_test *test,
				  const char *start)
{
	const char *quote = parser->at, *end;

	if (*quote != '"' && *quote != '\'')
		return probe_condition_error(parser, quote, "a text in quotes");
	end = strchr(quote + 1, *quote);
	if (!end)
		return probe_condition_error(parser, quote, "a quote at the end of the text, too");
	if (end - quote - 1 > PROBE_CONDITION_TEXT_MAX)
		return probe_condition_error(parser, quote, "a text of at most 128 characters");
	test->text = quote + 1 - start;
	test->len = end - quote - 1;
	parser->at = end + 1;
	return 0;
}

static int probe_condition_test(struct probe_condition_parser *parser,
				struct probe_condition_test *test,
				const char *start)
{
	struct probe_condition_type type;
	const char *name = parser->at, *op;
	u64 number;
	int err;

	memset(test, 0, sizeof(*test));
	err = probe_condition_name(parser, test, &type);
	if (err)
		return err;
	if (type.is_bytes) {
		snprintf(parser->offer, sizeof(parser->offer),
			 "another name: only numbers and texts can be compared, no %s%s",
			 parser->args->args[test->arg].count ? "array of " : "", type.name);
		return probe_condition_error(parser, name, parser->offer);
	}
	probe_condition_skip_blanks(parser);
	err = probe_condition_operator(parser, &type, &op);
	if (err)
		return err;
	probe_condition_skip_blanks(parser);
	if (!type.bits) {
		test->op = *op == '~' ? PROBE_CONDITION_GLOB : PROBE_CONDITION_EQUAL;
		test->invert = *op == '!';
		return probe_condition_quoted(parser, test, start);
	}
	test->op = PROBE_CONDITION_RANGE;
	err = probe_condition_value(parser, &type, &number);
	if (err)
		return err;
	if (type.is_bool)
		probe_condition_bool(test, op, number);
	else
		probe_condition_range(test, &type, op, number);
	return 0;
}

/* -------------------------------------------------------------- condition */

/* Let exits lead to a comparison, or to a result. */
static void probe_condition_lead(struct probe_condition *code, probe_condition_exits exits, u8 to)
{
	unsigned int i;

	for (i = 0; i < PROBE_CONDITION_TESTS_MAX; i++) {
		if (exits & BIT(i))
			code->tests[i].next[0] = to;
		if (exits & BIT(PROBE_CONDITION_TESTS_MAX + i))
			code->tests[i].next[1] = to;
	}
}

static void probe_condition_swap(probe_condition_exits *a, probe_condition_exits *b)
{
	probe_condition_exits saved = *a;

	*a = *b;
	*b = saved;
}

/**
 * probe_condition_parse() - compile where=
 * @code: filled; of no use on error
 * @parser: with @args and @at_return set; on error @at and @expected tell what to say
 * @text: the condition
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
static int probe_condition_parse(struct probe_condition *code,
				 struct probe_condition_parser *parser,
				 const char *text)
{
	struct probe_condition_level levels[PROBE_CONDITION_DEPTH_MAX + 1] = {};
	struct probe_condition_level *level = levels;
	/* The exits with which what was read last is true, and false. */
	probe_condition_exits yes, no;
	bool negate = false;
	int err;

	code->nr = 0;
	parser->at = text;
	if (strnlen(text, PROBE_CONDITION_LEN_MAX + 1) > PROBE_CONDITION_LEN_MAX)
		return probe_condition_error(parser, text, "at most 1000 characters");
	memcpy(code->texts, text, strlen(text) + 1);
	while (true) {
		probe_condition_skip_blanks(parser);
		if (*parser->at == '!') {
			negate = !negate;
			parser->at++;
			continue;
		}
		if (*parser->at == '(') {
			if (level == &levels[PROBE_CONDITION_DEPTH_MAX])
				return probe_condition_error(parser, parser->at, "at most 16 brackets, one in the other");
			*++level = (struct probe_condition_level) { .negate = negate };
			negate = false;
			parser->at++;
			continue;
		}
		if (code->nr == PROBE_CONDITION_TESTS_MAX)
			return probe_condition_error(parser, parser->at, "the end: there are 16 comparisons already");
		err = probe_condition_test(parser, &code->tests[code->nr], text);
		if (err)
			return err;
		no = BIT(code->nr);
		yes = BIT(PROBE_CONDITION_TESTS_MAX + code->nr);
		if (code->tests[code->nr].invert != negate)
			probe_condition_swap(&yes, &no);
		negate = false;
		code->nr++;

		for (probe_condition_skip_blanks(parser); *parser->at == ')' && level > levels;
		     probe_condition_skip_blanks(parser)) {
			yes |= level->terms;
			no |= level->factors;
			if (level->negate)
				probe_condition_swap(&yes, &no);
			level--;
			parser->at++;
		}
		if (parser->at[0] == '&' && parser->at[1] == '&') {
			probe_condition_lead(code, yes, code->nr);
			level->factors |= no;
		} else if (parser->at[0] == '|' && parser->at[1] == '|') {
			probe_condition_lead(code, no | level->factors, code->nr);
			level->factors = 0;
			level->terms |= yes;
		} else {
			break;
		}
		parser->at += 2;
	}
	if (*parser->at)
		return probe_condition_error(parser, parser->at, level > levels ?
					     "&& || or )" : "&& || or the end");
	if (level > levels)
		return probe_condition_error(parser, parser->at, "')'");
	probe_condition_lead(code, yes | level->terms, PROBE_CONDITION_TRUE);
	probe_condition_lead(code, no | level->factors, PROBE_CONDITION_FALSE);
	return 0;
}
