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
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define VALUES_MAX	8	/* the limit of args= */
#define ARG_MAX		16	/* the last $argN of args= */
#define SYSCALL_ARGS	6
#define DEREFS_MAX	4	/* nested dereferences in args= */
#define SPEC_MAX	1000
#define NAME_LEN_MAX	47
#define CHAIN_MAX	64	/* const, typedef and others before a type */
#define NESTED_MAX	32	/* nested anonymous structs or parentheses */
#define MEMBERS_MAX	200000	/* members that one search examines */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

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
"  --arch ARCH   x86_64 or aarch64, if it is not this machine's and PATH does not show it\n";

static const char *program = "probe-btf";

/* The args= being built. */
static struct {
	char text[SPEC_MAX + 1];
	char names[VALUES_MAX][NAME_LEN_MAX + 8];
	unsigned int nr;
} spec;

/* The calling convention: that of x86-64, or AAPCS64. */
static struct {
	unsigned int regs;
	bool aapcs64;
} abi = { 6, false };

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
	char shown[8];
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
static struct {
	const char *name;
	bool syscall;
	bool compat;
	unsigned int nr;
	struct argument args[ARG_MAX];
	const struct btf_type *proto;
} function;

static struct btf *vmlinux;		/* the kernel's BTF */
static struct btf *module_btf;		/* the BTF of the function's module, or NULL */
static const struct btf *btf;		/* the one of these with the function */
static bool has_user_tags;		/* it has tags for __user pointers */

static __attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...)
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
static char reason[1024];

static __attribute__((format(printf, 1, 2))) bool refuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	return false;
}

static bool starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static bool ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text), suffix_length = strlen(suffix);

	return length >= suffix_length && !strcmp(text + length - suffix_length, suffix);
}

static bool one_of(const char *text, const char * const *words, size_t nr)
{
	while (nr--)
		if (!strcmp(text, words[nr]))
			return true;
	return false;
}

static size_t word_length(const char *text)
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
static bool add(const char *name, const char *fetch, const char *type)
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

/* ------------------------------------------------------------------------- types */

