/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of probe-btf: btf-function.c finds a function and its arguments in BTF,
 * btf-expression.c evaluates expressions such as file->f_inode->i_ino, and probe-btf.c writes
 * both in the grammar of args=.
 */
#ifndef PROBE_BTF_H
#define PROBE_BTF_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/btf.h>

#define VALUES_MAX	8	/* the limit of args= */
#define ARG_MAX		16	/* the last $argN of args= */
#define SYSCALL_ARGS	6
#define DEREFS_MAX	4	/* nested dereferences in args= */
#define ARRAY_BYTES_MAX	64	/* of an array in args= */
#define SPEC_MAX	1000
#define NAME_LEN_MAX	47
#define CHAIN_MAX	64	/* const, typedef and others before a type */
#define NESTED_MAX	32	/* nested anonymous structs or parentheses */
#define MEMBERS_MAX	200000	/* members that one search examines */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The kind of memory that a pointer points to. */
enum memory {
	MEMORY_UNKNOWN,
	MEMORY_KERNEL,
	MEMORY_USER,
};

/**
 * struct argument - an argument of the function
 * @name:       its name, or an empty string
 * @number:     N of $argN, or 0 if args= cannot show it
 * @type:       its type in BTF, or, if @pointer is set, the type that it points to
 * @pointer:    see @type
 * @by_address: (AAPCS64) it is a large struct, which is passed by its address
 * @memory:     the memory that it points to, if it is a pointer
 * @shown:      its type in args=
 */
struct argument {
	char name[64];
	unsigned int number;
	__u32 type;
	bool pointer;
	bool by_address;
	enum memory memory;
	char shown[16];
};

/**
 * struct function - the function whose arguments are printed
 * @name:    its name, without the module
 * @syscall: it is the entry function of a system call
 * @compat:  it is the entry function for 32-bit callers, whose arguments have 32 bits
 * @nr:      the number of arguments in @args
 * @args:    its arguments
 * @proto:   its prototype in BTF, or NULL
 */
struct function {
	const char *name;
	bool syscall;
	bool compat;
	unsigned int nr;
	struct argument args[ARG_MAX];
	const struct btf_type *proto;
};

/**
 * struct value - the value of an expression
 * @base:    the base of the fetch expression: "$arg1"
 * @number:  N of $argN, or 0
 * @nr:      the number of dereferences
 * @steps:   the offset of each dereference, and whether it reads user memory
 * @type:    its type in BTF, or 0 if unknown; if @pointer is set, the type that it points to
 * @pointer: see @type
 * @memory:  the memory that the value points to, as far as it is known without its type
 * @user:    the value is in user memory
 * @bit:     the first bit of a bit field, counted from the last offset
 * @bits:    the number of bits of a bit field, or 0
 * @name:    the last name in the expression
 * @shown:   the type in args= of its argument, if it is an argument
 */
struct value {
	char base[32];
	unsigned int number;
	unsigned int nr;
	struct {
		long long offset;
		bool user;
	} steps[DEREFS_MAX];
	__u32 type;
	bool pointer;
	enum memory memory;
	bool user;
	unsigned int bit;
	unsigned int bits;
	char name[64];
	const char *shown;
};

/* The state of the parser of expressions. */
struct parser {
	const char *at;
	unsigned int depth;
};

/* probe-btf.c */

/* Print a message and exit. */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);

/* Set the reason why an expression has no value, and return false. */
extern char reason[1024];
__attribute__((format(printf, 1, 2))) bool refuse(const char *format, ...);

bool starts_with(const char *text, const char *prefix);
bool ends_with(const char *text, const char *suffix);
bool one_of(const char *text, const char * const *words, size_t nr);
size_t word_length(const char *text);
bool add(const char *name, const char *fetch, const char *type);

/* btf-function.c */

/* The calling convention: that of x86-64, or AAPCS64. */
struct abi {
	unsigned int regs;
	bool aapcs64;
};

extern struct abi abi;
extern struct function function;
extern struct btf *vmlinux;		/* the kernel's BTF */
extern struct btf *module_btf;		/* the BTF of the function's module, or NULL */
extern const struct btf *btf;		/* the one of these with the function */
extern bool has_user_tags;		/* it has tags for __user pointers */
extern bool without_objects;		/* do not use the types for objects of the kernel */

void choose_source(const char *path, const char *release, char *arch, size_t arch_size);
void load_vmlinux(void);
const struct btf_type *find_in_any(const char *name);
const struct btf_type *find_in_module(const char *module, const char *name);
void read_prototype(const struct btf_type *proto);
const char *syscall_of(const char *name, bool *compat_entry);
void read_syscall(const char *call, bool compat_entry, bool want_types);
const char *name_at(__u32 offset);
const char *type_name(const struct btf_type *type);
const struct btf_type *resolve(__u32 id, bool *is_const, bool *is_user);
bool is_char(const struct btf_type *type);
long long size_of(__u32 id);
unsigned int find_types(const char *keyword, const char *name, size_t length,
			unsigned int nth, __u32 *id);
bool has_keyword(const struct btf_type *type, const char *keyword);
bool takes_user_text(const char *name);
bool is_user_name(const char *name);
enum memory argument_memory(__u32 id, const char *name);
const char *number_type(char class, unsigned int size);
const char *number_shown(const struct btf_type *type, const char *name);
const char *object_shown(__u32 id, enum memory memory);
const char *shown_as(__u32 id, const char *name, const char *next, enum memory memory);

/* btf-expression.c */

extern unsigned int choice, choices;

bool parse_expression(struct parser *parser, struct value *value, bool outermost);
void skip_blanks(struct parser *parser);
bool is_fetch_word(const char *word, size_t length);
bool pointee(const struct value *value, __u32 *id, bool *is_user);
bool follow(struct value *value);

#endif
