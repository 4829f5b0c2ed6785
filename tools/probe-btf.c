// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe-btf - print the arguments of a kernel function, and members of the objects that they
 *             point to, in the grammar of args= of the modules
 *
 *	$ probe-btf do_sys_openat2
 *	dfd=$arg1:s32,filename=$arg2:ustring,how=$arg3:x64
 *	$ probe-btf vfs_read 'ino=file->f_inode->i_ino' 'file->f_flags'
 *	ino=+64(+32($arg1)):u64,f_flags=+48($arg1):x32
 *
 * Names and types come from the kernel's BTF, or from that of a module: the one in
 * MODULE:FUNCTION, or any module if the kernel itself has no such function. The entry function
 * of a system call takes a pointer to the caller's registers. Its names and types come from its
 * trace event or, for 32-bit callers, from the inner function in BTF.
 *
 * BTF may come from a file, so it is not trusted. The length of chains of types is limited, and
 * so is the number of members that a search examines.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <bpf/libbpf.h>

#include "probe-btf.h"

static const char usage[] =
"usage: probe-btf [OPTION...] [MODULE:]FUNCTION [VALUE...]\n"
"\n"
"Prints the arguments of FUNCTION, or each VALUE, in the grammar of args= of the modules.\n"
"\n"
"VALUE is [NAME=]EXPRESSION[:TYPE]. EXPRESSION is as in C: an argument by its name, $argN, or\n"
"$retval (of kretprobe), followed by ->MEMBER, .MEMBER and [INDEX]. (struct x *) before it\n"
"casts the argument; other casts are in parentheses, as in\n"
"((struct x *)file->private_data)->member. (struct x __user *) is a pointer to user memory.\n"
"Without TYPE, a value has the type in BTF. A value in the grammar of args= is not changed.\n"
"\n"
"  --return      add the return value, for kretprobe_example\n"
"  --btf PATH    use the BTF of PATH instead of /sys/kernel/btf: a vmlinux, a file of raw BTF,\n"
"                or a directory such as /sys/kernel/btf\n"
"  --release R   use the BTF of the kernel R, whose vmlinux is searched where distributions\n"
"                install it; with --btf, refuse a vmlinux of any other kernel\n"
"  --no-objects  show a pointer to a file, a socket and the like as a number, as tracefs has no\n"
"                types for these\n"
"  --arch ARCH   x86_64 or aarch64, if it is not this machine's and PATH does not show it\n";

static const char *program = "probe-btf";

/* The args= being built. */
static struct {
	char text[SPEC_MAX + 1];
	char names[VALUES_MAX][NAME_LEN_MAX + 8];
	unsigned int nr;
} spec;

void die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* The reason why the last expression has no value. */
char reason[1024];

bool refuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	return false;
}

bool starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

bool ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text), suffix_length = strlen(suffix);

	return length >= suffix_length && !strcmp(text + length - suffix_length, suffix);
}

bool one_of(const char *text, const char * const *words, size_t nr)
{
	while (nr--)
		if (!strcmp(text, words[nr]))
			return true;
	return false;
}

