// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of args=.
 *
 * 	args=     value { "," value }
 * 	value     [ NAME "=" ] fetch [ ":" TYPE ]
 * 	fetch     $argN | $stackN | $retval | %REG | ("+" | "-") [ "u" ] OFFSET "(" fetch ")"
 *
 * The $ may be left out. The text is read in one pass, without recursion.
 * tests/args compiles this file in user space for a fuzzer.
 */

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <common/args.h>
#include <compat/ptrace.h>

/* The first is what a value without a type has. */
static const struct probe_arg_type probe_arg_types[] = {
	{ "x64", PROBE_HEX, 8 },
	{ "x32", PROBE_HEX, 4 },
	{ "x16", PROBE_HEX, 2 },
	{ "x8", PROBE_HEX, 1 },
	{ "u64", PROBE_UNSIGNED, 8 },
	{ "u32", PROBE_UNSIGNED, 4 },
	{ "u16", PROBE_UNSIGNED, 2 },
	{ "u8", PROBE_UNSIGNED, 1 },
	{ "s64", PROBE_SIGNED, 8 },
	{ "s32", PROBE_SIGNED, 4 },
	{ "s16", PROBE_SIGNED, 2 },
	{ "s8", PROBE_SIGNED, 1 },
	{ "bool", PROBE_BOOL, 1 },
	{ "errno", PROBE_ERRNO, 4 },
	{ "symbol", PROBE_SYMBOL, 8 },
	{ "string", PROBE_STRING, 8 },
	{ "ustring", PROBE_STRING, 8, .user = true },
};

/**
 * struct probe_args_parser - where reading args= is, and why it does not go on
 * @at:       what was not understood, if it failed
 * @expected: what should have been there
 * @bases:    which bases there are here, BIT(enum probe_base)
 */
struct probe_args_parser {
	const char *at;
	const char *expected;
	unsigned int bases;
};

static int probe_args_error(struct probe_args_parser *r, const char *at,
				    const char *expected)
{
	r->at = at;
	r->expected = expected;
	return -EINVAL;
}

/* How many characters of a word are at @p; to isalnum() Latin-1 has letters, too. */
static unsigned int probe_args_word(const char *p)
{
	unsigned int len = 0;

	while (isascii(p[len]) && (isalnum(p[len]) || p[len] == '_'))
		len++;
	return len;
}

/* A number up to @max at r->at, decimal or with 0x; none: -1. */
static s64 probe_args_number(struct probe_args_parser *r, s64 max)
{
	bool hex = r->at[0] == '0' && tolower(r->at[1]) == 'x';
	const char *p = r->at + (hex ? 2 : 0);
	s64 number = 0;

	if (!(hex ? isxdigit(*p) : isdigit(*p)))
		return -1;
	for (; hex ? isxdigit(*p) : isdigit(*p); p++) {
		number = number * (hex ? 16 : 10) +
			 (isdigit(*p) ? *p - '0' : tolower(*p) - 'a' + 10);
		if (number > max)
			return -1;
	}
	r->at = p;
	return number;
}

