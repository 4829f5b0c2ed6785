// SPDX-License-Identifier: GPL-2.0-only
/*
 * Part of probe-btf: evaluates expressions such as file->f_inode->i_ino.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe-btf.h"

/* ----------------------------------------------------------------------- members */

/* The index of the type to use if several have the same name, and the largest number of them. */
unsigned int choice, choices;

/* Set @id to the type of this name. */
static bool choose_type(const char *keyword, const char *name, size_t length, __u32 *id)
{
	unsigned int nr = find_types(keyword, name, length, 0, id);

	if (nr > choices)
		choices = nr;
	if (nr > 1)
		find_types(keyword, name, length, choice % nr, id);
	return nr;
}

/* The three names that are most similar to one that does not exist. */
struct near {
	const char *name;
	size_t length;
	struct {
		const char *name;
		unsigned int distance;
	} best[3];
};

/* Return the number of characters to change, add or remove between two names. */
static unsigned int distance(const char *a, size_t a_length, const char *b)
{
	size_t b_length = strlen(b), i, j;
	unsigned int row[64];

	if (a_length >= ARRAY_SIZE(row) || b_length >= ARRAY_SIZE(row))
		return UINT_MAX;
	for (j = 0; j <= b_length; j++)
		row[j] = j;
	for (i = 1; i <= a_length; i++) {
		unsigned int diagonal = row[0]++;

		for (j = 1; j <= b_length; j++) {
			unsigned int changed = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
			if (changed < row[j])
				row[j] = changed;
		}
	}
	return row[b_length];
}

static void near_consider(struct near *near, const char *name)
{
	unsigned int far = distance(near->name, near->length, name), i, j;
	/* Members often differ only in a prefix: flags, f_flags. */
	bool contained = near->length > 2 && memmem(name, strlen(name), near->name, near->length);

	if (contained && far > 1)
		far = 1;
	if (!*name || far > 1 + near->length / 3)
		return;
	for (i = 0; i < ARRAY_SIZE(near->best); i++) {
		if (near->best[i].name && !strcmp(near->best[i].name, name))
			return;
		if (near->best[i].name && near->best[i].distance <= far)
			continue;
		for (j = ARRAY_SIZE(near->best) - 1; j > i; j--)
			near->best[j] = near->best[j - 1];
		near->best[i].name = name;
		near->best[i].distance = far;
		return;
	}
}

/* Return "; similar: f_flags, f_mode" or an empty string. */
static const char *near_text(const struct near *near)
{
	static char text[256];
	size_t i;

	*text = '\0';
	for (i = 0; i < ARRAY_SIZE(near->best) && near->best[i].name; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%.64s",
			 i ? ", " : "; similar: ", near->best[i].name);
	return text;
}

/* A search for a member, which may be in an anonymous struct or union. */
struct search {
	const char *name;
	size_t length;
	unsigned int left;		/* the number of members that may still be examined */
	struct near *near;		/* if set, only names are collected */
	__u32 type;			/* the type of the member that was found */
	unsigned long long bit;		/* its offset in bits */
	unsigned int bits;		/* the number of bits of a bit field */
};

static bool search_member(struct search *search, __u32 id, unsigned long long bit,
			  unsigned int depth)
{
	const struct btf_type *type = resolve(id, NULL, NULL);
	const struct btf_member *members;
	unsigned int nr, i;

	if (!type || !btf_is_composite(type) || depth == NESTED_MAX)
		return false;
	members = btf_members(type);
	nr = btf_vlen(type);
	for (i = 0; i < nr && search->left; i++) {
		const char *name = name_at(members[i].name_off);
		unsigned long long at = bit + btf_member_bit_offset(type, i);

		search->left--;
		if (!*name) {
			if (search_member(search, members[i].type, at, depth + 1))
				return true;
			continue;
		}
		if (search->near) {
			near_consider(search->near, name);
			continue;
		}
		if (strncmp(name, search->name, search->length) || name[search->length])
			continue;
		search->type = members[i].type;
		search->bit = at;
		search->bits = btf_member_bitfield_size(type, i);
		return true;
	}
	return false;
}

/* Return the name of a type for messages: "struct file", "filldir_t". */
static const char *type_text(__u32 id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);
	static char text[128];
	unsigned int left;

	for (left = CHAIN_MAX; left && type && (btf_is_mod(type) || btf_is_type_tag(type)); left--)
		type = btf__type_by_id(btf, type->type);
	if (type && btf_is_void(type))
		type = NULL;
	snprintf(text, sizeof(text), "%s%.100s",
		 !type ? "" : btf_is_struct(type) ? "struct " : btf_is_union(type) ? "union " :
		 btf_is_fwd(type) ? btf_kflag(type) ? "union " : "struct " :
		 btf_is_any_enum(type) ? "enum " : "",
		 !type ? "void" : *type_name(type) ? type_name(type) : "(anonymous)");
	return text;
}

