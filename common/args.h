/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parsed form of args=: the values to fetch at a hit, in the grammar of tracefs'
 * kprobe_events (Documentation/trace/kprobetrace.rst of the kernel).
 */
#ifndef PROBE_ARGS_H
#define PROBE_ARGS_H

#include <linux/bits.h>
#include <linux/limits.h>
#include <linux/types.h>

#define PROBE_ARGS_MAX		8
#define PROBE_ARGS_LEN_MAX	1000	/* characters of args= */
#define PROBE_ARG_NAME_MAX	47
#define PROBE_ARG_WORDS		16	/* $arg1 to $arg16 */
#define PROBE_STACK_WORDS	256	/* $stack0 to $stack255 */
#define PROBE_DEREFS_MAX	4
#define PROBE_STRING_MAX	128	/* bytes of a string; one more is read */
#define PROBE_ARRAY_MAX		64	/* bytes of an array */
#define PROBE_STRINGS_MAX	8	/* elements of an array of strings */

/* What the innermost part of a value names. */
enum probe_base {
	PROBE_BASE_ARG,
	PROBE_BASE_STACK,
	PROBE_BASE_RETVAL,
	PROBE_BASE_REG,
	PROBE_BASE_CALLER,
	PROBE_BASE_COMM,
	PROBE_BASE_IMMEDIATE,
};

/*
 * How a value is formatted (value.c). Up to PROBE_IP4 it is a number, from PROBE_STRING to
 * PROBE_DENTRY a text.
 */
enum probe_class {
	PROBE_UNSIGNED,
	PROBE_SIGNED,
	PROBE_HEX,
	PROBE_CHAR,
	PROBE_BOOL,
	PROBE_ERRNO,
	PROBE_SYMBOL,
	PROBE_SYMSTR,
	PROBE_IP4,
	PROBE_STRING,
	PROBE_FILE,
	PROBE_DENTRY,
	PROBE_IP6,
	PROBE_MAC,
	PROBE_SOCKADDR,
	PROBE_SOCK,
	PROBE_TASK,
};

/*
 * All types: name, class, size in bytes, and whether it is in user memory. The default is the
 * first one with the size of a word. The parser, its error message and modinfo are made from
 * this list.
 */
#define PROBE_ARG_TYPES(type)						\
	type("x64", PROBE_HEX, 8, false)				\
	type("x32", PROBE_HEX, 4, false)				\
	type("x16", PROBE_HEX, 2, false)				\
	type("x8", PROBE_HEX, 1, false)					\
	type("u64", PROBE_UNSIGNED, 8, false)				\
	type("u32", PROBE_UNSIGNED, 4, false)				\
	type("u16", PROBE_UNSIGNED, 2, false)				\
	type("u8", PROBE_UNSIGNED, 1, false)				\
	type("s64", PROBE_SIGNED, 8, false)				\
	type("s32", PROBE_SIGNED, 4, false)				\
	type("s16", PROBE_SIGNED, 2, false)				\
	type("s8", PROBE_SIGNED, 1, false)				\
	type("char", PROBE_CHAR, 1, false)				\
	type("bool", PROBE_BOOL, 1, false)				\
	type("errno", PROBE_ERRNO, 4, false)				\
	type("symbol", PROBE_SYMBOL, sizeof(long), false)				\
	type("symstr", PROBE_SYMSTR, sizeof(long), false)				\
	type("string", PROBE_STRING, sizeof(long), false)				\
	type("ustring", PROBE_STRING, sizeof(long), true)				\
	type("file", PROBE_FILE, sizeof(long), false)				\
	type("%pD", PROBE_FILE, sizeof(long), false)				\
	type("dentry", PROBE_DENTRY, sizeof(long), false)				\
	type("%pd", PROBE_DENTRY, sizeof(long), false)				\
	type("sock", PROBE_SOCK, sizeof(long), false)				\
	type("sockaddr", PROBE_SOCKADDR, sizeof(long), false)			\
	type("ip4", PROBE_IP4, 4, false)				\
	type("ip6", PROBE_IP6, 16, false)				\
	type("mac", PROBE_MAC, 6, false)				\
	type("task", PROBE_TASK, sizeof(long), false)