static int probe_args_base(struct probe_args_parser *r, struct probe_arg *arg)
{
	const char *start = r->at;
	s64 number;
	int reg;

	if (*r->at == '%') {
		unsigned int len = probe_args_word(++r->at);

		if (!(r->bases & BIT(PROBE_BASE_REG)))
			return probe_args_error(r, start, "$argN: an entry function has arguments, not registers");
		reg = probe_reg_offset(r->at, len);
		if (reg < 0)
			return probe_args_error(r, r->at, "a register: " PROBE_REG_NAMES);
		arg->base = PROBE_BASE_REG;
		arg->number = reg;
		r->at += len;
		return 0;
	}

	r->at += *r->at == '$';
	if (!strncmp(r->at, "arg", 3) && isdigit(r->at[3])) {
		r->at += 3;
		number = probe_args_number(r, PROBE_ARG_WORDS);
		if (number < 1)
			return probe_args_error(r, start, "$arg1 to $arg16");
		arg->base = PROBE_BASE_ARG;
		arg->number = number;
	} else if (!strncmp(r->at, "stack", 5) && isdigit(r->at[5])) {
		r->at += 5;
		number = probe_args_number(r, PROBE_STACK_WORDS - 1);
		if (number < 0)
			return probe_args_error(r, start, "$stack0 to $stack255");
		if (!(r->bases & BIT(PROBE_BASE_STACK)))
			return probe_args_error(r, start, "$argN: an entry function has arguments, not the stack");
		arg->base = PROBE_BASE_STACK;
		arg->number = number;
	} else if (!strncmp(r->at, "retval", 6)) {
		r->at += 6;
		if (!(r->bases & BIT(PROBE_BASE_RETVAL)))
			return probe_args_error(r, start, "$argN: what a function returns is known to kretprobe_example only");
		arg->base = PROBE_BASE_RETVAL;
	} else {
		return probe_args_error(r, start, "a value such as $arg1, $stack0, %REG, $retval or +8($arg1)");
	}
	if (probe_args_word(r->at))
		return probe_args_error(r, start, "$argN, $stackN or $retval");
	return 0;
}

static int probe_args_fetch(struct probe_args_parser *r, struct probe_arg *arg)
{
	unsigned int i;
	int err;

	while (*r->at == '+' || *r->at == '-') {
		bool minus = *r->at == '-';
		struct probe_deref *deref;
		s64 offset;

		if (arg->nr_derefs == PROBE_DEREFS_MAX)
			return probe_args_error(r, r->at, "at most four insns, one in the other");
		/* The innermost is written last and taken first. */
		for (i = arg->nr_derefs++; i; i--)
			arg->derefs[i] = arg->derefs[i - 1];
		deref = &arg->derefs[0];
		r->at++;
		deref->user = *r->at == 'u';
		r->at += deref->user;
		offset = probe_args_number(r, S32_MAX);
		if (offset < 0)
			return probe_args_error(r, r->at, "an offset such as 8 or 0x10");
		deref->offset = minus ? -offset : offset;
		if (*r->at != '(')
			return probe_args_error(r, r->at, "'(' behind the offset");
		r->at++;
	}
	err = probe_args_base(r, arg);
	if (err)
		return err;
	for (i = 0; i < arg->nr_derefs; i++, r->at++)
		if (*r->at != ')')
			return probe_args_error(r, r->at, "')'");
	return 0;
}

static int probe_args_type(struct probe_args_parser *r, struct probe_arg *arg)
{
	unsigned int i, len;

	arg->type = &probe_arg_types[0];
	if (*r->at != ':')
		return 0;
	len = probe_args_word(++r->at);
	for (i = 0; i < ARRAY_SIZE(probe_arg_types); i++) {
		if (strlen(probe_arg_types[i].name) != len ||
		    strncmp(probe_arg_types[i].name, r->at, len))
			continue;
		arg->type = &probe_arg_types[i];
		r->at += len;
		return 0;
	}
	return probe_args_error(r, r->at, "a type: u8 u16 u32 u64 s8 ... x64 bool errno symbol string ustring");
}

/*
 * The type says where a string is. Behind a step to user memory all others are such: a
 * user chooses the addresses there.
 */
static int probe_args_sides(struct probe_args_parser *r, struct probe_arg *arg,
				   const char *fetch, const char *type)
{
	unsigned int i;

	if (!arg->nr_derefs)
		return 0;
	if (arg->type->class == PROBE_STRING) {
		struct probe_deref *last = &arg->derefs[arg->nr_derefs - 1];

		if (last->user && !arg->type->user)
			return probe_args_error(r, type, "ustring: what +u leads to is user memory");
		last->user = arg->type->user;
	}
	for (i = arg->nr_derefs - 1; i; i--) {
		if (arg->derefs[i - 1].user && !arg->derefs[i].user)
			return probe_args_error(r, fetch, "+u: what +u has read is an address of user memory");
		fetch = strchr(fetch, '(') + 1;
	}
	return 0;
}

