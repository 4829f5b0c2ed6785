/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * where=: a condition, compiled into comparisons (condition.c) that are evaluated at
 * each hit (where.h).
 *
 * Each comparison names the one that follows it if it is true, and the one that follows
 * it if it is false; so !, && and || cost nothing at a hit.
 */
#ifndef PROBE_CONDITION_H
#define PROBE_CONDITION_H

#include <linux/string.h>
#include <linux/types.h>

#include <common/args.h>

#define PROBE_CONDITION_LEN_MAX	1000	/* characters of where= */
#define PROBE_CONDITION_TESTS_MAX	16
#define PROBE_CONDITION_TEXT_MAX	128	/* as many as are read of a string */

/* In place of the next comparison: the result. */
#define PROBE_CONDITION_END		254
#define PROBE_CONDITION_FALSE	254
#define PROBE_CONDITION_TRUE	255

/* Where the value of a comparison comes from. */
enum probe_condition_source {
	PROBE_CONDITION_ARG,	/* a value of args= */
	PROBE_CONDITION_RETVAL,
	PROBE_CONDITION_TOOK,
	PROBE_CONDITION_CPU,
	PROBE_CONDITION_PID,
	PROBE_CONDITION_TID,
	PROBE_CONDITION_UID,
	PROBE_CONDITION_COMM,
};

enum probe_condition_op {
	PROBE_CONDITION_RANGE,
	PROBE_CONDITION_EQUAL,
	PROBE_CONDITION_GLOB,
};

/**
 * struct probe_condition_test - one comparison
 * @source: where the value comes from
 * @arg:    (PROBE_CONDITION_ARG) which value of args=
 * @op:     how it is compared
 * @shift:  (PROBE_CONDITION_RANGE) moves the value to the top of 64 bits
 * @guess:  the value is a register whose type is not known: see probe_value_number()
 * @invert: the comparison is true if the value is not in the range, or not the text
 * @next:   what follows if the value is not in the range or not the text, and if it is
 * @mask:   which bits of the shifted value count
 * @low:    the least value of the range, shifted
 * @span:   how many values follow @low in the range, shifted
 * @text:   (other ops) where the text or pattern begins in struct probe_condition
 * @len:    how many characters it has
 *
 * In 64 bits of which the lower ones are 0, signed and unsigned values of any size wrap
 * around alike. So each comparison of numbers is the question if a value is in a range.
 */
struct probe_condition_test {
	u8 source;
	u8 arg;
	u8 op;
	u8 shift;
	bool guess;
	bool invert;
	u8 next[2];
	u64 mask;
	u64 low;
	u64 span;
	u16 text;
	u16 len;
};

/**
 * struct probe_condition - a compiled condition
 * @nr:    how many comparisons there are, at least one
 * @tests: the comparisons; the first one is evaluated first
 * @texts: the text that was compiled, which they refer to
 */
struct probe_condition {
	unsigned int nr;
	struct probe_condition_test tests[PROBE_CONDITION_TESTS_MAX];
	char texts[PROBE_CONDITION_LEN_MAX + 1];
};

/**
 * probe_condition_number() - evaluate a comparison of numbers
 * @test:  the comparison
 * @value: the value; only the lower bits count if the type has fewer than 64
 *
 * Context: a handler.
 * Return: the index of the next comparison, or the result.
 */
static __always_inline unsigned int probe_condition_number(const struct probe_condition_test *test,
							   u64 value)
{
	return test->next[((value << test->shift) & test->mask) - test->low <= test->span];
}

/**
 * probe_condition_unread() - evaluate a comparison with a value that could not be read
 * @test: the comparison, which is false
 *
 * Context: a handler.
 * Return: as probe_condition_number().
 */
static __always_inline unsigned int probe_condition_unread(const struct probe_condition_test *test)
{
	return test->next[test->invert];
}

/*
 * Match one character with a set such as [a-z] or [!0-9], as shells do. Returns how many
 * characters the set has; 0 if it has no end. Sets @found.
 */
static inline unsigned int probe_condition_set(const char *pattern, unsigned int len, u8 c,
					       bool *found)
{
	bool invert = len > 1 && (pattern[1] == '!' || pattern[1] == '^');
	unsigned int first = 1 + invert;
	unsigned int i;

	*found = invert;
	for (i = first; i < len; i++) {
		u8 from = pattern[i], to = from;

		if (from == ']' && i > first)
			return i + 1;
		if (i + 2 < len && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
			to = pattern[i + 2];
			i += 2;
		}
		if (from <= c && c <= to)
			*found = !invert;
	}
	return 0;
}

/* Match one character. Returns how many characters of the pattern have matched it; or 0. */
static inline unsigned int probe_condition_char(const char *pattern, unsigned int len, u8 c)
{
	unsigned int n;
	bool found;

	switch (*pattern) {
	case '?':
		return 1;
	case '[':
		n = probe_condition_set(pattern, len, c, &found);
		if (n)
			return found ? n : 0;
		break;
	case '\\':
		if (len > 1)
			return (u8)pattern[1] == c ? 2 : 0;
		break;
	}
	return (u8)*pattern == c;
}

/*
 * Does a text match a pattern with * ? [set] and \? If the rest does not match behind a *,
 * that one takes a character more. Those before it need not be tried again: so the cost is
 * at most the product of the lengths.
 */
static inline bool probe_condition_glob(const char *pattern, unsigned int plen,
					const char *text, unsigned int len)
{
	unsigned int star = 0, taken = 0, p = 0, i = 0, n;

	while (true) {
		if (p < plen && pattern[p] == '*') {
			star = ++p;
			taken = i;
			continue;
		}
		if (i == len)
			return p == plen;
		n = p < plen ? probe_condition_char(pattern + p, plen - p, text[i]) : 0;
		if (n) {
			p += n;
			i++;
		} else if (star) {
			p = star;
			i = ++taken;
		} else {
			return false;
		}
	}
}

/**
 * probe_condition_text() - evaluate a comparison of texts
 * @code: the condition
 * @test: the comparison
 * @text: the value, not terminated
 * @len:  its length; more than PROBE_CONDITION_TEXT_MAX: it was cut to that
 *
 * Context: a handler.
 * Return: as probe_condition_number().
 */
static inline unsigned int probe_condition_text(const struct probe_condition *code,
						const struct probe_condition_test *test,
						const char *text, unsigned int len)
{
	const char *other = code->texts + test->text;

	if (test->op == PROBE_CONDITION_EQUAL)
		return test->next[len == test->len && !memcmp(text, other, len)];
	if (len > PROBE_CONDITION_TEXT_MAX)
		len = PROBE_CONDITION_TEXT_MAX;
	return test->next[probe_condition_glob(other, test->len, text, len)];
}

#endif
