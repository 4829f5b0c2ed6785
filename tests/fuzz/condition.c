// SPDX-License-Identifier: GPL-2.0-only
/*
 * The compiler of where= (common/condition.c) in user space, fed by libFuzzer: whatever
 * text it is given, it stays within its memory; what it compiles ends, and has the result
 * that a simple evaluation of the text has.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What the parameter at the end of common/args.c needs and the parser does not. */
#define module_param_cb(name, ops, arg, perm) \
	static void *const fuzz_param_##name __attribute__((unused)) = (arg)
#define MODULE_PARM_DESC(name, text) extern int fuzz_unused
#define pr_err(...) do { } while (0)
static const struct { unsigned int bases; } probe_ops;
struct probe_param_string {
	char *value;
	int (*apply)(const char *value);
};
static unsigned int probe_errors_number(const char *name, unsigned int len);

#include <common/args.c>
#include <common/condition.c>

#define CHECK(condition)							\
do {										\
	if (!(condition)) {							\
		fprintf(stderr, "%s:%d: CHECK failed: %s\n", __FILE__, __LINE__, #condition);	\
		abort();							\
	}									\
} while (0)

static unsigned int probe_errors_number(const char *name, unsigned int len)
{
	static const struct { const char *name; unsigned int number; } names[] = {
		{ "EPERM", 1 }, { "ENOENT", 2 }, { "EINVAL", 22 }, { "EHWPOISON", 133 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i].name) == len && !strncmp(names[i].name, name, len))
			return names[i].number;
	return 0;
}

/* One name of each type; the values change from input to input. */
static const char spec[] = "a=arg1,b=arg2:s8,c=arg3:u16,d=arg4:s32,e=arg5:bool,f=arg6:errno,"
			   "g=arg7:string,h=arg8:s64";
static struct probe_args args;
static u64 words[PROBE_ARGS_MAX];
static bool unread[PROBE_ARGS_MAX];
static char text[PROBE_CONDITION_TEXT_MAX + 2];
static unsigned int text_len;

/* ------------------------------------------------------ the simple evaluation */

/* The text was compiled, so it is valid. Recursion, 128-bit numbers, no tricks. */

static const char *at;
static bool any(void);

static void blanks(void)
{
	while (*at == ' ' || *at == '\t')
		at++;
}

static bool glob_at(const char *pattern, const char *end, const char *s, const char *stop)
{
	bool ok;

	if (pattern == end)
		return s == stop;
	if (*pattern == '*')
		return glob_at(pattern + 1, end, s, stop) ||
		       (s < stop && glob_at(pattern, end, s + 1, stop));
	if (s == stop)
		return false;
	switch (*pattern) {
	case '?':
		return glob_at(pattern + 1, end, s + 1, stop);
	case '\\':
		if (end - pattern > 1)
			pattern++;
		break;
	case '[': {
		unsigned int n = probe_condition_set(pattern, end - pattern, *s, &ok);

		if (n)
			return ok && glob_at(pattern + n, end, s + 1, stop);
		break;
	}
	}
	return *pattern == *s && glob_at(pattern + 1, end, s + 1, stop);
}

/* As recursion: only patterns that do not take for ever. */
static bool simple_enough(const char *pattern, const char *end)
{
	unsigned int stars = 0;

	for (; pattern < end; pattern++)
		stars += *pattern == '*';
	return stars <= 3;
}

static bool too_slow;

static bool text_test(const char *value, unsigned int len, const char *op)
{
	char quote = *at++;
	const char *end = strchr(at, quote);
	const char *start = at;

	at = end + 1;
	if (*op == '~') {
		if (len > PROBE_CONDITION_TEXT_MAX)
			len = PROBE_CONDITION_TEXT_MAX;
		if (!simple_enough(start, end)) {
			too_slow = true;
			return false;
		}
		return glob_at(start, end, value, value + len);
	}
	return ((size_t)(end - start) == len && !memcmp(start, value, len)) == (*op == '=');
}

static __int128 literal(__int128 modulo, bool is_signed)
{
	bool minus = *at == '-';
	__int128 number = 0;
	unsigned int len;
	bool hex;

	at += minus;
	len = probe_args_word_len(at);
	hex = at[0] == '0' && tolower(at[1]) == 'x';
	if (*at == 'E') {
		number = probe_errors_number(at, len);
	} else if (*at == 't' || *at == 'f') {
		number = *at == 't';
	} else {
		const char *p;

		for (p = at + 2 * hex; p < at + len; p++)
			number = number * (hex ? 16 : 10) +
				 (isdigit(*p) ? *p - '0' : tolower(*p) - 'a' + 10);
	}
	at += len;
	if (minus)
		number = -number;
	if (is_signed && number >= modulo / 2)
		number -= modulo;	/* all bits in hexadecimal */
	return number;
}

static bool number_test(__int128 value, unsigned int bits, bool is_signed, const char *op)
{
	__int128 other = literal((__int128)1 << bits, is_signed);

	switch (*op) {
	case '=': return value == other;
	case '!': return value != other;
	case '&': return ((u64)value & (u64)other) << (64 - bits);
	case '<': return op[1] == '=' ? value <= other : value < other;
	default: return op[1] == '=' ? value >= other : value > other;
	}
}