static int probe_args_value(struct probe_args_parser *r, struct probe_args *spec)
{
	struct probe_arg *arg = &spec->args[spec->nr];
	const char *start = r->at, *p;
	unsigned int len;
	int err;

	memset(arg, 0, sizeof(*arg));
	len = probe_args_word(r->at);
	arg->named = r->at[len] == '=';
	if (arg->named) {
		if (!len || isdigit(*r->at) || len > PROBE_ARG_NAME_MAX)
			return probe_args_error(r, r->at, "a name of letters, digits and _ before the '=', not too long");
		memcpy(arg->name, r->at, len);
		r->at += len + 1;
		start = r->at;
	}
	err = probe_args_fetch(r, arg);
	if (err)
		return err;
	for (p = start, len = 0; p < r->at && !arg->named; p++) {
		if (*p == '$' || *p == '%')
			continue;
		if (len == PROBE_ARG_NAME_MAX)
			return probe_args_error(r, start, "a name for so long a value: NAME=...");
		arg->name[len++] = *p;
	}
	p = r->at;
	err = probe_args_type(r, arg);
	if (!err)
		err = probe_args_sides(r, arg, start, p + (*p == ':'));
	if (err)
		return err;
	for (len = 0; len < spec->nr; len++)
		if (!strcmp(spec->args[len].name, arg->name))
			return probe_args_error(r, start, "another name, this one is taken: NAME=...");
	if (*r->at && *r->at != ',')
		return probe_args_error(r, r->at, "',' or the end");
	spec->nr++;
	return 0;
}

/**
 * probe_args_parse() - read args=
 * @spec: filled; of no use on error
 * @r:    with @bases set; on error @at and @expected tell what to say
 * @text: what was given
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
static int probe_args_parse(struct probe_args *spec, struct probe_args_parser *r,
				   const char *text)
{
	int err;

	spec->nr = 0;
	if (strnlen(text, PROBE_ARGS_LEN_MAX + 1) > PROBE_ARGS_LEN_MAX)
		return probe_args_error(r, text, "at most 1000 characters");
	for (r->at = text; ; r->at++) {
		if (spec->nr == PROBE_ARGS_MAX)
			return probe_args_error(r, r->at, "the end: there are eight values already");
		err = probe_args_value(r, spec);
		if (err || !*r->at)
			return err;
	}
}

/**
 * probe_args_default() - what to show if args= was not given
 * @spec: filled
 * @nr:   so many arguments
 *
 * Context: any.
 */
static void probe_args_default(struct probe_args *spec, unsigned int nr)
{
	for (spec->nr = 0; spec->nr < nr; spec->nr++) {
		struct probe_arg *arg = &spec->args[spec->nr];

		arg->number = spec->nr + 1;
		arg->type = &probe_arg_types[0];
		snprintf(arg->name, sizeof(arg->name), "arg%u", arg->number);
	}
}

static int probe_args_apply(const char *value)
{
	struct probe_args_parser reader = { .bases = probe_ops.bases };

	if (!probe_args_parse(&probe_args, &reader, value))
		return 0;
	pr_err("args=: character %td ('%*pE'): expected %s\n", reader.at - value + 1,
	       (int)strnlen(reader.at, 20), reader.at, reader.expected);
	return -EINVAL;
}

static struct probe_param_string probe_args_param = { .apply = probe_args_apply };

module_param_cb(args, &probe_param_string_ops, &probe_args_param, 0400);
MODULE_PARM_DESC(args, "values to show, up to 8, comma-separated, as in tracefs' kprobe_events: [NAME=]FETCH[:TYPE]; FETCH: $argN $stackN %reg $retval +off(FETCH), as far as the module has them; TYPE: u8..u64 s8..s64 x8..x64 string ustring symbol errno bool (default: argument words)");
