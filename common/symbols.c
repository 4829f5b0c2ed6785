// SPDX-License-Identifier: GPL-2.0-only
/*
 * Symbols: what a function that users know is called on this kernel, clones that
 * the compiler made of it, and whether a module is loaded.
 *
 * A module cannot look a symbol up. The kernel does so when a probe is registered,
 * and a probe that is never armed changes nothing.
 */

#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <compat/syscall.h>

/**
 * probe_symbols_offset() - how far into its function an address is
 * @addr: the address
 * @size: set to the function's size
 *
 * Context: process context, under probe_mutex.
 * Return: the offset; ULONG_MAX if there is no symbol.
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
 * probe_name_look_up_at() - where is the function of that name?
 * @name: `name` or `module:name`
 * @addr: set to its address, as a probe on it has
 * @size: set to its size
 *
 * Context: process context, under probe_mutex, may sleep.
 * Return: 0; -ENOENT; another -errno if it is there but must not be probed.
 */
static int probe_name_look_up_at(const char *name, void **addr, unsigned long *size)
{
	struct kprobe kp = {
		.symbol_name = name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err = register_kprobe(&kp);

	if (err)
		return err;
	*addr = kp.addr;
	probe_symbols_offset(kp.addr, size);
	unregister_kprobe(&kp);
	return 0;
}

/* The same, if it is there at all. */
static int probe_symbols_lookup(const char *name, unsigned long *size)
{
	void *addr;

	return probe_name_look_up_at(name, &addr, size);
}

/**
 * probe_symbols_renamed() - the function that does the work of one that users know
 * @name: the function's name
 *
 * Context: any.
 * Return: its name, or NULL if it is not another one.
 */
static const char *probe_symbols_renamed(const char *name)
{
	static const struct {
		const char *old, *now;
	} names[] = {
		/* commit cad6967ac108 ("fork: introduce kernel_clone()") (v5.10) */
		{ "do_fork", "kernel_clone" },
		{ "_do_fork", "kernel_clone" },
		/*
		 * commit fddb5d430ad9 ("open: introduce openat2(2) syscall") (v5.6);
		 * do_sys_open is still there, but as it only calls the other one, it
		 * is inlined where files are opened and never called itself.
		 */
		{ "do_sys_open", "do_sys_openat2" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i].old))
			return names[i].now;
	return NULL;
}

/**
 * probe_symbols_syscall() - what this kernel calls the function of a system call
 * @name: what it was called once, or is called elsewhere: sys_write, SyS_write, ...
 *
 * Context: process context.
 * Return: its name, to be given to kfree(); NULL if @name is no system call's.
 */
static char *probe_symbols_syscall(const char *name)
{
	static const char * const prefixes[] = {
		"sys_", "SyS_", "__se_sys_", "__do_sys_", "__x64_sys_", "__arm64_sys_",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strstarts(name, prefixes[i]))
			return kasprintf(GFP_KERNEL, "%s%s", PROBE_SYSCALL_PREFIX,
					 name + strlen(prefixes[i]));
	return NULL;
}

/**
 * probe_name_syscall_32() - which function 32-bit programs call for the same system call
 * @name: what other programs call
 * @addr: where that is
 *
 * Context: process context, under kernel_param_lock(), may sleep.
 * Return: its name, to be given to kfree(); NULL if it is the same function, or @name is
 * no system call's.
 */
static char *probe_name_syscall_32(const char *name, const void *addr)
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
		if (other && !probe_name_look_up_at(other, &found, &unused) && found != addr)
			return other;
		kfree(other);
	}
	return NULL;
}

/* Adds ", name.suffix" to the text if there is such a symbol. */
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
 * probe_symbols_clones() - what the compiler has made of a function that is not there
 * @text: set to the names, with commas; empty if there are none
 * @size: of @text
 * @name: `name` or `module:name`
 *
 * GCC names its clones so that they can be guessed; Clang (.llvm.HASH) does not.
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
		/* of a clone, another one */
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
 * Asks sysfs, where a loaded module has a folder, and one that is built in may have.
 *
 * Context: process context.
 */
static enum probe_module_state probe_symbols_module(const char *name)
{
	struct kset *modules = THIS_MODULE->mkobj.kobj.kset;
	struct kobject *kobj = modules ? kset_find_obj(modules, name) : NULL;
	enum probe_module_state state = PROBE_MODULE_ABSENT;
	const struct module *module;

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
