// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of args=.
 *
 *	args=     value { "," value }
 *	value     [ NAME "=" ] fetch [ ":" type ]
 *	fetch     $argN | $stackN | $stack | $retval | $caller | $comm | %REG | @ADDRESS | \NUMBER |
 *	          ("+" | "-") [ "u" ] OFFSET "(" fetch ")"
 *	type      (TYPE | "b" WIDTH "@" BIT "/" SIZE) [ "[" COUNT "]" ]
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

/* Parse a number of at most @max, decimal or with 0x. Returns false if there is none. */
static bool probe_args_unsigned(struct probe_args_parser *parser, u64 max, u64 *number)
{
	bool hex = parser->at[0] == '0' && tolower(parser->at[1]) == 'x';
	const char *p = parser->at + (hex ? 2 : 0);

	if (!(hex ? isxdigit(*p) : isdigit(*p)))
		return false;
	for (*number = 0; hex ? isxdigit(*p) : isdigit(*p); p++) {
		unsigned int digit = isdigit(*p) ? *p - '0' : tolower(*p) - 'a' + 10;

		if (*number > (hex ? U64_MAX / 16 : U64_MAX / 10))
			return false;
		*number *= hex ? 16 : 10;
		if (*number > max || digit > max - *number)
			return false;
		*number += digit;
	}
	parser->at = p;
	return true;
}

/* The same. Returns -1 if there is none. */
static s64 probe_args_number(struct probe_args_parser *parser, s64 max)
{
	u64 number;

	return probe_args_unsigned(parser, max, &number) ? (s64)number : -1;
}

/* Parse the address of @ADDRESS, which is read like +0(ADDRESS), or the number of \NUMBER. */
static int probe_args_immediate(struct probe_args_parser *parser, struct probe_arg *arg)
{
	const char *start = parser->at++;
	bool address = *start == '@';
	bool minus = !address && *parser->at == '-';
	u64 max = address ? ULONG_MAX : minus ? S64_MAX : U64_MAX;
	unsigned int i;
	u64 number;

	arg->base = PROBE_BASE_IMMEDIATE;
	parser->at += minus;
	if (!probe_args_unsigned(parser, max, &number) || probe_args_word_len(parser->at)) {
		if (address)
			return probe_args_error(parser, start, "@ and an address such as 0xffffffff81234560; /proc/kallsyms has those of symbols");
		return probe_args_error(parser, start, "\\ and a number such as 8, 0x10 or -1");
	}
	arg->immediate = minus ? -number : number;
	if (!address)
		return 0;
	if (!probe_is_kernel_addr(number))
		return probe_args_error(parser, start, "@ and an address of the kernel");
	if (arg->nr_derefs == PROBE_DEREFS_MAX)
		return probe_args_error(parser, start, "at most four nested dereferences, of which @ is one");
	for (i = arg->nr_derefs++; i; i--)
		arg->derefs[i] = arg->derefs[i - 1];
	arg->derefs[0] = (struct probe_deref) {};
	return 0;
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
	if (*parser->at == '@' || *parser->at == '\\')
		return probe_args_immediate(parser, arg);

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
	} else if (!strncmp(parser->at, "stack", 5)) {
		parser->at += 5;
		if (!(parser->bases & BIT(PROBE_BASE_REG)))
			return probe_args_error(parser, start, "$argN: jprobe_example does not provide the stack");
		arg->base = PROBE_BASE_REG;
		arg->number = PROBE_REG_STACK;
	} else if (!strncmp(parser->at, "comm", 4)) {
		parser->at += 4;
		if (arg->nr_derefs)
			return probe_args_error(parser, start, "another value: $comm is a text, not a pointer");
		arg->base = PROBE_BASE_COMM;
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
		return probe_args_error(parser, start, "a value such as $arg1, $caller, $stack0, $comm, %REG, $retval, +8($arg1), @0xADDRESS or \\1");
	}
	if (probe_args_word_len(parser->at))
		return probe_args_error(parser, start, "$argN, $stackN, $stack, $retval, $caller or $comm");
	return 0;
}

static int probe_args_fetch(struct probe_args_parser *parser, struct probe_arg *arg)
{
	unsigned int i, brackets;
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
	brackets = arg->nr_derefs;
	err = probe_args_base(parser, arg);
	if (err)
		return err;
	for (i = 0; i < brackets; i++, parser->at++)
		if (*parser->at != ')')
			return probe_args_error(parser, parser->at, "')'");
	return 0;
}

/* The type of a value without one: a word, in hexadecimal, of most. */
static const struct probe_arg_type *probe_args_default_type(const struct probe_arg *arg)
{
	enum probe_class class = arg->base == PROBE_BASE_COMM ? PROBE_STRING : PROBE_SYMBOL;
	const struct probe_arg_type *type = probe_arg_types;

	if (arg->base == PROBE_BASE_COMM || (arg->base == PROBE_BASE_CALLER && !arg->nr_derefs))
		while (type->class != class)
			type++;
	else
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
	if (arg->bits)
		return probe_args_error(parser, type, "a bitfield of at most 32 bits, or one in memory");
	if (arg->base == PROBE_BASE_REG || arg->base == PROBE_BASE_CALLER)
		return probe_args_error(parser, type, "a type of at most 32 bits, as a register has here");
	if (arg->base == PROBE_BASE_ARG && !(arg->number % 2))
		return probe_args_error(parser, type, "a type of at most 32 bits: 64 bits are two words here, of which the first is $arg1, $arg3, $arg5 ...");
	return 0;
}

