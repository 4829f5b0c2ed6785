// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of args=.
 *
 *	args=     value { "," value }
 *	value     [ NAME "=" ] fetch [ ":" TYPE ]
 *	fetch     $argN | $stackN | $retval | $caller | %REG | ("+" | "-") [ "u" ] OFFSET "(" fetch ")"
 *
 * The $ is optional. The text is parsed in one pass, without recursion.
 * tests/fuzz compiles this file in user space for a fuzzer.
 */

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <common/args.h>
#include <probe/arch.h>

#define PROBE_ARG_TYPE_ENTRY(name, class, size, user) { name, class, size, user },

static const struct probe_arg_type probe_arg_types[] = {
	PROBE_ARG_TYPES(PROBE_ARG_TYPE_ENTRY)
};

/**
 * struct probe_args_parser - state of the parser
 * @at:       the next character; after an error, the position of the error
 * @expected: after an error, what was expected at @at
 * @bases:    the bases that this module provides, as BIT(enum probe_base)
 */
struct probe_args_parser {
	const char *at;
	const char *expected;
	unsigned int bases;
};

static int probe_args_error(struct probe_args_parser *parser, const char *at,
			    const char *expected)
{
	parser->at = at;
	parser->expected = expected;
	return -EINVAL;
}

/*
 * Length of the identifier at @p. Without isascii(), isalnum() would accept the letters of
 * Latin-1.
 */
static unsigned int probe_args_word_len(const char *p)
{
	unsigned int len = 0;

	while (isascii(p[len]) && (isalnum(p[len]) || p[len] == '_'))
		len++;
	return len;
}

/* Parse a number of at most @max, decimal or with 0x. Returns -1 if there is none. */
static s64 probe_args_number(struct probe_args_parser *parser, s64 max)
{
	bool hex = parser->at[0] == '0' && tolower(parser->at[1]) == 'x';
	const char *p = parser->at + (hex ? 2 : 0);
	s64 number = 0;

	if (!(hex ? isxdigit(*p) : isdigit(*p)))
		return -1;
	for (; hex ? isxdigit(*p) : isdigit(*p); p++) {
		number = number * (hex ? 16 : 10) +
			 (isdigit(*p) ? *p - '0' : tolower(*p) - 'a' + 10);
		if (number > max)
			return -1;
	}
	parser->at = p;
	return number;
}

static int probe_args_base(struct probe_args_parser *parser, struct probe_arg *arg)
{
	const char *start = parser->at;
	s64 number;
	int reg;

	if (*parser->at == '%') {
		unsigned int len = probe_args_word_len(++parser->at);

		if (!(parser->bases & BIT(PROBE_BASE_REG)))
			return probe_args_error(parser, start, "$argN: jprobe_example does not provide registers");
		reg = probe_arch_reg_offset(parser->at, len);
		if (reg < 0)
			return probe_args_error(parser, parser->at, "a register: " PROBE_REG_NAMES);
		arg->base = PROBE_BASE_REG;
		arg->number = reg;
		parser->at += len;
		return 0;
	}

	parser->at += *parser->at == '$';
	if (!strncmp(parser->at, "arg", 3) && isdigit(parser->at[3])) {
		parser->at += 3;
		number = probe_args_number(parser, PROBE_ARG_WORDS);
		if (number < 1)
			return probe_args_error(parser, start, "$arg1 to $arg16");
		arg->base = PROBE_BASE_ARG;
		arg->number = number;
	} else if (!strncmp(parser->at, "stack", 5) && isdigit(parser->at[5])) {
		parser->at += 5;
		number = probe_args_number(parser, PROBE_STACK_WORDS - 1);
		if (number < 0)
			return probe_args_error(parser, start, "$stack0 to $stack255");
		if (!(parser->bases & BIT(PROBE_BASE_STACK)))
			return probe_args_error(parser, start, "$argN: jprobe_example does not provide the stack");
		arg->base = PROBE_BASE_STACK;
		arg->number = number;
	} else if (!strncmp(parser->at, "retval", 6)) {
		parser->at += 6;
		if (!(parser->bases & BIT(PROBE_BASE_RETVAL)))
			return probe_args_error(parser, start, "$argN: only kretprobe_example provides the return value");
		arg->base = PROBE_BASE_RETVAL;
	} else if (!strncmp(parser->at, "caller", 6)) {
		parser->at += 6;
		arg->base = PROBE_BASE_CALLER;
	} else if (!*parser->at || strchr(",:)", *parser->at)) {
		/* Usually args="$arg1", in which the shell expands the variable arg1. */
		return probe_args_error(parser, start, "a value such as $arg1; the shell expands it between double quotes: write '$arg1', or arg1");
	} else {
		return probe_args_error(parser, start, "a value such as $arg1, $caller, $stack0, %REG, $retval or +8($arg1)");
	}
	if (probe_args_word_len(parser->at))
		return probe_args_error(parser, start, "$argN, $stackN, $retval or $caller");
	return 0;
}

