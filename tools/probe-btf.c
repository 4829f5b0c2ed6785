// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe-btf - what a kernel function is called with, as args= of the modules wants it
 *
 *	$ probe-btf do_sys_openat2
 *	dfd=$arg1:s32,filename=$arg2:ustring,how=$arg3:x64
 *
 * Names and types are from the kernel's BTF, or from that of the module which a
 * function is named with or, if the kernel has none of that name, found in. For the
 * entry function of a system call, which is given nothing but the caller's registers,
 * they are from its trace event.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define VALUES_MAX	8	/* what args= takes */
#define ARG_MAX		16	/* the last one that it knows */
#define SPEC_MAX	1000
#define NAME_MAX_LEN	47
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const char usage[] =
"usage: probe-btf [--return] [--btf DIR] [--arch ARCH] [MODULE:]FUNCTION\n"
"\n"
"Prints what FUNCTION is called with, in the words of args= of the modules.\n"
"\n"
"  --return     and what it returns, which only kretprobe_example can tell\n"
"  --btf DIR    take the BTF from DIR, not /sys/kernel/btf\n"
"  --arch ARCH  x86_64 or aarch64, if it is not this machine's\n";

static const char *program = "probe-btf";

/* The spec in the making. */
static struct {
	char text[SPEC_MAX + 1];
	unsigned int nr;
} spec;

/* How arguments are passed: as x86-64 does it, or AAPCS64. */
static struct {
	unsigned int regs;
	bool aapcs64;
} abi = { 6, false };

static int fail(const char *format, const char *what)
{
	fprintf(stderr, "%s: ", program);
	fprintf(stderr, format, what);
	fputc('\n', stderr);
	return 1;
}

/* One value more, unless there are as many as args= takes. */
static void add(const char *name, const char *fetch, const char *type)
{
	char value[256];
	bool named = *name && strlen(name) <= NAME_MAX_LEN;

	snprintf(value, sizeof(value), "%s%s%s%s:%s", spec.nr ? "," : "",
		 named ? name : "", named ? "=" : "", fetch, type);
	if (spec.nr == VALUES_MAX || strlen(spec.text) + strlen(value) > SPEC_MAX)
		return;
	strcat(spec.text, value);
	spec.nr++;
}

/* ------------------------------------------------------------------------- types */

static const char *name_of(const struct btf *btf, __u32 offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

/* Is it "const" somewhere on the way from a typedef to what it stands for? */
static const struct btf_type *resolve(const struct btf *btf, __u32 id, bool *is_const,
				      bool *is_user)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	while (type && (btf_is_mod(type) || btf_is_typedef(type) || btf_is_type_tag(type))) {
		if (is_const && btf_is_const(type))
			*is_const = true;
		if (is_user && btf_is_type_tag(type) &&
		    !strcmp(name_of(btf, type->name_off), "user"))
			*is_user = true;
		type = btf__type_by_id(btf, type->type);
	}
	return type;
}

static bool is_char(const struct btf *btf, const struct btf_type *type)
{
	return type && btf_is_int(type) &&
	       !strcmp(name_of(btf, type->name_off), "char");
}

/* Does the next argument say how long this one is? Then it is no string. */
static bool is_length(const char *name)
{
	static const char * const words[] = { "len", "length", "count", "size", "n", "nbytes",
					      "nr", "cnt", "bytes", "buflen", "bufsize" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(name, words[i]))
			return true;
	return strlen(name) > 4 && !strcmp(name + strlen(name) - 4, "_len");
}

/* Functions that are given their caller's pointers, which are of user space. */
static bool takes_user_pointers(const char *function)
{
	static const char * const begins[] = { "sys_", "ksys_", "do_sys_", "__do_sys_",
					       "__se_sys_", "__sys_", "getname", "user_path",
					       "__x64_", "__arm64_" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(begins); i++)
		if (!strncmp(function, begins[i], strlen(begins[i])))
			return true;
	return false;
}