/* ------------------------------------------------------------------- expressions */

/* Get the type that a value points to. Returns false if it is not a pointer. */
bool pointee(const struct value *value, __u32 *id, bool *is_user)
{
	const struct btf_type *type;

	*id = value->type;
	if (!value->pointer) {
		type = resolve(value->type, NULL, NULL);
		if (!type || !btf_is_ptr(type))
			return false;
		*id = type->type;
	}
	resolve(*id, NULL, is_user);
	return true;
}

/* Replace a value by the object that it points to. */
bool follow(struct value *value)
{
	bool is_user = false;
	__u32 id;

	if (!pointee(value, &id, &is_user))
		return refuse("'%s' is not a pointer%s", value->name,
			      value->type ? "" : ", as far as is known: cast it, as in ((struct x *)arg)->member");
	if (value->nr == DEREFS_MAX)
		return refuse("what '%s' points to is behind a fifth pointer: args= follows at most four",
			      value->name);
	if (function.compat && value->nr)
		return refuse("'%s' is a pointer in the memory of a 32-bit program: args= follows those of 64 bits only",
			      value->name);
	if (value->memory == MEMORY_USER ||
	    (value->nr && !has_user_tags && is_user_name(value->name)))
		is_user = true;
	/* The argument may be a user pointer that the function got unchanged. */
	if (!is_user && !value->user && value->memory == MEMORY_UNKNOWN && !value->nr &&
	    value->number && takes_user_text(value->name)) {
		const char *text = type_text(id);

		return refuse("whether '%s' points to user memory is not in this BTF: say it with a cast, ((%s __user *)%s) or ((%s *)%s)",
			      value->name, text, value->name, text, value->name);
	}
	value->user |= is_user;
	value->steps[value->nr].offset = 0;
	value->steps[value->nr++].user = value->user;
	value->type = id;
	value->pointer = false;
	value->memory = MEMORY_UNKNOWN;
	value->shown = NULL;
	return true;
}

static bool in_range(long long offset)
{
	return offset <= INT_MAX || refuse("the offset %lld is larger than args= takes", offset);
}

/* If a struct is passed in registers, each word of it has its own $argN. */
static bool next_argument(struct value *value, long long offset)
{
	if (!value->number || offset % 8)
		return refuse("'%s' is in the middle of a register, which args= cannot cut", value->name);
	if (value->number + offset / 8 > ARG_MAX)
		return refuse("'%s' is in argument %lld: args= knows %u", value->name,
			      value->number + offset / 8, ARG_MAX);
	value->number += offset / 8;
	snprintf(value->base, sizeof(value->base), "$arg%u", value->number);
	return true;
}

/* Replace a declaration by the type itself. */
static bool complete(__u32 *id)
{
	const struct btf_type *type = resolve(*id, NULL, NULL);
	const char *name;

	if (!type || !btf_is_fwd(type))
		return true;
	name = type_name(type);
	return choose_type(btf_kflag(type) ? "union" : "struct", name, strlen(name), id) ||
	       refuse("%s is only declared in this BTF: its members may be in that of a module, which MODULE:FUNCTION takes",
		      type_text(*id));
}

static bool take_member(struct value *value, const char *name, size_t length)
{
	struct search search = { .name = name, .length = length, .left = MEMBERS_MAX };
	struct near near = { .name = name, .length = length };
	const struct btf_type *type;
	char owner[64];

	snprintf(owner, sizeof(owner), "%s", value->name);
	if (!complete(&value->type))
		return false;
	type = resolve(value->type, NULL, NULL);
	if (!type || !btf_is_composite(type)) {
		if (type && btf_is_ptr(type))
			return refuse("'%s' is a pointer: '->%.*s', not '.'", owner, (int)length, name);
		if (type && btf_is_array(type))
			return refuse("'%s' is an array: name an element, %s[0]", owner, owner);
		return refuse("'%s' has no members: it is %s%s", owner, type_text(value->type),
			      !type && value->nr ? ": cast the pointer to it, as in ((struct x *)arg)->member" : "");
	}
	if (!search_member(&search, value->type, 0, 0)) {
		search.near = &near;
		search.left = MEMBERS_MAX;
		search_member(&search, value->type, 0, 0);
		return refuse("%s has no member '%.*s'%s", type_text(value->type), (int)length, name,
			      near_text(&near));
	}
	snprintf(value->name, sizeof(value->name), "%.*s", (int)length, name);
	value->type = search.type;
	value->shown = NULL;
	value->memory = MEMORY_UNKNOWN;
	value->bits = search.bits;
	value->bit = search.bits ? search.bit % 8 : 0;
	if (!value->nr)
		return next_argument(value, search.bit / 8);
	value->steps[value->nr - 1].offset += search.bit / 8;
	return in_range(value->steps[value->nr - 1].offset);
}