size_t word_length(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

/* Is this a valid name of a value in args=? A name in BTF may have any contents. */
static bool is_name(const char *name)
{
	return *name && !isdigit((unsigned char)*name) && !name[word_length(name)] &&
	       strlen(name) <= NAME_LEN_MAX;
}

static bool name_taken(const char *name)
{
	unsigned int i;

	for (i = 0; i < spec.nr; i++)
		if (!strcmp(spec.names[i], name))
			return true;
	return false;
}

/* Add the value "NAME=FETCH:TYPE". Returns false if it exceeds the limits of args=. */
bool add(const char *name, const char *fetch, const char *type)
{
	char value[512], unique[NAME_LEN_MAX + 8] = "";
	unsigned int i;

	if (spec.nr == VALUES_MAX)
		return false;
	if (is_name(name)) {
		snprintf(unique, sizeof(unique), "%s", name);
		for (i = 2; name_taken(unique); i++)
			snprintf(unique, sizeof(unique), "%.40s_%u", name, i);
	}
	snprintf(value, sizeof(value), "%s%s%s%s%s%s", spec.nr ? "," : "", unique,
		 *unique ? "=" : "", fetch, *type ? ":" : "", type);
	if (strlen(spec.text) + strlen(value) > SPEC_MAX)
		return false;
	strcat(spec.text, value);
	/* args= uses the fetch expression as the name of a value without one. */
	snprintf(spec.names[spec.nr++], sizeof(spec.names[0]), "%s",
		 *unique ? unique : fetch + (*fetch == '$'));
	return true;
}

/* ------------------------------------------------------------------------- values */

/* Return the size of a numeric type of args= in bytes, or 0 for another type. */
static unsigned int bytes_of(const char *type)
{
	unsigned long bits;

	if (!strcmp(type, "bool"))
		return 1;
	if (!strcmp(type, "errno"))
		return 4;
	if (!strcmp(type, "symbol"))
		return 8;
	if (!*type || !strchr("usx", *type))
		return 0;
	bits = strtoul(type + 1, NULL, 10);
	return bits == 8 || bits == 16 || bits == 32 || bits == 64 ? bits / 8 : 0;
}

/* Set @shown to the type in args= of a value. */
static bool own_type(struct value *value, const char **shown)
{
	const struct btf_type *type = resolve(value->type, NULL, NULL);
	const char *name = value->name;
	static char text[32];
	bool is_user = false;
	__u32 id;

	if (value->shown) {
		*shown = value->shown;
		return true;
	}
	*shown = "x64";
	if (value->pointer)
		return true;
	if (!type)
		return !value->nr || refuse("'%s' has no type: it is void, or the BTF is malformed", name);
	if (btf_is_ptr(type)) {
		if (pointee(value, &id, &is_user)) {
			bool user = value->user || is_user;
			const char *object = object_shown(id, user ? MEMORY_USER : MEMORY_KERNEL);

			type = resolve(id, NULL, NULL);
			if (object)
				*shown = object;
			else if (type && btf_is_func_proto(type) && !user)
				*shown = "symbol";
		}
		return true;
	}
	if (btf_is_composite(type))
		return refuse("'%s' is a %s: name a member of it", name,
			      btf_is_struct(type) ? "struct" : "union");
	if (btf_is_array(type)) {
		const struct btf_type *element = resolve(btf_array(type)->type, NULL, NULL);
		long long size = size_of(value->type);

		/* An array of char is text. A pointer to char may point to any memory. */
		if (is_char(element) && value->nr) {
			*shown = value->user ? "ustring" : "string";
			return true;
		}
		if (element && btf_is_int(element) && element->size <= 8 && value->nr &&
		    size > 0 && size <= ARRAY_BYTES_MAX) {
			snprintf(text, sizeof(text), "%s[%lld]", number_shown(element, name),
				 size / element->size);
			*shown = text;
			return true;
		}
		return refuse("'%s' is an array of %u: name an element, %s[0]", name,
			      btf_array(type)->nelems, name);
	}
	if (btf_is_float(type))
		return refuse("'%s' is a floating-point number, which args= cannot show", name);
	if (!btf_is_int(type) && !btf_is_any_enum(type))
		return refuse("'%s' has a type that args= cannot show", name);
	if (type->size != 1 && type->size != 2 && type->size != 4 && type->size != 8)
		return refuse("'%s' has %u bytes: args= shows 1, 2, 4 or 8", name, type->size);
	*shown = number_shown(type, name);
	return true;
}

/* A bit field of whole bytes is a number, which may be signed; others are bit fields in args=. */
static bool bitfield_type(struct value *value, const char *fetch, const char **shown)
{
	static char text[32];
	unsigned int container = 8;
	const struct btf_type *type = resolve(value->type, NULL, NULL);
	unsigned int bits = value->bits;

	if (value->pointer || value->shown || !type || !(btf_is_int(type) || btf_is_any_enum(type)))
		return true;
	/* BTF without kind_flag has the size and offset in the integer type. */
	if (!bits && btf_is_int(type) && btf_int_bits(type) != type->size * 8)
		bits = btf_int_bits(type);
	if (!bits)
		return true;
	if (value->bit || (bits != 8 && bits != 16 && bits != 32 && bits != 64)) {
		while (container < value->bit + bits)
			container *= 2;
		if (container > 64)
			return refuse("'%s' is a bitfield that is in more than 64 bits from %s on",
				      value->name, fetch);
		snprintf(text, sizeof(text), "b%u@%u/%u", bits, value->bit, container);
		*shown = text;
		return true;
	}
	*shown = number_type(**shown == 'b' ? 'u' : **shown, bits / 8);
	return true;
}

/* Does args= read a value of this type at an address, and not from a register? */
static bool is_at_address(const char *type)
{
	static const char * const types[] = { "string", "ustring", "sockaddr", "ip6", "mac" };

	return one_of(type, types, ARRAY_SIZE(types));
}

/*
 * Make a value one that args= reads at the address after the last dereference, or from a pointer
 * in a register. A string at a known user address is read with ustring, even if string was given;
 * for another type the dereference must be +u.
 */
static bool at_address(struct value *value, const char **type)
{
	const struct btf_type *is = value->pointer ? NULL : resolve(value->type, NULL, NULL);
	bool inside = is && (btf_is_array(is) || btf_is_composite(is));

	if (value->nr && !inside && !follow(value))
		return false;
	if (!ends_with(*type, "string"))
		return value->nr || value->memory != MEMORY_USER || follow(value);
	if (value->user || (!value->nr && value->memory == MEMORY_USER))
		*type = "ustring";
	return true;
}

static void write_fetch(const struct value *value, char *fetch, size_t size)
{
	unsigned int i;

	*fetch = '\0';
	for (i = value->nr; i--;)
		snprintf(fetch + strlen(fetch), size - strlen(fetch), "+%s%lld(",
			 value->steps[i].user ? "u" : "", value->steps[i].offset);
	snprintf(fetch + strlen(fetch), size - strlen(fetch), "%s%.*s", value->base,
		 (int)value->nr, "))))");
}

/* Translate an expression to a fetch expression and a type. @wanted is the requested type or "". */
static bool evaluate(const char *expression, const char *wanted, char *fetch, size_t size,
		     struct value *value, const char **type)
{
	struct parser parser = { .at = expression };
	const char *own = "";

	memset(value, 0, sizeof(*value));
	if (!parse_expression(&parser, value, true))
		return false;
	skip_blanks(&parser);
	if (*parser.at)
		return refuse("expected '->', '.', '[' or the end at '%s'", parser.at);
	*type = wanted;
	if (!*wanted && own_type(value, &own) && !strcmp(own, "sockaddr"))
		*type = wanted = own;
	if (is_at_address(wanted)) {
		if (!at_address(value, type))
			return false;
		write_fetch(value, fetch, size);
		return true;
	}
	write_fetch(value, fetch, size);
	if (!own_type(value, &own) || !bitfield_type(value, fetch, &own))
		return false;
	if (!*wanted)
		*type = own;
	else if (value->nr && bytes_of(own) && bytes_of(wanted) > bytes_of(own))
		return refuse("'%s' has %u byte%s, and %s would read %u", value->name, bytes_of(own),
			      bytes_of(own) == 1 ? "" : "s", wanted, bytes_of(wanted));
	return true;
}

/* Is this in the grammar of args=? */
static bool is_fetch(const char *expression)
{
	size_t length;

	if (strchr("+-@\\", *expression))
		return true;
	if (strstr(expression, "->") || strpbrk(expression, ".[( "))
		return false;
	if (*expression == '$' || *expression == '%')
		return true;
	length = word_length(expression);
	return !expression[length] && is_fetch_word(expression, length);
}

/* Translate and add "[NAME=]EXPRESSION[:TYPE]". */
static void add_value(char *text)
{
	char fetch[256] = "", other[256], *expression = text, *colon = strrchr(text, ':');
	const char *name = "", *type = "", *other_type;
	size_t length = word_length(text);
	struct value value;
	bool found;

	if (strpbrk(text, "\"#,\n"))
		die("'%s': a value has no quote, no comma, no newline and no # in it", text);
	if (length && text[length] == '=') {
		text[length] = '\0';
		if (!is_name(text))
			die("'%s' is not a name: letters, digits and _, at most %u", text, NAME_LEN_MAX);
		if (name_taken(text))
			die("two values are called '%s'", text);
		name = text;
		expression = text + length + 1;
	}
	if (colon && colon > expression) {
		*colon = '\0';
		type = colon + 1;
		if (!*type)
			die("'%s:': the type is missing", expression);
	}
	if (!*expression)
		die("an empty value");
	if (is_fetch(expression)) {
		if (strpbrk(expression, " \t"))
			die("'%s': only a cast has blanks in it", expression);
		if (!add(name, expression, type))
			die("args= takes at most %u values and %u characters", VALUES_MAX, SPEC_MAX);
		return;
	}
	load_vmlinux();
	choice = 0;
	choices = 1;
	found = evaluate(expression, type, fetch, sizeof(fetch), &value, &other_type);
	if (found)
		type = other_type;
	/* If several structs have this name, the member must have the same offset in all. */
	for (choice = 1; choice < choices && choice < 64; choice++) {
		const char *wanted = colon && colon > expression ? colon + 1 : "";
		struct value unused;

		if (!evaluate(expression, wanted, other, sizeof(other), &unused, &other_type))
			continue;
		if (found && (strcmp(fetch, other) || strcmp(type, other_type)))
			die("'%s': %u structs of this kernel have that name, and different layouts",
			    expression, choices);
		if (!found) {
			found = true;
			value = unused;
			memcpy(fetch, other, sizeof(fetch));
			type = other_type;
		}
	}
	if (!found)
		die("'%s': %s", expression, reason);
	if (!add(*name ? name : value.name, fetch, type))
		die("args= takes at most %u values and %u characters", VALUES_MAX, SPEC_MAX);
}

static void add_arguments(void)
{
	unsigned int i;

	for (i = 0; i < function.nr; i++) {
		const struct argument *arg = &function.args[i];
		char fetch[24];
		bool user = arg->memory == MEMORY_USER && !strcmp(arg->shown, "sockaddr");

		if (!arg->number)
			continue;
		snprintf(fetch, sizeof(fetch), user ? "+u0($arg%u)" : "$arg%u", arg->number);
		add(function.args[i].name, fetch, function.args[i].shown);
	}
}

/*
 * A signed number may be an errno, so it has the type errno. A pointer may be one as well, but the
 * module detects that itself, so its type is not given.
 */
static void add_return(void)
{
	const struct btf_type *type;
	const char *shown;

	if (function.syscall) {
		add("", "$retval", "errno");
		return;
	}
	type = function.proto ? resolve(function.proto->type, NULL, NULL) : NULL;
	if (!type)
		return;
	shown = shown_as(function.proto->type, "", "",
			 has_user_tags ? argument_memory(function.proto->type, "") : MEMORY_UNKNOWN);
	if (*shown == 's' && btf_is_int(type))
		add("", "$retval", "errno");
	else if (strcmp(shown, "x64") && !object_shown(type->type, MEMORY_KERNEL))
		add("", "$retval", shown);
}

/* ------------------------------------------------------------------------------- */

/* The messages of libbpf are for authors of BPF programs, so they are not printed. */
static int be_quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* Read the arguments of [MODULE:]FUNCTION. They need not be known if there are values. */
static void read_function(char *symbol, bool for_values)
{
	char *colon = strchr(symbol, ':'), *name = colon ? colon + 1 : symbol, *dash;
	const struct btf_type *proto;
	bool compat_entry = false;
	const char *call;

	function.name = name;
	call = syscall_of(name, &compat_entry);
	if (call && abi.aapcs64 != starts_with(name, "__arm64_"))
		die("'%s' is not a function of this architecture", name);
	if (call) {
		read_syscall(call, compat_entry, for_values);
		return;
	}
	load_vmlinux();
	if (colon)
		*colon = '\0';
	/* The kernel writes a module's name without dashes. */
	while (colon && (dash = strchr(symbol, '-')))
		*dash = '_';
	proto = colon ? find_in_module(symbol, name) : find_in_any(name);
	if (proto) {
		read_prototype(proto);
	} else if (!colon && starts_with(name, "sys_")) {
		function.syscall = true;
		read_syscall(name + strlen("sys_"), false, for_values);
	} else if (!for_values) {
		die(colon ? "'%s' is not in that module's BTF" :
		    "'%s' is not in the kernel's BTF: it may be a system call's own function, a variant that the compiler made, assembler, or not there at all",
		    name);
	}
}

int main(int argc, char **argv)
{
	const char *path = NULL, *release = NULL;
	bool with_return = false;
	char arch[sizeof(((struct utsname *)0)->machine)] = "", *symbol;
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			fputs(usage, stdout);
			return 0;
		}
		if (!strcmp(argv[i], "--return")) {
			with_return = true;
		} else if (!strcmp(argv[i], "--no-objects")) {
			without_objects = true;
		} else if (!strcmp(argv[i], "--btf") && i + 1 < argc) {
			path = argv[++i];
		} else if (!strcmp(argv[i], "--release") && i + 1 < argc) {
			release = argv[++i];
		} else if (!strcmp(argv[i], "--arch") && i + 1 < argc) {
			snprintf(arch, sizeof(arch), "%s", strcmp(argv[++i], "arm64") ? argv[i] : "aarch64");
		} else {
			fputs(usage, stderr);
			return 2;
		}
	}
	if (i == argc || !argv[i][0]) {
		fputs(usage, stderr);
		return 2;
	}
	symbol = argv[i++];
	libbpf_set_print(be_quiet);
	choose_source(path, release, arch, sizeof(arch));
	read_function(symbol, i < argc);
	if (i == argc)
		add_arguments();
	for (; i < argc; i++)
		add_value(argv[i]);
	if (with_return)
		add_return();
	puts(spec.text);
	return 0;
}
