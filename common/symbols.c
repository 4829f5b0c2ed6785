// SPDX-License-Identifier: GPL-2.0-only
/*
 * Look up symbols: the name that a function has on this kernel, clones that the compiler
 * made of it, and whether a module is loaded.
 *
 * A module cannot look up a symbol. But register_kprobe() does, and a probe that is never
 * armed changes nothing.
 */

#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <probe/kprobe.h>
#include <common/syscall.h>

/**
 * probe_symbols_offset() - the offset of an address from the start of its function
 * @addr: the address
 * @size: set to the function's size in bytes, or 0
 *
 * Context: process context, under probe_mutex.
 * Return: the offset in bytes; ULONG_MAX if no symbol contains the address.
 */
static unsigned long probe_symbols_offset(const void *addr, unsigned long *size)
{
	static char text[KSYM_SYMBOL_LEN];
	unsigned long offset;
	const char *plus;

	*size = 0;
	sprint_symbol(text, (unsigned long)addr);
	plus = strchr(text, '+');
	if (!plus || sscanf(plus, "+0x%lx/0x%lx", &offset, size) != 2)
		return ULONG_MAX;
	return offset;
}

/**
 * probe_symbols_lookup_addr() - look up a function
 * @name: `name` or `module:name`
 * @addr: set to the address that a probe on it has; NULL if it does not exist
 * @size: set to its size in bytes, if it can be probed
 *
 * Context: process context, under probe_mutex, may sleep.
 * Return: 0; -ENOENT; another -errno if it exists but must not be probed.
 */
static int probe_symbols_lookup_addr(const char *name, void **addr, unsigned long *size)
{
	struct kprobe kp = {
		.symbol_name = name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err = probe_kprobe_add(&kp);

	*addr = kp.addr;
	if (err)
		return err;
	probe_symbols_offset(kp.addr, size);
	unregister_kprobe(&kp);
	return 0;
}

/* As probe_symbols_lookup_addr(), without the address. */
static int probe_symbols_lookup(const char *name, unsigned long *size)
{
	void *addr;

	return probe_symbols_lookup_addr(name, &addr, size);
}

/**
 * probe_symbols_in_kernel() - does the kernel itself have a function of this name?
 * @name: the function's name, without a module
 *
 * Context: process context, under probe_mutex, may sleep.
 * Return: false also if only a module has one.
 */
static bool probe_symbols_in_kernel(const char *name)
{
	static char text[KSYM_SYMBOL_LEN];
	unsigned long unused;
	void *addr;

	if (probe_symbols_lookup_addr(name, &addr, &unused) == -ENOENT || !addr)
		return false;
	/* "name+0x0/0x10 [module]" */
	sprint_symbol(text, (unsigned long)addr);
	return !strchr(text, '[');
}

/* Functions that were renamed. Of several old names the newest comes first. */
static const struct {
	const char *old, *new;
} probe_symbols_names[] = {
	/* commit cad6967ac108 ("fork: introduce kernel_clone()") (v5.10) */
	{ "_do_fork", "kernel_clone" },
	{ "do_fork", "kernel_clone" },
	/*
	 * commit fddb5d430ad9 ("open: introduce openat2(2) syscall") (v5.6); do_sys_open()
	 * still exists, but it only calls do_sys_openat2() and is inlined into its callers.
	 */
	{ "do_sys_open", "do_sys_openat2" },
};

/**
 * probe_symbols_renamed() - the new name of a function that was renamed or replaced
 * @name: the name that users know
 *
 * Context: any.
 * Return: the new name, or NULL if the function was not renamed.
 */
static const char *probe_symbols_renamed(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probe_symbols_names); i++)
		if (!strcmp(name, probe_symbols_names[i].old))
			return probe_symbols_names[i].new;
	return NULL;
}

/**
 * probe_symbols_former() - the name that a function has on older kernels
 * @name: the name on newer kernels, which this kernel does not have
 *
 * Context: process context.
 * Return: the older name, to be freed with kfree(); NULL if there is none.
 */
static char *probe_symbols_former(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probe_symbols_names); i++)
		if (!strcmp(name, probe_symbols_names[i].new))
			return kstrdup(probe_symbols_names[i].old, GFP_KERNEL);
	return NULL;
}