static bool comparison(void)
{
	static const struct {
		const char *name;
		__int128 value;
		unsigned int bits;
		bool sign;
	} others[] = {
		{ "pid", 7, 32, true }, { "tid", 8, 32, true }, { "uid", 0xfffffffe, 32, false },
		{ "cpu", 1, 32, false }, { "took", 1000, 64, false }, { "retval", -2, 64, true },
	};
	unsigned int len, i;
	const char *name, *op;
	bool result = false;

	at += *at == '$';
	name = at;
	len = probe_args_word_len(at);
	at += len;
	blanks();
	op = at++;
	at += *at == '=';
	blanks();
	if (len == 4 && !strncmp(name, "comm", 4))
		return text_test("cat", 3, op);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (strlen(others[i].name) == len && !strncmp(name, others[i].name, len))
			return number_test(others[i].value, others[i].bits, others[i].sign, op);
	i = *name - 'a';
	switch (*name) {
	case 'a': result = number_test(words[i], 64, false, op); break;
	case 'b': result = number_test((int8_t)words[i], 8, true, op); break;
	case 'c': result = number_test((uint16_t)words[i], 16, false, op); break;
	case 'd': result = number_test((int32_t)words[i], 32, true, op); break;
	case 'e': result = number_test(!!(uint8_t)words[i], 8, false, op); break;
	case 'f':
	case 'h': result = number_test((int64_t)words[i], 64, true, op); break;
	case 'g': result = text_test(text, text_len, op); break;
	default: CHECK(!"a name");
	}
	return result && !unread[i];
}

static bool factor(void)
{
	bool negate = false, result;

	for (blanks(); *at == '!'; blanks()) {
		negate = !negate;
		at++;
	}
	if (*at == '(') {
		at++;
		result = any();
		CHECK(*at == ')');
		at++;
	} else {
		result = comparison();
	}
	blanks();
	return result != negate;
}

static bool all(void)
{
	bool result = factor();

	while (at[0] == '&' && at[1] == '&') {
		at += 2;
		result &= factor();
	}
	return result;
}

static bool any(void)
{
	bool result = all();

	while (at[0] == '|' && at[1] == '|') {
		at += 2;
		result |= all();
	}
	return result;
}

/* ------------------------------------------------------ the compiled condition */

static unsigned int run(const struct probe_condition *code)
{
	static const u64 others[] = {
		[PROBE_CONDITION_RETVAL] = -2, [PROBE_CONDITION_TOOK] = 1000,
		[PROBE_CONDITION_CPU] = 1, [PROBE_CONDITION_PID] = 7,
		[PROBE_CONDITION_TID] = 8, [PROBE_CONDITION_UID] = 0xfffffffe,
	};
	unsigned int next = 0;

	while (next < PROBE_CONDITION_END) {
		const struct probe_condition_test *test = &code->tests[next];
		unsigned int last = next;

		CHECK(next < code->nr);
		if (test->source == PROBE_CONDITION_COMM)
			next = probe_condition_text(code, test, "cat", 3);
		else if (test->source != PROBE_CONDITION_ARG)
			next = probe_condition_number(test, others[test->source]);
		else if (unread[test->arg])
			next = probe_condition_unread(test);
		else if (test->op != PROBE_CONDITION_RANGE)
			next = probe_condition_text(code, test, text, text_len);
		else
			next = probe_condition_number(test, words[test->arg]);
		/* Only forwards: it ends. */
		CHECK(next > last);
	}
	return next;
}

static void set_values(const uint8_t *data)
{
	unsigned int i;

	for (i = 0; i < PROBE_ARGS_MAX; i++) {
		unread[i] = data[0] & 1 << i;
		words[i] = data[1 + i / 2] & 0x80 ? -(u64)(data[1 + i] & 15) : data[1 + i];
		if (data[1 + i] == 255)
			words[i] <<= 8 * i;
	}
	text_len = data[9] % (PROBE_CONDITION_TEXT_MAX + 2);
	for (i = 0; i < text_len; i++)
		text[i] = "ab*\n"[data[1 + i % 8] >> (i / 8 % 4 * 2) & 3];
}

#define VALUES 10

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct probe_condition_parser parser = { .args = &args, .at_return = true };
	struct probe_args_parser reader = { .bases = 15 };
	static struct probe_condition code;
	char *condition;

	if (size < VALUES)
		return 0;
	if (!args.nr)
		CHECK(!probe_args_parse(&args, &reader, spec) && args.nr == 8);
	set_values(data);
	data += VALUES;
	size -= VALUES;
	/* Not one byte more than the text: what is read behind it is found. */
	condition = malloc(size + 1);
	if (!condition)
		return 0;
	memcpy(condition, data, size);
	condition[size] = '\0';
	if (probe_condition_parse(&code, &parser, condition)) {
		CHECK(parser.expected && *parser.expected);
		CHECK(parser.at >= condition && parser.at <= condition + strlen(condition));
	} else {
		unsigned int result;
		bool expected;

		CHECK(code.nr >= 1 && code.nr <= PROBE_CONDITION_TESTS_MAX);
		result = run(&code);
		at = condition;
		too_slow = false;
		expected = any();
		CHECK(!*at);
		CHECK(too_slow || expected == (result == PROBE_CONDITION_TRUE));
	}
	free(condition);
	return 0;
}