static int probe_args_fetch(struct probe_args_parser *parser, struct probe_arg *arg)
{
	unsigned int i;
	int err;

	while (*parser->at == '+' || *parser->at == '-') {
		bool minus = *parser->at == '-';
		struct probe_deref *deref;
		s64 offset;

		if (arg->nr_derefs == PROBE_DEREFS_MAX)
			return probe_args_error(parser, parser->at, "at most four nested dereferences");
		/* The innermost dereference comes last in the text and is executed first. */
		for (i = arg->nr_derefs++; i; i--)
			arg->derefs[i] = arg->derefs[i - 1];
		deref = &arg->derefs[0];
		parser->at++;
		deref->user = *parser->at == 'u';
		parser->at += deref->user;
		offset = probe_args_number(parser, S32_MAX);
		if (offset < 0)
			return probe_args_error(parser, parser->at, "an offset such as 8 or 0x10");
		deref->offset = minus ? -offset : offset;
		if (*parser->at != '(')
			return probe_args_error(parser, parser->at, "'(' after the offset");
		parser->at++;
	}
	err = probe_args_base(parser, arg);
	if (err)
		return err;
	for (i = 0; i < arg->nr_derefs; i++, parser->at++)
		if (*parser->at != ')')
			return probe_args_error(parser, parser->at, "')'");
	return 0;
}

/* The type of a value without one: a word, in hexadecimal. */
static const struct probe_arg_type *probe_args_default_type(void)
{
	const struct probe_arg_type *type = probe_arg_types;

	while (type->size != sizeof(long))
		type++;
	return type;
}

/*
 * On a 32-bit machine a value of 64 bits is in two words: in memory, on the stack, as a return
 * value, and as an argument, which then begins at an odd one (AAPCS, 6.5).
 */
static int probe_args_check_words(struct probe_args_parser *parser, const struct probe_arg *arg,
				  const char *type)
{
	if (probe_arg_words(arg) == 1 || arg->nr_derefs)
		return 0;
	if (arg->base == PROBE_BASE_REG || arg->base == PROBE_BASE_CALLER)
		return probe_args_error(parser, type, "a type of at most 32 bits, as a register has here");
	if (arg->base == PROBE_BASE_ARG && !(arg->number % 2))
		return probe_args_error(parser, type, "a type of at most 32 bits: 64 bits are two words here, of which the first is $arg1, $arg3, $arg5 ...");
	return 0;
}

static int probe_args_type(struct probe_args_parser *parser, struct probe_arg *arg)
{
	unsigned int i, len;
	const char *at;

	arg->type = probe_args_default_type();
	if (*parser->at != ':') {
		while (arg->base == PROBE_BASE_CALLER && !arg->nr_derefs &&
		       arg->type->class != PROBE_SYMBOL)
			arg->type++;
		return 0;
	}
	at = ++parser->at;
	len = probe_args_word_len(at);
	for (i = 0; i < ARRAY_SIZE(probe_arg_types); i++) {
		if (strlen(probe_arg_types[i].name) != len ||
		    strncmp(probe_arg_types[i].name, parser->at, len))
			continue;
		arg->type = &probe_arg_types[i];
		parser->at += len;
		return probe_args_check_words(parser, arg, at);
	}
	return probe_args_error(parser, parser->at, "a type:" PROBE_ARG_TYPE_NAMES);
}

/*
 * The type of a string decides which memory it is read from. After a dereference of user
 * memory all further ones must be of user memory, too: a user chose the pointer.
 */