/* Parse a bitfield, b WIDTH @ BIT / SIZE: bits of an unsigned number of SIZE bits. */
static int probe_args_bitfield(struct probe_args_parser *parser, struct probe_arg *arg)
{
	const char *start = parser->at++;
	s64 width, bit = -1, size = -1;
	unsigned int i;

	width = probe_args_number(parser, 64);
	if (width > 0 && *parser->at == '@') {
		parser->at++;
		bit = probe_args_number(parser, 63);
	}
	if (bit >= 0 && *parser->at == '/') {
		parser->at++;
		size = probe_args_number(parser, 64);
	}
	if (size < 0)
		return probe_args_error(parser, start, "a bitfield such as b4@8/32: 4 bits, from bit 8 of 32 on");
	if (width + bit > size)
		return probe_args_error(parser, start, "a bitfield that ends within its 8, 16, 32 or 64 bits");
	arg->bits = width;
	arg->bit = bit;
	for (i = 0; i < ARRAY_SIZE(probe_arg_types); i++) {
		arg->type = &probe_arg_types[i];
		if (arg->type->class == PROBE_UNSIGNED && arg->type->size * 8 == size)
			return 0;
	}
	return probe_args_error(parser, start, "a bitfield of 8, 16, 32 or 64 bits, such as b4@8/32");
}

static int probe_args_type_name(struct probe_args_parser *parser, struct probe_arg *arg)
{
	unsigned int percent = *parser->at == '%';
	unsigned int len = percent + probe_args_word_len(parser->at + percent);
	unsigned int i;

	if (*parser->at == 'b' && isdigit(parser->at[1]))
		return probe_args_bitfield(parser, arg);
	for (i = 0; i < ARRAY_SIZE(probe_arg_types); i++) {
		if (strlen(probe_arg_types[i].name) != len ||
		    strncmp(probe_arg_types[i].name, parser->at, len))
			continue;
		arg->type = &probe_arg_types[i];
		parser->at += len;
		return 0;
	}
	return probe_args_error(parser, parser->at, "a type:" PROBE_ARG_TYPE_NAMES " or a bitfield such as b4@8/32");
}

static int probe_args_array(struct probe_args_parser *parser, struct probe_arg *arg)
{
	const char *start = parser->at++;
	s64 count;

	if (probe_arg_is_object(arg) || arg->type->class == PROBE_SOCKADDR)
		return probe_args_error(parser, start, "',' or the end: this type has no arrays");
	if (!arg->nr_derefs)
		return probe_args_error(parser, start, "',' or the end: an array is in memory, as in +0($arg1):x8[4]");
	count = probe_args_number(parser, PROBE_ARRAY_MAX);
	if (arg->type->class == PROBE_STRING) {
		if (count < 1 || count > PROBE_STRINGS_MAX)
			return probe_args_error(parser, start + 1, "1 to 8 strings");
	} else if (count < 1 || count * arg->type->size > PROBE_ARRAY_MAX) {
		return probe_args_error(parser, start + 1, "a number of elements that have 1 to 64 bytes together");
	}
	if (*parser->at != ']')
		return probe_args_error(parser, parser->at, "']'");
	parser->at++;
	arg->count = count;
	return 0;
}

static int probe_args_type(struct probe_args_parser *parser, struct probe_arg *arg)
{
	const char *start;
	int err;

	arg->type = probe_args_default_type(arg);
	if (*parser->at != ':')
		return 0;
	start = ++parser->at;
	err = probe_args_type_name(parser, arg);
	if (!err && *parser->at == '[')
		err = probe_args_array(parser, arg);
	if (!err && arg->base == PROBE_BASE_COMM &&
	    (arg->type->class != PROBE_STRING || arg->type->user))
		return probe_args_error(parser, start, "string, or no type: $comm is a text");
	return err ?: probe_args_check_words(parser, arg, start);
}

/*
 * The type of a string decides which memory it is read from. After a dereference of user
 * memory all further ones must be of user memory, too: a user chose the pointer. The last
 * dereference of an array of strings reads the pointers to them.
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
		if (!arg->count)
			last->user = arg->type->user;
	}
	for (i = arg->nr_derefs - 1; i; i--) {
		if (arg->derefs[i - 1].user && !arg->derefs[i].user)
			return probe_args_error(parser, fetch, "+u: a pointer read with +u is a user pointer");
		fetch = strchr(fetch, '(') + 1;
	}
	if (probe_arg_is_object(arg) && arg->derefs[arg->nr_derefs - 1].user)
		return probe_args_error(parser, type, "another type: a pointer read with +u is a user pointer, and this is an object of the kernel");
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
		if (*p == '$' || *p == '%' || *p == '\\')
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
		arg->type = probe_args_default_type(arg);
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
MODULE_PARM_DESC(args, "values to log, up to 8, comma-separated, as in tracefs' kprobe_events: [NAME=]FETCH[:TYPE]; FETCH: $argN $caller $comm $stackN $stack %reg $retval @address \\number +off(FETCH) +uoff(FETCH), as far as the module provides them; TYPE:" PROBE_ARG_TYPE_NAMES ", arrays such as x8[16], bitfields such as b4@8/32 (default: the arguments as words)");
