// SPDX-License-Identifier: GPL-2.0-only
/* Explain in one line why the kernel did not accept a probe. */

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>

#include <compat/errname.h>
#include <common/target.h>

/* Is the offset beyond the end of the function? Sets *@size to the size of the function. */
static bool probe_errors_outside(const struct probe_target *target,
				 unsigned long *size)
{
	return target->symbol && target->offset &&
	       !probe_symbols_lookup(target->symbol, size) && *size &&
	       target->offset >= *size;
}

/* -ENOENT: find out why there is no such symbol. */
static void probe_errors_absent(const struct probe_target *target, char *why,
				size_t size)
{
	char module[MODULE_NAME_LEN], clones[128];
	bool of_module = probe_target_module(target, module);
	const char *function = target->symbol + (of_module ? strlen(module) + 1 : 0);

	if (of_module && probe_symbols_in_kernel(function)) {
		snprintf(why, size, "the function is built into the kernel, not in a module %s: write symbol=%s",
			 module, function);
		return;
	}
	if (of_module && probe_symbols_module(module) == PROBE_MODULE_BUILT_IN) {
		snprintf(why, size, "%s is built into the kernel, which has no function %s: look for its name in /proc/kallsyms",
			 module, function);
		return;
	}
	probe_symbols_clones(clones, sizeof(clones), target->symbol);
	if (*clones)
		snprintf(why, size, "no such symbol, but the compiler made a clone of the function: try %s",
			 clones);
	else if (of_module)
		snprintf(why, size, "module %s is loaded but has no such function: it may be inlined, or was init code, which is freed: look in /proc/kallsyms",
			 module);
	else
		strscpy(why, "no such symbol: look for it in /proc/kallsyms; it may have another name on this kernel, be inlined, exist only as a clone (.llvm.HASH), or be in a module (module:name) that is not loaded",
			size);
}

/**
 * probe_errors_report() - print why a probe could not be registered or armed
 * @target: the probe
 * @err:    the error
 *
 * Context: process context, under probe_mutex.
 */
static void probe_errors_report(const struct probe_target *target, int err)
{
	unsigned long size;
	const char *why;
	unsigned int site;
	char text[256];

	switch (err) {
	case -ENOENT:
		why = text;
		probe_errors_absent(target, text, sizeof(text));
		break;
	case -EINVAL:
		why = text;
		site = probe_ftrace_site_at(target->kp->addr);
		if (probe_errors_outside(target, &size))
			snprintf(text, sizeof(text), "outside the function, which has 0x%lx bytes", size);
		else if (site && !target->at_entry)
			snprintf(text, sizeof(text), "the function's first 0x%x bytes belong to ftrace; probe its start instead",
				 site);
		else if (site && target->rp && !probe_symbols_lookup(target->symbol, &size))
			snprintf(text, sizeof(text), "on this kernel returns cannot be probed where ftrace can trace the function; kprobe_example and jprobe_example can probe its calls, at +0x%x",
				 site);
		else if (!target->symbol)
			snprintf(text, sizeof(text), "%pS must not be probed (see /sys/kernel/debug/kprobes/blacklist), or is not code",
				 (void *)target->offset);
		else
			why = "it must not be probed (see /sys/kernel/debug/kprobes/blacklist: noinstr, NOKPROBE, entry code), is not code or an instruction that cannot be single-stepped, or lies outside the function; a jprobe or kretprobe must be at a function's start";
		break;
	case -EILSEQ:
		why = "not the start of an instruction of that function; objdump -d shows where they are";
		break;
	case -EOPNOTSUPP:
		why = "the instruction there cannot be single-stepped, or kprobes are switched off on this kernel";
		break;
	case -EBUSY:
		why = "another user, such as a live patch, has exclusive use of the function";
		break;
	case -EEXIST:
		why = "this module already has a probe at this address; name each function once";
		break;
	case -EADDRNOTAVAIL:
		why = "several functions have this name; kprobe_example accepts an address from /proc/kallsyms";
		break;
	case -ENODEV:
		if (target->kp->flags & KPROBE_FLAG_FTRACE && probe_ftrace_is_off())
			why = "ftrace is switched off and cannot arm it; write 1 to /proc/sys/kernel/ftrace_enabled";
		else
			why = "registered but not armed; if /sys/kernel/debug/kprobes/enabled or /proc/sys/kernel/ftrace_enabled is 0, write 1 to it";
		break;
	case -ENOMEM:
		why = "out of memory";
		break;
	default:
		why = "unexpected error; the lines above may say more";
	}
	pr_err("no %s on '%s': " PROBE_ERR ": %s\n", probe_ops.name, target->name, probe_err(err), why);
}

/**
 * probe_errors_number() - the errno that has a name
 * @name: the name, such as ENOENT; not terminated
 * @len:  characters of it
 *
 * The kernel's table of names can be asked in one direction only.
 *
 * Context: process context.
 * Return: the number; 0 if this kernel knows no such name, or (without
 * CONFIG_SYMBOLIC_ERRNAME) none at all.
 */
static unsigned int probe_errors_number(const char *name, unsigned int len)
{
	unsigned int number;
	char text[48];

	for (number = 1; number <= MAX_ERRNO; number++) {
		const char *found;

		snprintf(text, sizeof(text), PROBE_ERR, probe_err(-(int)number));
		found = strrchr(text, '-') + 1;
		if (strlen(found) == len && !strncmp(found, name, len))
			return number;
	}
	return 0;
}