static int probe_args_check_user(struct probe_args_parser *parser, struct probe_arg *arg,
				 const char *fetch, const char *type)
{
	unsigned int i;

	if (!arg->nr_derefs)
		return 0;
	if (arg->type->class == PROBE_STRING) {
		struct probe_deref *last = &arg->derefs[arg->nr_derefs - 1];

		if (last->user && !arg->type->user)
			return probe_args_error(parser, type, "ustring: memory read with +u is user memory");
		last->user = arg->type->user;
	}
	for (i = arg->nr_derefs - 1; i; i--) {
		if (arg->derefs[i - 1].user && !arg->derefs[i].user)
			return probe_args_error(parser, fetch, "+u: a pointer read with +u is a user pointer");
		fetch = strchr(fetch, '(') + 1;
	}
	return 0;
}

static int probe_args_value(struct probe_args_parser *parser, struct probe_args *args)
{
	struct probe_arg *arg = &args->args[args->nr];
	const char *start = parser->at, *p;
	unsigned int len;
	int err;

	memset(arg, 0, sizeof(*arg));
	len = probe_args_word_len(parser->at);
	arg->named = parser->at[len] == '=';
	if (arg->named) {
		if (!len || isdigit(*parser->at) || len > PROBE_ARG_NAME_MAX)
			return probe_args_error(parser, parser->at, "a name of at most 47 letters, digits and _ before the '='");
		memcpy(arg->name, parser->at, len);
		parser->at += len + 1;
		start = parser->at;
	}
	err = probe_args_fetch(parser, arg);
	if (err)
		return err;
	for (p = start, len = 0; p < parser->at && !arg->named; p++) {
		if (*p == '$' || *p == '%')
			continue;
		if (len == PROBE_ARG_NAME_MAX)
			return probe_args_error(parser, start, "a shorter value, or one with a name: NAME=...");
		arg->name[len++] = *p;
	}
	p = parser->at;
	err = probe_args_type(parser, arg);
	if (!err)
		err = probe_args_check_user(parser, arg, start, p + (*p == ':'));
	if (err)
		return err;
	for (len = 0; len < args->nr; len++)
		if (!strcmp(args->args[len].name, arg->name))
			return probe_args_error(parser, start, "another name, this one is in use: NAME=...");
	if (*parser->at && *parser->at != ',')
		return probe_args_error(parser, parser->at, "',' or the end");
	args->nr++;
	return 0;
}

/**
 * probe_args_parse() - parse args=
 * @args:   the result; invalid after an error
 * @parser: @bases is set by the caller; after an error @at and @expected say what is wrong
 * @text:   the text
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
static int probe_args_parse(struct probe_args *args, struct probe_args_parser *parser,
			    const char *text)
{
	int err;

	args->nr = 0;
	if (strnlen(text, PROBE_ARGS_LEN_MAX + 1) > PROBE_ARGS_LEN_MAX)
		return probe_args_error(parser, text, "at most 1000 characters");
	for (parser->at = text; ; parser->at++) {
		if (args->nr == PROBE_ARGS_MAX)
			return probe_args_error(parser, parser->at, "the end: there are eight values already");
		err = probe_args_value(parser, args);
		if (err || !*parser->at)
			return err;
	}
}

/**
 * probe_args_default() - the values if args= is not given: the first arguments
 * @args: the result
 * @nr:   number of arguments
 *
 * Context: any.
 */
static void probe_args_default(struct probe_args *args, unsigned int nr)
{
	for (args->nr = 0; args->nr < nr; args->nr++) {
		struct probe_arg *arg = &args->args[args->nr];

		arg->number = args->nr + 1;
		arg->type = probe_args_default_type();
		snprintf(arg->name, sizeof(arg->name), "arg%u", arg->number);
	}
}

static int probe_args_apply(const char *value)
{
	struct probe_args_parser parser = { .bases = probe_ops.bases };

	if (!probe_args_parse(&probe_args, &parser, value))
		return 0;
	pr_err("args=: character %td ('%*pE'): expected %s\n", parser.at - value + 1,
	       (int)strnlen(parser.at, 20), parser.at, parser.expected);
	return -EINVAL;
}

static struct probe_param_string probe_args_param = { .apply = probe_args_apply };

module_param_cb(args, &probe_param_string_ops, &probe_args_param, 0400);
MODULE_PARM_DESC(args, "values to log, up to 8, comma-separated, as in tracefs' kprobe_events: [NAME=]FETCH[:TYPE]; FETCH: $argN $caller $stackN %reg $retval +off(FETCH) +uoff(FETCH), as far as the module provides them; TYPE:" PROBE_ARG_TYPE_NAMES " (default: the arguments as words)");