static bool take_element(struct value *value, unsigned long index)
{
	const struct btf_type *type = resolve(value->type, NULL, NULL);
	bool array = !value->pointer && type && btf_is_array(type);
	long long size;

	if (array && btf_array(type)->nelems && index >= btf_array(type)->nelems)
		return refuse("'%s' has %u elements: no [%lu]", value->name, btf_array(type)->nelems,
			      index);
	if (array) {
		value->type = btf_array(type)->type;
		value->shown = NULL;
	} else if (!follow(value)) {
		return false;
	}
	if (!complete(&value->type))
		return false;
	size = size_of(value->type);
	if (size < 1)
		return refuse("the elements of '%s' have no size", value->name);
	if (!value->nr)
		return next_argument(value, index * size);
	value->steps[value->nr - 1].offset += index * size;
	return in_range(value->steps[value->nr - 1].offset);
}

void skip_blanks(struct parser *parser)
{
	while (isspace((unsigned char)*parser->at))
		parser->at++;
}

static bool skip(struct parser *parser, const char *text)
{
	skip_blanks(parser);
	if (!starts_with(parser->at, text))
		return false;
	parser->at += strlen(text);
	return true;
}

/* Set @word to the next word and return its length. */
static size_t next_word(struct parser *parser, const char **word)
{
	size_t length;

	skip_blanks(parser);
	*word = parser->at;
	length = word_length(parser->at);
	parser->at += length;
	return length;
}

static bool is_word(const char *word, size_t length, const char *wanted)
{
	return length == strlen(wanted) && !strncmp(word, wanted, length);
}

/* A cast to a pointer to @type. */
struct cast {
	__u32 type;
	bool user;
};

/*
 * Parse "(struct x *)", "(struct x __user *)" or "(x_t *)". Returns false without a reason if it
 * is not a cast.
 */
static bool parse_cast(struct parser *parser, struct cast *cast)
{
	struct parser here = *parser;
	const char *word, *keyword = "";
	size_t length;

	*reason = '\0';
	cast->user = false;
	if (!skip(&here, "("))
		return false;
	length = next_word(&here, &word);
	if (is_word(word, length, "const"))
		length = next_word(&here, &word);
	if (is_word(word, length, "struct"))
		keyword = "struct";
	else if (is_word(word, length, "union"))
		keyword = "union";
	if (*keyword)
		length = next_word(&here, &word);
	skip_blanks(&here);
	if (starts_with(here.at, "__user")) {
		cast->user = true;
		here.at += strlen("__user");
	}
	if (!length || !skip(&here, "*"))
		return *keyword ? refuse("a cast is one to a pointer: (struct x *)") : false;
	if (!skip(&here, ")"))
		return refuse("a cast is one to a pointer to a struct: (struct x *)");
	if (!choose_type(keyword, word, length, &cast->type)) {
		struct near near = { .name = word, .length = length };
		__u32 i, end = btf__type_cnt(btf);

		for (i = 1; i < end; i++) {
			const struct btf_type *type = btf__type_by_id(btf, i);

			if (type && has_keyword(type, keyword))
				near_consider(&near, type_name(type));
		}
		return refuse("there is no %s%s%.*s in this BTF%s", keyword, *keyword ? " " : "type ",
			      (int)length, word, near_text(&near));
	}
	*parser = here;
	return true;
}

static void apply_cast(struct value *value, const struct cast *cast)
{
	bool is_user = value->user || value->memory == MEMORY_USER;
	__u32 id;

	/* Without __user it is kernel memory, unless it is known to be user memory. */
	if (!value->pointer)
		pointee(value, &id, &is_user);
	if (value->nr && !has_user_tags && is_user_name(value->name))
		is_user = true;
	value->memory = is_user || cast->user ? MEMORY_USER : MEMORY_KERNEL;
	value->type = cast->type;
	value->pointer = true;
	value->bits = 0;
	value->shown = NULL;
}

static bool set_argument(struct value *value, const struct argument *arg)
{
	value->number = arg->number;
	value->type = arg->type;
	value->pointer = arg->pointer;
	value->memory = arg->memory;
	value->shown = arg->shown;
	snprintf(value->base, sizeof(value->base), "$arg%u", arg->number);
	return !arg->by_address || follow(value);
}

static bool take_argument(struct value *value, const char *word, size_t length)
{
	char list[512] = "";
	unsigned int i;

	if (strchr(function.name, '+'))
		return refuse("arguments are known at a function's start only: cast a register, as in ((struct x *)%%REG)->member");
	if (!function.proto && !function.syscall)
		return refuse("'%s' is not in this BTF, so its arguments are not known: cast them, as in ((struct x *)$arg1)->member",
			      function.name);
	for (i = 0; i < function.nr; i++) {
		struct argument *arg = &function.args[i];

		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
			 *list ? ", " : "", arg->name);
		if (!is_word(word, length, arg->name))
			continue;
		if (!arg->number)
			return refuse("'%s' is beyond $arg%u, the last one that args= knows", arg->name,
				      ARG_MAX);
		return set_argument(value, arg);
	}
	return refuse("%s has no argument '%.*s'%s%s", function.name, (int)length, word,
		      *list ? ": it has " : "", list);
}