/**
 * probe_symbols_syscall() - the name of a system call's function on this kernel
 * @name: its name on older kernels or other architectures: sys_write, SyS_write, ...
 *
 * Context: process context.
 * Return: the name, to be freed with kfree(); NULL if @name is not one of a system call.
 */
static char *probe_symbols_syscall(const char *name)
{
	static const char * const prefixes[] = {
		"sys_", "SyS_", "__se_sys_", "__do_sys_", "__x64_sys_", "__arm64_sys_",
		"__riscv_sys_",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strstarts(name, prefixes[i]))
			return kasprintf(GFP_KERNEL, "%s%s", PROBE_SYSCALL_PREFIX,
					 name + strlen(prefixes[i]));
	return NULL;
}

/**
 * probe_symbols_syscall_32() - the function that 32-bit programs call for a system call
 * @name: the function that 64-bit programs call
 * @addr: its address
 *
 * Context: process context, under probe_mutex, may sleep.
 * Return: the name, to be freed with kfree(); NULL if it is the same function, or @name is
 * not one of a system call.
 */
static char *probe_symbols_syscall_32(const char *name, const void *addr)
{
	static const char * const prefixes[] = { PROBE_SYSCALL_PREFIXES_32 };
	unsigned long unused;
	unsigned int i;
	char *other;
	void *found;

	if (!strstarts(name, PROBE_SYSCALL_PREFIX))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		other = kasprintf(GFP_KERNEL, "%s%s", prefixes[i],
				  name + strlen(PROBE_SYSCALL_PREFIX));
		if (other && !probe_symbols_lookup_addr(other, &found, &unused) && found != addr)
			return other;
		kfree(other);
	}
	return NULL;
}

/* Append ", name.suffix" to the text if there is such a symbol. */
static void probe_symbols_add_clone(char *text, size_t size, const char *name,
				    const char *suffix)
{
	char *clone = kasprintf(GFP_KERNEL, "%s%s", name, suffix);
	unsigned long unused;
	size_t len = strlen(text);

	if (clone && probe_symbols_lookup(clone, &unused) != -ENOENT)
		scnprintf(text + len, size - len, "%s%s", len ? ", " : "", clone);
	kfree(clone);
}

/**
 * probe_symbols_clones() - list the clones that the compiler made of a function
 * @text: set to their names, separated by commas; empty if there are none
 * @size: size of @text
 * @name: `name` or `module:name`
 *
 * The names of GCC's clones can be guessed; those of Clang (.llvm.HASH) cannot.
 *
 * Context: process context, under probe_mutex, may sleep.
 */
static void probe_symbols_clones(char *text, size_t size, const char *name)
{
	static const char * const kinds[] = { ".isra", ".constprop", ".part" };
	char suffix[32];
	unsigned int i, j;

	*text = '\0';
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (j = 0; j < 10; j++) {
			snprintf(suffix, sizeof(suffix), "%s.%u", kinds[i], j);
			probe_symbols_add_clone(text, size, name, suffix);
		}
		/* A clone of a clone. */
		for (j = 0; j < ARRAY_SIZE(kinds); j++) {
			snprintf(suffix, sizeof(suffix), "%s.0%s.0", kinds[i], kinds[j]);
			if (i != j)
				probe_symbols_add_clone(text, size, name, suffix);
		}
	}
	probe_symbols_add_clone(text, size, name, ".cold");
}

enum probe_module_state { PROBE_MODULE_ABSENT, PROBE_MODULE_LOADED, PROBE_MODULE_BUILT_IN };

/**
 * probe_symbols_module() - is a module loaded?
 * @name: the module's name
 *
 * Looks in sysfs, where a loaded module has a directory, and a built-in one may have one.
 *
 * Context: process context.
 */
static enum probe_module_state probe_symbols_module(const char *name)
{
	struct kset *modules = THIS_MODULE->mkobj.kobj.kset;
	struct kobject *kobj = modules ? kset_find_obj(modules, name) : NULL;
	enum probe_module_state state = PROBE_MODULE_ABSENT;
	const struct module *module;

	if (!strcmp(name, "vmlinux"))
		state = PROBE_MODULE_BUILT_IN;
	if (!kobj)
		return state;
	module = container_of(kobj, struct module_kobject, kobj)->mod;
	if (!module)
		state = PROBE_MODULE_BUILT_IN;
	else if (READ_ONCE(module->state) != MODULE_STATE_GOING)
		state = PROBE_MODULE_LOADED;
	kobject_put(kobj);
	return state;
}
