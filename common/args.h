/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The values of args=: what a handler is to fetch, in the grammar of tracefs'
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

/* What a fetch begins with. */
enum probe_base {
	PROBE_BASE_ARG,
	PROBE_BASE_STACK,
	PROBE_BASE_RETVAL,
	PROBE_BASE_REG,
};

enum probe_class {
	PROBE_UNSIGNED,
	PROBE_SIGNED,
	PROBE_HEX,
	PROBE_BOOL,
	PROBE_ERRNO,
	PROBE_SYMBOL,
	PROBE_STRING,
};

/**
 * struct probe_arg_type - what a value is
 * @name:  as in args=
 * @class: how it is shown
 * @size:  bytes in memory; of a register, the lower so many
 * @user:  (string) it is in user memory; if not, it is in the kernel's
 */
struct probe_arg_type {
	const char *name;
	enum probe_class class;
	u8 size;
	bool user;
};

/**
 * struct probe_deref - one step from a pointer to what it points to
 * @offset: added to the pointer
 * @user:   what it points to is in user memory; if not, it is in the kernel's
 */
struct probe_deref {
	s32 offset;
	bool user;
};

/**
 * struct probe_arg - one value of args=
 * @name:      the user's, or the fetch itself without its $ and %
 * @named:     it is the user's
 * @base:      what the fetch begins with
 * @number:    N of $argN or $stackN; of %REG, its offset in struct pt_regs
 * @nr_derefs: how many insns there are
 * @derefs:    the insns, in the order in which they are taken
 * @type:      what is there
 */
struct probe_arg {
	char name[PROBE_ARG_NAME_MAX + 1];
	bool named;
	enum probe_base base;
	unsigned int number;
	unsigned int nr_derefs;
	struct probe_deref derefs[PROBE_DEREFS_MAX];
	const struct probe_arg_type *type;
};

/**
 * struct probe_args - all of args=
 * @nr:   how many values
 * @args: the values
 */
struct probe_args {
	unsigned int nr;
	struct probe_arg args[PROBE_ARGS_MAX];
};

/* args=, or what the module shows by default. */
static struct probe_args probe_args;

#endif