static const char *number_type(char class, unsigned int size)
{
	static char text[8];

	snprintf(text, sizeof(text), "%c%u", class, size == 1 || size == 2 || size == 4 ? size * 8 : 64);
	return text;
}

/* A number that is read bit by bit, going by its name? "mode", but not "model". */
static bool is_bits(const char *name)
{
	const char *mode = strstr(name, "mode");

	return strstr(name, "flags") || strstr(name, "mask") || (mode && !mode[4]);
}

/* How to show a value of this type, which is called @name; @next is what follows it. */
static const char *shown_as(const struct btf *btf, __u32 id, const char *function,
			    const char *name, const char *next)
{
	const struct btf_type *type = resolve(btf, id, NULL, NULL);
	bool is_const = false, is_user = false;

	if (!type)
		return "x64";
	if (btf_is_int(type)) {
		if (btf_int_encoding(type) & BTF_INT_BOOL)
			return "bool";
		if (is_bits(name))
			return number_type('x', type->size);
		return number_type(btf_int_encoding(type) & BTF_INT_SIGNED ? 's' : 'u', type->size);
	}
	if (btf_is_any_enum(type))
		return number_type(btf_kflag(type) ? 's' : 'u', type->size);
	if (btf_is_composite(type))
		return number_type('x', type->size);
	if (!btf_is_ptr(type))
		return "x64";
	type = resolve(btf, type->type, &is_const, &is_user);
	if (type && btf_is_func_proto(type))
		return "symbol";
	if (is_char(btf, type) && is_const && !is_length(next))
		return is_user || takes_user_pointers(function) ? "ustring" : "string";
	return "x64";
}

/* Words that an argument of this type takes: 0 if it is empty. */
static unsigned int words_of(const struct btf *btf, __u32 id)
{
	__s64 size = btf__resolve_size(btf, id);

	return size >= 0 && size < INT_MAX ? (size + 7) / 8 : 1;
}

/* --------------------------------------------------------------------- functions */

/*
 * $arg1 … are the registers of arguments, and the words of the stack after them. An
 * argument is never in both; a large struct is on the stack or, with AAPCS64, its
 * address is passed.
 */
static void describe_args(const struct btf *btf, const struct btf_type *proto,
			  const char *function)
{
	const struct btf_type *result = resolve(btf, proto->type, NULL, NULL);
	const struct btf_param *params = btf_params(proto);
	unsigned int nr = btf_vlen(proto), reg = 0, stack = 0, i;

	/* The first argument is where to put it; AAPCS64 has a register for that. */
	if (!abi.aapcs64 && result && btf_is_composite(result) && words_of(btf, proto->type) > 2)
		reg = 1;
	for (i = 0; i < nr && params[i].type; i++) {
		const struct btf_type *type = resolve(btf, params[i].type, NULL, NULL);
		const char *name = name_of(btf, params[i].name_off);
		const char *next = i + 1 < nr ? name_of(btf, params[i + 1].name_off) : "";
		unsigned int words = words_of(btf, params[i].type), number;
		bool large = type && btf_is_composite(type) && words > 2;
		char fetch[16];

		/* Those of floating-point numbers are not to be had. */
		if (!words || (type && btf_is_float(type)))
			continue;
		if (large && abi.aapcs64) {
			large = false;
			words = 1;
		}
		if (!large && reg + words <= abi.regs) {
			number = reg + 1;
			reg += words;
		} else {
			number = abi.regs + stack + 1;
			stack += words;
			/* What follows one on the stack is there, too; not so on x86-64. */
			if (abi.aapcs64)
				reg = abi.regs;
		}
		if (number > ARG_MAX)
			continue;
		snprintf(fetch, sizeof(fetch), "$arg%u", number);
		add(name, fetch, shown_as(btf, params[i].type, function, name, next));
	}
}

/*
 * A signed number may be an errno. A pointer may be one as well, which the module
 * sees by itself, so nothing is said of it.
 */