#define PROBE_ARG_TYPE_NAME(name, class, size, user) " " name
#define PROBE_ARG_TYPE_NAMES PROBE_ARG_TYPES(PROBE_ARG_TYPE_NAME)

/**
 * struct probe_arg_type - a type of args=
 * @name:  as in args=
 * @class: how a value is formatted
 * @size:  bytes in memory; of a register, this many of its low bytes
 * @user:  (string) it is in user memory, not in kernel memory
 */
struct probe_arg_type {
	const char *name;
	enum probe_class class;
	u8 size;
	bool user;
};

/**
 * struct probe_deref - a dereference: read what a pointer points to
 * @offset: added to the pointer
 * @user:   user memory is read, not kernel memory
 */
struct probe_deref {
	s32 offset;
	bool user;
};

/**
 * struct probe_arg - one value of args=
 * @name:      given by the user, or the fetch itself without its $ and %
 * @named:     @name was given by the user
 * @base:      what the innermost part names
 * @number:    N of $argN or $stackN; for %REG, its offset in struct pt_regs
 * @immediate: (PROBE_BASE_IMMEDIATE) the number
 * @nr_derefs: number of dereferences
 * @derefs:    the dereferences, in the order in which they are executed
 * @type:      the type of the value; of an array, that of its elements
 * @count:     number of elements of an array; 0 if it is none
 * @bits:      width of a bitfield; 0 if it is none
 * @bit:       (bitfield) the lowest bit of it in the number that @type says
 */
struct probe_arg {
	char name[PROBE_ARG_NAME_MAX + 1];
	bool named;
	enum probe_base base;
	unsigned int number;
	u64 immediate;
	unsigned int nr_derefs;
	struct probe_deref derefs[PROBE_DEREFS_MAX];
	const struct probe_arg_type *type;
	u8 count;
	u8 bits;
	u8 bit;
};

/**
 * probe_arg_is_bytes() - is a value a sequence of bytes?
 * @arg: the value
 *
 * Context: any.
 * Return: true if struct probe_fetched has its bytes behind the words, false if it is a number,
 * in a word.
 */
static inline bool probe_arg_is_bytes(const struct probe_arg *arg)
{
	return arg->count || arg->type->class >= PROBE_STRING;
}

/**
 * probe_arg_is_text() - are the bytes of a value a text?
 * @arg: the value
 *
 * Context: any.
 */
static inline bool probe_arg_is_text(const struct probe_arg *arg)
{
	return !arg->count && arg->type->class >= PROBE_STRING &&
	       arg->type->class <= PROBE_DENTRY;
}

/**
 * probe_arg_is_object() - is a value an object of the kernel that a pointer points to?
 * @arg: the value
 *
 * Context: any.
 * Return: true if what is fetched is the pointer, and the object is in kernel memory.
 */
static inline bool probe_arg_is_object(const struct probe_arg *arg)
{
	switch (arg->type->class) {
	case PROBE_FILE:
	case PROBE_DENTRY:
	case PROBE_SOCK:
	case PROBE_TASK:
		return true;
	default:
		return false;
	}
}

/**
 * probe_arg_words() - the number of words of a value
 * @arg: the value
 *
 * Context: any.
 * Return: 1; or 2, the lower one first, for a number of 64 bits on a 32-bit machine.
 */
static inline unsigned int probe_arg_words(const struct probe_arg *arg)
{
	return !probe_arg_is_bytes(arg) && arg->type->size > sizeof(long) ? 2 : 1;
}

/**
 * struct probe_args - the parsed form of args=
 * @nr:     number of values
 * @hidden: they are the default ones, have names for where=, and are not logged
 * @args:   the values
 */
struct probe_args {
	unsigned int nr;
	bool hidden;
	struct probe_arg args[PROBE_ARGS_MAX];
};

/* The values of args=, or the module's default ones. */
static struct probe_args probe_args;

/* Does a hit at a function's return need the values that are taken at the entry? */
static unsigned long probe_args_at_entry;

#endif