static const char *name_at(__u32 offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

static const char *type_name(const struct btf_type *type)
{
	return type ? name_at(type->name_off) : "";
}

/*
 * Skip const, typedef and tags and return the type. Returns NULL if there is none, or if the
 * chain does not end, as in malformed BTF. @is_const and @is_user are set if it has const or a
 * tag "user".
 */
static const struct btf_type *resolve(__u32 id, bool *is_const, bool *is_user)
{
	const struct btf_type *type = btf__type_by_id(btf, id);
	unsigned int left;

	for (left = CHAIN_MAX; left && type && !btf_is_void(type); left--) {
		if (!btf_is_mod(type) && !btf_is_typedef(type) && !btf_is_type_tag(type))
			return type;
		if (is_const && btf_is_const(type))
			*is_const = true;
		if (is_user && btf_is_type_tag(type) && !strcmp(type_name(type), "user"))
			*is_user = true;
		type = btf__type_by_id(btf, type->type);
	}
	return NULL;
}

static bool is_char(const struct btf_type *type)
{
	return type && btf_is_int(type) && type->size == 1 &&
	       (!strcmp(type_name(type), "char") || btf_int_encoding(type) & BTF_INT_CHAR);
}

/* Return the size of a type in bytes, or -1 if it is unknown. */
static long long size_of(__u32 id)
{
	__s64 size = btf__resolve_size(btf, id);

	return size >= 0 && size <= INT_MAX ? size : -1;
}

/* Return the number of registers or stack words of an argument, which is 0 for an empty struct. */
static unsigned int words_of(__u32 id)
{
	long long size = size_of(id);

	return size >= 0 ? (size + 7) / 8 : 1;
}

static bool btf_has_user_tags(const struct btf *tagged)
{
	__u32 id, end = btf__type_cnt(tagged);

	for (id = 1; id < end; id++) {
		const struct btf_type *type = btf__type_by_id(tagged, id);
		const char *name = type && btf_is_type_tag(type) ?
				   btf__name_by_offset(tagged, type->name_off) : NULL;

		if (name && !strcmp(name, "user"))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------ memory, from the names */

/* Is @name the name of a length? Then the argument before it is not a string. */
static bool is_length(const char *name)
{
	static const char * const words[] = { "len", "length", "count", "size", "n", "nbytes",
					      "nr", "cnt", "bytes", "buflen", "bufsize" };

	return one_of(name, words, ARRAY_SIZE(words)) || ends_with(name, "_len");
}

/* Does the function's name show that its argument @name is a user pointer? */
static bool takes_user_text(const char *name)
{
	static const char * const prefixes[] = { "sys_", "ksys_", "do_sys_", "__do_sys_",
						 "__se_sys_", "__sys_", "compat_sys_",
						 "__do_compat_sys_", "__se_compat_sys_",
						 "getname", "user_path" };
	static const char * const functions[] = { "do_faccessat", "do_fchmodat", "do_fchownat",
						  "do_linkat", "do_mkdirat", "do_mknodat",
						  "do_readlinkat", "do_renameat2", "do_symlinkat",
						  "do_utimes", "user_statfs", "vfs_fstatat",
						  "strndup_user", "strnlen_user" };
	static const char * const names[] = { "addr", "buf", "buffer", "filename", "from", "path",
					      "pathname", "s", "src", "str" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (starts_with(function.name, prefixes[i]))
			return true;
	if (one_of(function.name, functions, ARRAY_SIZE(functions)) ||
	    strstr(function.name, "_from_user") || strstr(function.name, "_user_path"))
		return true;
	return ends_with(function.name, "_user") && !ends_with(function.name, "_to_user") &&
	       one_of(name, names, ARRAY_SIZE(names));
}

/* Is this a function for kernel pointers, although its name resembles a system call's? */
static bool takes_kernel_pointers(void)
{
	return starts_with(function.name, "kern_") || starts_with(function.name, "filp_open") ||
	       ends_with(function.name, "_kernel");
}

/* Is @name used only for user pointers, in arguments and members? */
static bool is_user_name(const char *name)
{
	static const char * const words[] = { "ubuf", "ubuffer", "uaddr", "uaddr1", "uaddr2",
					      "uptr", "ustr", "upath", "uvec", "uvector", "uiov",
					      "umsg", "uarg", "uargs", "uaddrp", "uoptval",
					      "umyaddr", "uservaddr", "upeer_sockaddr",
					      "user_buf", "user_buffer", "user_ptr", "user_addr",
					      "user_str", "userbuf", "userptr", "useraddr",
					      "iov_base", "robust_list", "compat_robust_list",
					      "rseq", "clear_child_tid", "set_child_tid",
					      "msg_control_user" };

	return one_of(name, words, ARRAY_SIZE(words)) || ends_with(name, "__user") ||
	       ends_with(name, "_uptr") || ends_with(name, "_ubuf");
}

/*
 * Return the memory that the pointer @id, which is the argument @name, points to. In case of
 * doubt it is unknown: if a user pointer were read as a kernel pointer, the user would choose
 * what is read. BTF without any tag was made by a compiler that does not support them.
 */
static enum memory argument_memory(__u32 id, const char *name)
{
	const struct btf_type *type = resolve(id, NULL, NULL);
	bool is_user = false, is_const = false, text;

	if (!type || !btf_is_ptr(type))
		return MEMORY_UNKNOWN;
	text = is_char(resolve(type->type, &is_const, &is_user));
	if (is_user || function.syscall)
		return MEMORY_USER;
	if (has_user_tags)
		return MEMORY_KERNEL;
	if (is_user_name(name))
		return MEMORY_USER;
	if (takes_kernel_pointers() || !strcmp(name, "fmt") || !strcmp(name, "format"))
		return MEMORY_KERNEL;
	if (text && is_const && takes_user_text(name))
		return MEMORY_USER;
	return MEMORY_UNKNOWN;
}

/* ------------------------------------------------------------------ types of args= */

static const char *number_type(char class, unsigned int size)
{
	static char text[8];

	if (size != 1 && size != 2 && size != 4 && size != 8)
		return "x64";
	snprintf(text, sizeof(text), "%c%u", class, size * 8);
	return text;
}

/* Does the name show that a number is a set of bits? "mode" does, "model" does not. */
static bool is_bits(const char *name)
{
	const char *mode = strstr(name, "mode");

	return strstr(name, "flags") || strstr(name, "mask") || (mode && !mode[4]);
}

/* Return the type in args= of a number of this type with the name @name. */
static const char *number_shown(const struct btf_type *type, const char *name)
{
	if (btf_is_any_enum(type))
		return number_type(btf_kflag(type) ? 's' : 'u', type->size);
	if (btf_int_encoding(type) & BTF_INT_BOOL && type->size == 1)
		return "bool";
	if (is_bits(name))
		return number_type('x', type->size);
	return number_type(btf_int_encoding(type) & BTF_INT_SIGNED ? 's' : 'u', type->size);
}

/* Return the type in args= of an argument or return value. @next is the name of the next one. */
static const char *shown_as(__u32 id, const char *name, const char *next, enum memory memory)
{
	const struct btf_type *type = resolve(id, NULL, NULL);
	bool is_const = false;

	if (!type)
		return "x64";
	if (btf_is_int(type) || btf_is_any_enum(type))
		return number_shown(type, name);
	if (btf_is_composite(type))
		return number_type('x', type->size);
	if (!btf_is_ptr(type))
		return "x64";
	type = resolve(type->type, &is_const, NULL);
	if (type && btf_is_func_proto(type))
		return memory == MEMORY_USER ? "x64" : "symbol";
	if (is_char(type) && is_const && !is_length(next) && memory != MEMORY_UNKNOWN)
		return memory == MEMORY_USER ? "ustring" : "string";
	return "x64";
}

/* A register of a 32-bit caller has 32 bits, even if the kernel extends it. */
static const char *narrowed(const char *shown)
{
	static char text[8];

	if (!ends_with(shown, "64"))
		return shown;
	snprintf(text, sizeof(text), "%c32", *shown);
	return text;
}

/* --------------------------------------------------------------------- functions */

static struct argument *new_argument(const char *name, unsigned int number)
{
	struct argument *arg = &function.args[function.nr];

	if (function.nr == ARG_MAX)
		return NULL;
	function.nr++;
	memset(arg, 0, sizeof(*arg));
	snprintf(arg->name, sizeof(arg->name), "%s", name);
	arg->number = number <= ARG_MAX ? number : 0;
	return arg;
}

static void set_shown(struct argument *arg, const char *shown)
{
	snprintf(arg->shown, sizeof(arg->shown), "%s", function.compat ? narrowed(shown) : shown);
}

/* The registers and stack words that are used by the previous arguments. */
struct places {
	unsigned int regs;
	unsigned int stack;
};

/*
 * Return N of $argN for the next argument, which has @words words. $argN counts the registers
 * of arguments and then the words of the stack. An argument is never split between both.
 */
static unsigned int place(struct places *taken, unsigned int words, bool on_stack)
{
	unsigned int number;

	if (words > ARG_MAX)
		words = ARG_MAX;
	if (!on_stack && taken->regs + words <= abi.regs) {
		number = taken->regs + 1;
		taken->regs += words;
		return number;
	}
	number = abi.regs + taken->stack + 1;
	if (taken->stack <= ARG_MAX)
		taken->stack += words;
	/* What follows one on the stack is there, too; not so on x86-64. */
	if (abi.aapcs64)
		taken->regs = abi.regs;
	return number;
}

static void read_prototype(const struct btf_type *proto)
{
	const struct btf_type *result = resolve(proto->type, NULL, NULL);
	const struct btf_param *params = btf_params(proto);
	unsigned int nr = btf_vlen(proto), i;
	struct places taken = { 0, 0 };

	/* The first argument is where to put it; AAPCS64 has a register for that. */
	if (!abi.aapcs64 && result && btf_is_composite(result) && words_of(proto->type) > 2)
		taken.regs = 1;
	for (i = 0; i < nr && params[i].type; i++) {
		const struct btf_type *type = resolve(params[i].type, NULL, NULL);
		const char *name = name_at(params[i].name_off);
		const char *next = i + 1 < nr ? name_at(params[i + 1].name_off) : "";
		unsigned int words = words_of(params[i].type);
		/* A large struct is on the stack or, with AAPCS64, its address is passed. */
		bool large = type && btf_is_composite(type) && words > 2;
		bool by_address = large && abi.aapcs64;
		struct argument *arg;
		const char *shown;

		/* Floating-point numbers are in registers of their own. */
		if (!words || (type && btf_is_float(type)))
			continue;
		if (by_address || function.compat)
			words = 1;
		arg = new_argument(name, place(&taken, words, large && !by_address));
		if (!arg)
			break;
		arg->type = params[i].type;
		arg->pointer = arg->by_address = by_address;
		arg->memory = by_address ? MEMORY_KERNEL : argument_memory(params[i].type, name);
		shown = by_address ? "x64" : shown_as(params[i].type, name, next, arg->memory);
		set_shown(arg, shown);
	}
	function.proto = proto;
}

/* Return the prototype of @name in @in, or NULL. The types that @in has from @base are skipped. */
static const struct btf_type *prototype(const struct btf *in, const struct btf *base,
					const char *name)
{
	__u32 id = base ? btf__type_cnt(base) : 1, end = btf__type_cnt(in);

	for (; id < end; id++) {
		const struct btf_type *type = btf__type_by_id(in, id);
		const char *found = type && btf_is_func(type) ?
				    btf__name_by_offset(in, type->name_off) : NULL;

		if (found && !strcmp(found, name)) {
			type = btf__type_by_id(in, type->type);
			return type && btf_is_func_proto(type) ? type : NULL;
		}
	}
	return NULL;
}

/* The source of BTF. */
static struct {
	const char *dir;	/* such as /sys/kernel/btf, or NULL */
	char path[PATH_MAX];	/* of the kernel's */
} source = { .dir = "/sys/kernel/btf" };

static void load_vmlinux(void)
{
	struct stat status;

	if (vmlinux)
		return;
	vmlinux = btf__parse(source.path, NULL);
	if (!vmlinux && stat(source.path, &status))
		die("no BTF in %s: %s%s", source.path, strerror(errno), source.dir ?
		    "; CONFIG_DEBUG_INFO_BTF may be off: --btf and --release take another file" : "");
	if (!vmlinux)
		die("no BTF in %s, or it is malformed, or this program's libbpf is too old for it",
		    source.path);
	if (btf__pointer_size(vmlinux) == 4)
		die("%s is of a 32-bit kernel: the modules are for 64-bit ones", source.path);
	if (btf__endianness(vmlinux) != BTF_LITTLE_ENDIAN)
		die("%s is of a big-endian kernel: the modules are for x86-64 and arm64", source.path);
	btf = vmlinux;
	has_user_tags = btf_has_user_tags(vmlinux);
}

/*
 * Return the BTF of a module, whose ids continue those of the kernel. Returns NULL if there is
 * none; if errno is 0, it is malformed or belongs to another kernel.
 */
static struct btf *load_module(const char *module)
{
	char path[PATH_MAX];
	struct btf *loaded;

	errno = ENOENT;
	if (strchr(module, '/') ||
	    (size_t)snprintf(path, sizeof(path), "%s/%s", source.dir, module) >= sizeof(path) ||
	    access(path, R_OK))
		return NULL;
	loaded = btf__parse_split(path, vmlinux);
	errno = 0;
	return loaded;
}

/* Find the prototype of @name in the kernel's BTF, or in that of any module. */
static const struct btf_type *find_in_any(const char *name)
{
	const struct btf_type *proto = prototype(vmlinux, NULL, name);
	DIR *list = proto || !source.dir ? NULL : opendir(source.dir);
	struct dirent *entry;

	while (list && !proto && (entry = readdir(list))) {
		if (*entry->d_name == '.' || !strcmp(entry->d_name, "vmlinux"))
			continue;
		module_btf = load_module(entry->d_name);
		if (!module_btf)
			continue;
		proto = prototype(module_btf, vmlinux, name);
		if (!proto) {
			btf__free(module_btf);
			module_btf = NULL;
		}
	}
	if (list)
		closedir(list);
	if (module_btf)
		btf = module_btf;
	return proto;
}

static const struct btf_type *find_in_module(const char *module, const char *name)
{
	if (!source.dir)
		die("%s has no modules: --btf takes a directory as well, with a file vmlinux and one for each module",
		    source.path);
	module_btf = load_module(module);
	if (!module_btf)
		die(errno ? "there is no BTF of module %s" :
		    "the BTF of module %s is malformed, or of another kernel", module);
	btf = module_btf;
	return prototype(module_btf, vmlinux, name);
}

/* ------------------------------------------------------------------ system calls */

/* Like shown_as() for a type as text. @wide is set if it has 64 bits on all architectures. */
static const char *shown_as_text(const char *type, const char *name, const char *next, bool *wide)
{
	static const struct {
		const char *type, *shown;
	} numbers[] = {
		{ "int", "s32" }, { "pid_t", "s32" }, { "key_t", "s32" },
		{ "clockid_t", "s32" }, { "const clockid_t", "s32" }, { "timer_t", "s32" },
		{ "key_serial_t", "s32" }, { "mqd_t", "s32" }, { "__s32", "s32" },
		{ "unsigned int", "u32" }, { "unsigned", "u32" }, { "u32", "u32" },
		{ "__u32", "u32" }, { "uint32_t", "u32" },
		{ "uid_t", "u32" }, { "gid_t", "u32" }, { "qid_t", "u32" },
		{ "umode_t", "u16" },
		{ "long", "s64" }, { "off_t", "s64" }, { "loff_t", "s64" },
		{ "__s64", "s64" }, { "s64", "s64" },
		{ "size_t", "u64" }, { "unsigned long", "u64" }, { "u64", "u64" },
		{ "__u64", "u64" }, { "uint64_t", "u64" },
	};
	static const char * const wides[] = { "loff_t", "__s64", "s64", "u64", "__u64",
					      "uint64_t" };
	size_t i;

	*wide = one_of(type, wides, ARRAY_SIZE(wides));
	if (strchr(type, '*'))
		return strstr(type, "const char *") && !strstr(type, "const char **") &&
		       !strstr(type, "*const") && !is_length(next) ? "ustring" : "x64";
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (strcmp(type, numbers[i].type))
			continue;
		return is_bits(name) ? number_type('x', atoi(numbers[i].shown + 1) / 8) :
		       numbers[i].shown;
	}
	return "x64";
}

/* Parse "	field:const char * filename;	offset:24; ..." into type and name. */
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
	return !starts_with(*name, "common_") && !starts_with(*name, "__");
}

/*
 * Find the name of the struct in "struct open_how *" or "const struct x *". Returns its length,
 * which is 0 if there is none.
 */
static size_t struct_in_text(const char *type, const char **name)
{
	const char *found = strstr(type, "struct ");
	size_t length;

	if (!found)
		return 0;
	*name = found + strlen("struct ");
	length = word_length(*name);
	found = strchr(*name + length, '*');
	return found && !strchr(found + 1, '*') ? length : 0;
}

static unsigned int find_types(const char *keyword, const char *name, size_t length,
			       unsigned int nth, __u32 *id);

/* Read the arguments of @call, such as "openat", from its trace event. Returns false if none exists. */
static bool read_trace_event(const char *call, bool compat_entry)
{
	static const char * const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[PATH_MAX], lines[SYSCALL_ARGS][256], *types[SYSCALL_ARGS], *names[SYSCALL_ARGS];
	unsigned int nr = 0, i;
	FILE *file = NULL;
	bool wide;

	if (strchr(call, '/'))
		return false;
	for (i = 0; !file && i < ARRAY_SIZE(places); i++) {
		snprintf(path, sizeof(path), "%s/events/syscalls/sys_enter_%s/format", places[i], call);
		file = fopen(path, "r");
	}
	if (!file)
		return false;
	while (nr < SYSCALL_ARGS && fgets(lines[nr], sizeof(lines[nr]), file))
		if (parse_field(lines[nr], &types[nr], &names[nr]))
			nr++;
	fclose(file);
	for (i = 0; i < nr; i++) {
		const char *next = i + 1 < nr ? names[i + 1] : "", *name;
		const char *shown = shown_as_text(types[i], names[i], next, &wide);
		size_t length = struct_in_text(types[i], &name);
		struct argument *arg;

		/* Two registers have it there, and arm64 may skip one before them. */
		if (wide && compat_entry)
			return true;
		arg = new_argument(names[i], i + 1);
		arg->memory = MEMORY_USER;
		set_shown(arg, shown);
		/* The struct of a 32-bit caller may be laid out differently. */
		if (length && vmlinux && !compat_entry)
			arg->pointer = find_types("struct", name, length, 0, &arg->type) == 1;
	}
	return true;
}

/*
 * Return the system call whose entry function is @name, or NULL. @compat_entry is set if 32-bit
 * callers have a separate function, which is made by COMPAT_SYSCALL_DEFINE.
 */
static const char *syscall_of(const char *name, bool *compat_entry)
{
	static const struct {
		const char *prefix;
		bool compat, compat_entry;
	} entries[] = {
		{ .prefix = "__x64_sys_" },
		{ .prefix = "__arm64_sys_" },
		{ .prefix = "__ia32_sys_", .compat = true },
		{ .prefix = "__x64_compat_sys_", .compat = true, .compat_entry = true },
		{ .prefix = "__ia32_compat_sys_", .compat = true, .compat_entry = true },
		{ .prefix = "__arm64_compat_sys_", .compat = true, .compat_entry = true },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		if (!starts_with(name, entries[i].prefix))
			continue;
		function.syscall = true;
		function.compat = entries[i].compat;
		*compat_entry = entries[i].compat_entry;
		return name + strlen(entries[i].prefix);
	}
	return NULL;
}

/* Read the prototype of the inner function PREFIX CALL, unless the compiler has inlined it. */
static bool read_inner(const char *prefix, const char *call)
{
	const struct btf_type *proto;
	char inner[256];

	snprintf(inner, sizeof(inner), "%s%s", prefix, call);
	proto = vmlinux ? prototype(vmlinux, NULL, inner) : NULL;
	if (proto)
		read_prototype(proto);
	return proto;
}

static void read_syscall(const char *call, bool compat_entry, bool want_types)
{
	/* A trace event is sufficient, so a missing BTF is not an error. */
	if (want_types || !access(source.path, R_OK))
		load_vmlinux();
	if (compat_entry && read_inner("__do_compat_sys_", call))
		return;
	if (read_trace_event(call, compat_entry))
		return;
	if (!compat_entry && read_inner("__do_sys_", call))
		return;
	die("no trace event has the arguments of the system call %s: is tracefs mounted, and CONFIG_FTRACE_SYSCALLS on?%s",
	    call, compat_entry ? " Calls of 32-bit programs alone have none" : "");
}

/* ----------------------------------------------------------------------- members */

static bool has_keyword(const struct btf_type *type, const char *keyword)
{
	if (!strcmp(keyword, "struct"))
		return btf_is_struct(type);
	if (!strcmp(keyword, "union"))
		return btf_is_union(type);
	return btf_is_typedef(type);
}

/*
 * Find the @nth type with this name, and return the number of such types: parts of the kernel
 * may have different structs with the same name. Declarations are not counted. @keyword is
 * "struct", "union" or, for a typedef, "".
 */
static unsigned int find_types(const char *keyword, const char *name, size_t length,
			       unsigned int nth, __u32 *id)
{
	__u32 i, end = btf__type_cnt(btf);
	unsigned int nr = 0;

	for (i = 1; i < end; i++) {
		const struct btf_type *type = btf__type_by_id(btf, i);
		const char *found;

		if (!type || !has_keyword(type, keyword))
			continue;
		found = type_name(type);
		if (strncmp(found, name, length) || found[length])
			continue;
		if (nr++ == nth)
			*id = i;
	}
	return nr;
}

/* The index of the type to use if several have the same name, and the largest number of them. */
static unsigned int choice, choices;

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

/* Get the type that a value points to. Returns false if it is not a pointer. */
static bool pointee(const struct value *value, __u32 *id, bool *is_user)
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
static bool follow(struct value *value)
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

/* The state of the parser of expressions. */
struct parser {
	const char *at;
	unsigned int depth;
};

static void skip_blanks(struct parser *parser)
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
static bool is_fetch_word(const char *word, size_t length)
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

static bool parse_expression(struct parser *parser, struct value *value, bool outermost);

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
static bool parse_expression(struct parser *parser, struct value *value, bool outermost)
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
			type = resolve(id, NULL, NULL);
			if (type && btf_is_func_proto(type) && !value->user && !is_user)
				*shown = "symbol";
		}
		return true;
	}
	if (btf_is_composite(type))
		return refuse("'%s' is a %s: name a member of it", name,
			      btf_is_struct(type) ? "struct" : "union");
	if (btf_is_array(type)) {
		/* An array of char is text. A pointer to char may point to any memory. */
		if (is_char(resolve(btf_array(type)->type, NULL, NULL)) && value->nr) {
			*shown = value->user ? "ustring" : "string";
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

/* A bit field of whole bytes is a number. args= has no type for others. */
static bool bitfield_type(struct value *value, const char *fetch, const char **shown)
{
	const struct btf_type *type = resolve(value->type, NULL, NULL);
	unsigned int bits = value->bits;

	if (value->pointer || value->shown || !type || !(btf_is_int(type) || btf_is_any_enum(type)))
		return true;
	/* BTF without kind_flag has the size and offset in the integer type. */
	if (!bits && btf_is_int(type) && btf_int_bits(type) != type->size * 8)
		bits = btf_int_bits(type);
	if (!bits)
		return true;
	if (value->bit || (bits != 8 && bits != 16 && bits != 32 && bits != 64))
		return refuse("'%s' is a bitfield, which args= cannot show: %u bit%s from bit %u of %s:x8 on",
			      value->name, bits, bits == 1 ? "" : "s", value->bit, fetch);
	*shown = number_type(**shown == 'b' ? 'u' : **shown, bits / 8);
	return true;
}

/*
 * Make a value a string. args= reads a string at the address after the last dereference, or from
 * a pointer in a register. A known user address is read with ustring, even if string was given.
 */
static bool as_string(struct value *value, const char **type)
{
	const struct btf_type *is = value->pointer ? NULL : resolve(value->type, NULL, NULL);

	if (value->nr && !(is && btf_is_array(is)) && !follow(value))
		return false;
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
	if (!strcmp(wanted, "string") || !strcmp(wanted, "ustring")) {
		if (!as_string(value, type))
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
		char fetch[16];

		if (!function.args[i].number)
			continue;
		snprintf(fetch, sizeof(fetch), "$arg%u", function.args[i].number);
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
	else if (strcmp(shown, "x64"))
		add("", "$retval", shown);
}

/* ------------------------------------------------------------------- sources of BTF */

/* Find the vmlinux of a release where distributions install it. */
static void find_release(const char *release)
{
	static const char * const places[] = {
		"/usr/lib/debug/boot/vmlinux-%s", "/usr/lib/debug/lib/modules/%s/vmlinux",
		"/usr/lib/debug/boot/vmlinux-%s.debug", "/lib/modules/%s/vmlinux",
		"/lib/modules/%s/build/vmlinux", "/usr/src/linux-headers-%s/vmlinux",
		"/usr/src/kernels/%s/vmlinux", "/boot/vmlinux-%s",
	};
	size_t i;

	if (!*release || strchr(release, '/'))
		die("'%s' is not the release of a kernel, as uname -r prints it", release);
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(source.path, sizeof(source.path), places[i], release);
		if (!access(source.path, R_OK))
			return;
	}
	die("no vmlinux of Linux %s in /usr/lib/debug, /lib/modules, /usr/src or /boot: --btf names one",
	    release);
}

/* Refuse a vmlinux of another release. Raw BTF does not have the release. */
static void check_release(const char *data, size_t size, const char *release)
{
	static const char banner[] = "Linux version ";
	const char *end = data + size, *at = data;
	char found[128];

	while ((at = memmem(at, end - at, banner, strlen(banner)))) {
		size_t length = 0;

		at += strlen(banner);
		while (at + length < end && length < sizeof(found) - 1 &&
		       isgraph((unsigned char)at[length]))
			length++;
		if (!length || *at == '%')
			continue;
		snprintf(found, sizeof(found), "%.*s", (int)length, at);
		if (strcmp(found, release))
			die("%s is of Linux %s, not of %s", source.path, found, release);
		return;
	}
}

/* Check the architecture and release of a vmlinux. */
static void inspect(char *arch, size_t arch_size, const char *release)
{
	const Elf64_Ehdr *header;
	struct stat status;
	int fd = open(source.path, O_RDONLY);
	const char *machine = NULL;
	void *data = MAP_FAILED;

	if (fd >= 0 && !fstat(fd, &status) && (size_t)status.st_size >= sizeof(*header))
		data = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	if (data == MAP_FAILED)
		return;
	header = data;
	if (!memcmp(header->e_ident, ELFMAG, SELFMAG) && header->e_type != ET_REL) {
		if (header->e_machine == EM_X86_64)
			machine = "x86_64";
		else if (header->e_machine == EM_AARCH64)
			machine = "aarch64";
		if (!machine)
			die("%s is of an architecture that the modules do not support", source.path);
		if (*arch && strcmp(arch, machine))
			die("%s is of %s, not of %s", source.path, machine, arch);
		snprintf(arch, arch_size, "%s", machine);
		if (release)
			check_release(data, status.st_size, release);
	}
	munmap(data, status.st_size);
}

static void choose_source(const char *path, const char *release, char *arch, size_t arch_size)
{
	struct utsname machine = { .machine = "" };
	struct stat status;

	uname(&machine);
	if (path && !stat(path, &status) && S_ISDIR(status.st_mode)) {
		source.dir = path;
	} else if (path) {
		source.dir = NULL;
		snprintf(source.path, sizeof(source.path), "%s", path);
	} else if (release && strcmp(release, machine.release)) {
		source.dir = NULL;
		find_release(release);
	}
	if (source.dir)
		snprintf(source.path, sizeof(source.path), "%s/vmlinux", source.dir);
	if (path || !source.dir)
		inspect(arch, arch_size, release);
	if (!*arch)
		snprintf(arch, arch_size, "%s", machine.machine);
	if (!strcmp(arch, "aarch64")) {
		abi.regs = 8;
		abi.aapcs64 = true;
	} else if (strcmp(arch, "x86_64")) {
		die("--arch: x86_64 or aarch64, not '%s'", arch);
	}
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