static void describe_return(const struct btf *btf, const struct btf_type *proto,
			    const char *function)
{
	const struct btf_type *type = resolve(btf, proto->type, NULL, NULL);
	const char *shown;

	if (!proto->type || !type)
		return;
	shown = shown_as(btf, proto->type, function, "", "");
	if (*shown == 's' && btf_is_int(type))
		add("", "$retval", "errno");
	else if (strcmp(shown, "x64"))
		add("", "$retval", shown);
}

/* Returns the prototype of @function, or NULL. What @btf has from @base is not looked at. */
static const struct btf_type *prototype(const struct btf *btf, const struct btf *base,
					const char *function)
{
	__u32 id = base ? btf__type_cnt(base) : 1, end = btf__type_cnt(btf);

	for (; id < end; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);

		if (type && btf_is_func(type) && !strcmp(name_of(btf, type->name_off), function)) {
			type = btf__type_by_id(btf, type->type);
			return type && btf_is_func_proto(type) ? type : NULL;
		}
	}
	return NULL;
}

static bool describe(const struct btf *btf, const struct btf *base, const char *function,
		     bool with_return)
{
	const struct btf_type *proto = prototype(btf, base, function);

	if (!proto)
		return false;
	describe_args(btf, proto, function);
	if (with_return)
		describe_return(btf, proto, function);
	return true;
}

/* The BTF of a module, which goes on where that of the kernel ends; NULL if there is none. */
static struct btf *module_btf(const char *dir, const char *module, struct btf *vmlinux)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, module);
	return btf__parse_split(path, vmlinux);
}

/* Looks into the kernel's own BTF, then into that of each module. */
static int describe_from_any(const char *dir, struct btf *vmlinux, const char *function,
			     bool with_return)
{
	bool found = describe(vmlinux, NULL, function, with_return);
	DIR *list = found ? NULL : opendir(dir);
	struct dirent *entry;
	struct btf *btf;

	while (list && !found && (entry = readdir(list))) {
		if (*entry->d_name == '.' || !strcmp(entry->d_name, "vmlinux"))
			continue;
		btf = module_btf(dir, entry->d_name, vmlinux);
		found = btf && describe(btf, vmlinux, function, with_return);
		btf__free(btf);
	}
	if (list)
		closedir(list);
	return found ? 0 : fail("'%s' is not in the kernel's BTF: it may be a system call's own function, a variant that the compiler made, assembler, or not there at all", function);
}

static int describe_from_module(const char *dir, const char *module, struct btf *vmlinux,
				const char *function, bool with_return)
{
	struct btf *btf = module_btf(dir, module, vmlinux);
	bool found = btf && describe(btf, vmlinux, function, with_return);

	btf__free(btf);
	if (!btf)
		return fail("there is no BTF of module %s", module);
	return found ? 0 : fail("'%s' is not in that module's BTF", function);
}