/* Get the base of a fetch expression. $argN has the type of that argument. */
static bool take_fetch(struct value *value, const char *word, size_t length, char sigil)
{
	unsigned int i;

	snprintf(value->base, sizeof(value->base), "%c%.*s", sigil, (int)length, word);
	if (sigil != '$')
		return true;
	if (length > 3 && starts_with(word, "arg"))
		value->number = strtoul(word + 3, NULL, 10);
	for (i = 0; i < function.nr; i++)
		if (value->number && function.args[i].number == value->number)
			return set_argument(value, &function.args[i]);
	if (is_word(word, length, "retval") && function.proto)
		value->type = function.proto->type;
	return true;
}

/* Is this a base of args= without its $? An argument with that name has precedence. */
bool is_fetch_word(const char *word, size_t length)
{
	unsigned int i;

	if (starts_with(word, "arg") && isdigit((unsigned char)word[3]))
		return true;
	if (starts_with(word, "stack") && isdigit((unsigned char)word[5]))
		return true;
	for (i = 0; i < function.nr; i++)
		if (is_word(word, length, function.args[i].name))
			return false;
	return is_word(word, length, "retval") || is_word(word, length, "comm");
}

static bool parse_primary(struct parser *parser, struct value *value)
{
	char sigil = '\0';
	const char *word;
	size_t length;

	if (skip(parser, "(")) {
		if (++parser->depth > NESTED_MAX)
			return refuse("too many parentheses");
		if (!parse_expression(parser, value, false))
			return false;
		parser->depth--;
		return skip(parser, ")") || refuse("expected ')' at '%s'", parser->at);
	}
	if (*parser->at == '$' || *parser->at == '%')
		sigil = *parser->at++;
	length = next_word(parser, &word);
	if (!length || (!sigil && isdigit((unsigned char)*word)))
		return refuse("expected the name of an argument at '%s'", word);
	if (!sigil && is_fetch_word(word, length))
		sigil = '$';
	if (length >= sizeof(value->base) - 1 && sigil)
		return refuse("'%.*s' is too long", (int)length, word);
	snprintf(value->name, sizeof(value->name), "%.*s", (int)length, word);
	return sigil ? take_fetch(value, word, length, sigil) : take_argument(value, word, length);
}

static bool parse_postfix(struct parser *parser, struct value *value)
{
	for (;;) {
		const char *word;
		size_t length;

		skip_blanks(parser);
		if (skip(parser, "[")) {
			unsigned long index;
			char *end;

			skip_blanks(parser);
			index = strtoul(parser->at, &end, 0);
			if (!isdigit((unsigned char)*parser->at) || index > INT_MAX)
				return refuse("expected a number at '%s'", parser->at);
			parser->at = end;
			if (!skip(parser, "]"))
				return refuse("expected ']' at '%s'", parser->at);
			if (!take_element(value, index))
				return false;
			continue;
		}
		if (skip(parser, "->")) {
			if (!value->pointer && value->type) {
				const struct btf_type *type = resolve(value->type, NULL, NULL);

				if (type && btf_is_composite(type))
					return refuse("'%s' is a %s: '.', not '->'", value->name,
						      btf_is_struct(type) ? "struct" : "union");
			}
			if (!follow(value))
				return false;
		} else if (skip(parser, ".")) {
			if (value->pointer)
				return refuse("'%s' is a pointer: '->', not '.'", value->name);
		} else {
			return true;
		}
		length = next_word(parser, &word);
		if (!length)
			return refuse("expected the name of a member at '%s'", word);
		if (!take_member(value, word, length))
			return false;
	}
}

/*
 * In C a cast applies to the whole postfix expression after it. The result of such a cast would
 * be useless here, because only members can be read through it, so it applies to the argument.
 */
bool parse_expression(struct parser *parser, struct value *value, bool outermost)
{
	struct cast cast;

	if (!parse_cast(parser, &cast))
		return !*reason && parse_primary(parser, value) && parse_postfix(parser, value);
	if (outermost) {
		if (!parse_primary(parser, value))
			return false;
		apply_cast(value, &cast);
		return parse_postfix(parser, value);
	}
	if (++parser->depth > NESTED_MAX)
		return refuse("too many casts");
	if (!parse_expression(parser, value, false))
		return false;
	parser->depth--;
	apply_cast(value, &cast);
	return true;
}
