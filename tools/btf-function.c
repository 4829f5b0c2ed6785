// SPDX-License-Identifier: GPL-2.0-only
/*
 * Part of probe-btf: reads BTF, and finds a function and its arguments in it.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "probe-btf.h"

struct abi abi = { 6, false };

struct function function;
struct btf *vmlinux, *module_btf;
const struct btf *btf;
bool has_user_tags;
bool without_objects;

/* ------------------------------------------------------------------------- types */

const char *name_at(__u32 offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

const char *type_name(const struct btf_type *type)
{
	return type ? name_at(type->name_off) : "";
}

/*
 * Skip const, typedef and tags and return the type. Returns NULL if there is none, or if the
 * chain does not end, as in malformed BTF. @is_const and @is_user are set if it has const or a
 * tag "user".
 */
const struct btf_type *resolve(__u32 id, bool *is_const, bool *is_user)
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

bool is_char(const struct btf_type *type)
{
	return type && btf_is_int(type) && type->size == 1 &&
	       (!strcmp(type_name(type), "char") || btf_int_encoding(type) & BTF_INT_CHAR);
}

/* Return the size of a type in bytes, or -1 if it is unknown. */
long long size_of(__u32 id)
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

bool has_keyword(const struct btf_type *type, const char *keyword)
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
unsigned int find_types(const char *keyword, const char *name, size_t length,
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

/* ------------------------------------------------------------ memory, from the names */

/* Is @name the name of a length? Then the argument before it is not a string. */
static bool is_length(const char *name)
{
	static const char * const words[] = { "len", "length", "count", "size", "n", "nbytes",
					      "nr", "cnt", "bytes", "buflen", "bufsize" };

	return one_of(name, words, ARRAY_SIZE(words)) || ends_with(name, "_len");
}

/* Does the function's name show that its argument @name is a user pointer? */
bool takes_user_text(const char *name)
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
bool is_user_name(const char *name)
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
enum memory argument_memory(__u32 id, const char *name)
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
	/* Protocols call the kernel's copy of a socket's address uaddr, too. */
	if (!strcmp(name, "uaddr") && object_shown(type->type, MEMORY_USER))
		return takes_user_text(name) ? MEMORY_USER : MEMORY_KERNEL;
	if (is_user_name(name))
		return MEMORY_USER;
	if (takes_kernel_pointers() || !strcmp(name, "fmt") || !strcmp(name, "format"))
		return MEMORY_KERNEL;
	if (text && is_const && takes_user_text(name))
		return MEMORY_USER;
	return MEMORY_UNKNOWN;
}

/* ------------------------------------------------------------------ types of args= */

const char *number_type(char class, unsigned int size)
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
const char *number_shown(const struct btf_type *type, const char *name)
{
	if (btf_is_any_enum(type))
		return number_type(btf_kflag(type) ? 's' : 'u', type->size);
	if (btf_int_encoding(type) & BTF_INT_BOOL && type->size == 1)
		return "bool";
	if (is_bits(name))
		return number_type('x', type->size);
	return number_type(btf_int_encoding(type) & BTF_INT_SIGNED ? 's' : 'u', type->size);
}

/*
 * Return the type in args= of a pointer to an object of the kernel that args= knows, or NULL.
 * The pointer itself points to the type @id.
 */
const char *object_shown(__u32 id, enum memory memory)
{
	static const struct {
		const char *name, *shown;
	} objects[] = {
		{ "file", "file" }, { "dentry", "dentry" }, { "sock", "sock" },
		{ "task_struct", "task" }, { "sockaddr", "sockaddr" },
		/* since Linux 6.19, where a struct sockaddr has 16 bytes */
		{ "sockaddr_unsized", "sockaddr" },
	};
	const struct btf_type *type = resolve(id, NULL, NULL);
	size_t i;

	if (without_objects || !type || !(btf_is_struct(type) || btf_is_fwd(type)))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(objects); i++)
		if (!strcmp(type_name(type), objects[i].name))
			return memory == MEMORY_USER && strcmp(objects[i].shown, "sockaddr") ?
			       NULL : objects[i].shown;
	return NULL;
}

/* Return the type in args= of an argument or return value. @next is the name of the next one. */
const char *shown_as(__u32 id, const char *name, const char *next, enum memory memory)
{
	const struct btf_type *type = resolve(id, NULL, NULL);
	const char *object;
	bool is_const = false;

	if (!type)
		return "x64";
	if (btf_is_int(type) || btf_is_any_enum(type))
		return number_shown(type, name);
	if (btf_is_composite(type))
		return number_type('x', type->size);
	if (!btf_is_ptr(type))
		return "x64";
	object = object_shown(type->type, memory);
	if (object)
		return object;
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

void read_prototype(const struct btf_type *proto)
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

void load_vmlinux(void)
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
const struct btf_type *find_in_any(const char *name)
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

const struct btf_type *find_in_module(const char *module, const char *name)
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
	if (strstr(type, "struct sockaddr *") && !without_objects)
		return "sockaddr";
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
const char *syscall_of(const char *name, bool *compat_entry)
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

void read_syscall(const char *call, bool compat_entry, bool want_types)
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

void choose_source(const char *path, const char *release, char *arch, size_t arch_size)
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