static int describe_from(const char *dir, const char *module, const char *function,
			 bool with_return)
{
	struct btf *vmlinux;
	char path[PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s/vmlinux", dir);
	vmlinux = btf__parse(path, NULL);
	if (!vmlinux)
		return fail("no BTF in %s: CONFIG_DEBUG_INFO_BTF is off, or this program's libbpf is too old for it", path);
	err = module ? describe_from_module(dir, module, vmlinux, function, with_return) :
	      describe_from_any(dir, vmlinux, function, with_return);
	btf__free(vmlinux);
	return err;
}

/* ------------------------------------------------------------------ system calls */

/* The type of a system call's argument is there as text. */
static const char *shown_as_text(const char *type, const char *name, const char *next)
{
	static const struct {
		const char *type, *shown;
	} numbers[] = {
		{ "int", "s32" }, { "pid_t", "s32" }, { "key_t", "s32" },
		{ "clockid_t", "s32" }, { "const clockid_t", "s32" },
		{ "unsigned int", "u32" }, { "unsigned", "u32" }, { "u32", "u32" },
		{ "uid_t", "u32" }, { "gid_t", "u32" }, { "qid_t", "u32" },
		{ "umode_t", "u16" },
		{ "long", "s64" }, { "off_t", "s64" }, { "loff_t", "s64" },
		{ "size_t", "u64" }, { "unsigned long", "u64" }, { "u64", "u64" },
	};
	size_t i;

	if (strchr(type, '*'))
		return strstr(type, "const char *") && !is_length(next) ? "ustring" : "x64";
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (!strcmp(type, numbers[i].type))
			return is_bits(name) ? number_type('x', atoi(numbers[i].shown + 1) / 8) :
			       numbers[i].shown;
	return "x64";
}

/* "	field:const char * filename;	offset:24; ..." to type and name */
static bool parse_field(char *line, char **type, char **name)
{
	char *end;

	line = strstr(line, "field:");
	end = line ? strchr(line, ';') : NULL;
	if (!end)
		return false;
	*end = '\0';
	*type = line + strlen("field:");
	*name = strrchr(*type, ' ');
	if (!*name)
		return false;
	*(*name)++ = '\0';
	/* What begins with __ is of the event: the call's number, and on newer kernels strings. */
	return strncmp(*name, "common_", 7) && strncmp(*name, "__", 2);
}

/* @call: "openat". Its trace event knows what it is called with. */
static int describe_syscall(const char *call, bool with_return)
{
	static const char * const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[PATH_MAX], lines[6][256], *types[6], *names[6];
	unsigned int nr = 0, i;
	FILE *file = NULL;

	for (i = 0; !file && i < 2; i++) {
		snprintf(path, sizeof(path), "%s/events/syscalls/sys_enter_%s/format", places[i], call);
		file = fopen(path, "r");
	}
	if (!file)
		return fail("no trace event tells the arguments of the system call %s: is tracefs mounted, and CONFIG_FTRACE_SYSCALLS on?", call);
	while (nr < 6 && fgets(lines[nr], sizeof(lines[nr]), file))
		if (parse_field(lines[nr], &types[nr], &names[nr]))
			nr++;
	fclose(file);
	for (i = 0; i < nr; i++) {
		char fetch[16];

		snprintf(fetch, sizeof(fetch), "$arg%u", i + 1);
		add(names[i], fetch, shown_as_text(types[i], names[i], i + 1 < nr ? names[i + 1] : ""));
	}
	if (with_return)
		add("", "$retval", "errno");
	return 0;
}

/* ------------------------------------------------------------------------------- */

/* libbpf's own words are for those who write BPF programs. */
static int be_quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int main(int argc, char **argv)
{
	const char *dir = "/sys/kernel/btf", *module = NULL;
	struct utsname machine = { .machine = "" };
	char *function = NULL, *colon;
	bool with_return = false;
	int i, err;

	uname(&machine);
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			fputs(usage, stdout);
			return 0;
		}
		if (!strcmp(argv[i], "--return")) {
			with_return = true;
		} else if (!strcmp(argv[i], "--btf") && i + 1 < argc) {
			dir = argv[++i];
		} else if (!strcmp(argv[i], "--arch") && i + 1 < argc) {
			snprintf(machine.machine, sizeof(machine.machine), "%s", argv[++i]);
		} else if (!function && *argv[i] != '-') {
			function = argv[i];
		} else {
			fputs(usage, stderr);
			return 2;
		}
	}
	if (!function) {
		fputs(usage, stderr);
		return 2;
	}
	if (!strcmp(machine.machine, "aarch64")) {
		abi.regs = 8;
		abi.aapcs64 = true;
	}
	colon = strchr(function, ':');
	if (colon) {
		*colon = '\0';
		module = function;
		function = colon + 1;
	}
	libbpf_set_print(be_quiet);

	if (!strncmp(function, "__x64_sys_", 10))
		err = describe_syscall(function + 10, with_return);
	else if (!strncmp(function, "__arm64_sys_", 12))
		err = describe_syscall(function + 12, with_return);
	else
		err = describe_from(dir, module, function, with_return);
	if (err)
		return err;
	puts(spec.text);
	return 0;
}
