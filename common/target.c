// SPDX-License-Identifier: GPL-2.0-only
/* The parameter symbol=: split it into elements and parse each into a target. */

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/stringify.h>

#include <compat/build_bug.h>
#include <common/ops.h>
#include <common/target.h>

/* "module:function+0x1234" */
#define PROBE_ELEMENT_MAX (MODULE_NAME_LEN + KSYM_NAME_LEN + 20)

static struct probe_param_string probe_symbol_param = { .unset = &probe_ops.default_symbol };

/* If the names do not fit in a page, the last ones are only counted. */
static int probe_target_symbol_get(char *buffer, const struct kernel_param *kp)
{
	const char *text = probe_symbol_param.value ?: probe_ops.default_symbol;
	const size_t room = PAGE_SIZE - sizeof(",... 4294967295 more\n");
	size_t len = strlen(text);
	unsigned int more = 0;
	const char *p;

	if (len <= room)
		return scnprintf(buffer, PAGE_SIZE, "%s\n", text);
	for (len = room; len && text[len] != ','; len--)
		;
	for (p = text + len; p; p = strchr(p + 1, ','))
		more++;
	return scnprintf(buffer, PAGE_SIZE, "%.*s,... %u more\n", (int)len, text, more);
}

static const struct kernel_param_ops probe_symbol_ops = {
	.set = probe_param_string_set,
	.get = probe_target_symbol_get,
	.free = probe_param_string_free,
};

module_param_cb(symbol, &probe_symbol_ops, &probe_symbol_param, 0400);
MODULE_PARM_DESC(symbol, "functions to probe, up to " __stringify(PROBE_TARGETS_MAX) ", comma-separated: name or module:name; in kprobe_example also name+0x10 or 0xaddress (default: kernel_clone)");

static struct probe_param_number probe_skip_refused_param = {
	.max = 1, .expected = "0 or 1",
};

module_param_cb(skip_refused, &probe_param_number_ops, &probe_skip_refused_param, 0400);
MODULE_PARM_DESC(skip_refused, "1: leave out functions that cannot be probed, with a line for each, instead of failing (default: 0)");

/* func= is the name of this parameter in the kernel's samples/kprobes/kretprobe_example.c. */
static int probe_target_func_set(const char *val, const struct kernel_param *kp)
{
	return probe_param_error(val, kp, "symbol=, as the parameter is called here");
}

static const struct kernel_param_ops probe_target_func_ops = {
	.set = probe_target_func_set,
};

module_param_cb(func, &probe_target_func_ops, NULL, 0);

static int probe_target_error(const struct probe_target *target, const char *what)
{
	pr_err("symbol=: element %u ('%.40s'): %s\n", target->index + 1,
	       target->name, what);
	return -EINVAL;
}

/* Reject characters that no symbol has, and suggest what to write instead. */
static int probe_target_check_name(const struct probe_target *target)
{
	const char *colon = strchr(target->name, ':');
	const char *p;
	char text[80];

	for (p = target->name; *p; p++) {
		if (isascii(*p) && (isalnum(*p) || strchr("_.$:+", *p)))
			continue;
		if (*p == '-' && colon && p < colon)
			continue;	/* in a module's name */
		if (*p == ' ')
			return probe_target_error(target, "a blank is not part of a name; each parameter is a word of its own, and quoted alone");
		if (!isascii(*p) || !isprint(*p))
			snprintf(text, sizeof(text), "byte 0x%02x is not part of a name", (u8)*p);
		else
			snprintf(text, sizeof(text), "'%c' is not part of a name%s", *p,
				 strchr("*?[", *p) ? "; there are no patterns, name each function" : "");
		return probe_target_error(target, text);
	}
	return 0;
}

/* Parse the function's name, which ends at @plus, or at the end if that is NULL. */
static int probe_target_parse_symbol(struct probe_target *target, const char *plus)
{
	size_t len = plus ? plus - target->name : strlen(target->name);
	char *colon = memchr(target->name, ':', len);
	const char *renamed;

	if (colon) {
		if (colon == target->name || colon == target->name + len - 1 ||
		    colon - target->name >= MODULE_NAME_LEN)
			return probe_target_error(target, "not a module's function; expected module:name");
		/* modprobe accepts a - instead of a _ in a module's name, the kernel does not. */
		*colon = '\0';
		strreplace(target->name, '-', '_');
		*colon = ':';
	}
	/* An offset applies to the named function only. */
	renamed = plus ? NULL : probe_symbols_renamed(target->name);
	if (renamed) {
		target->requested_name = target->name;
		target->name = kstrdup(renamed, GFP_KERNEL);
		target->symbol = kstrdup(renamed, GFP_KERNEL);
	} else {
		target->symbol = kstrndup(target->name, len, GFP_KERNEL);
	}
	return target->name && target->symbol ? 0 : -ENOMEM;
}

/**
 * probe_target_parse() - parse one element of symbol=
 * @target:   @index is set by the caller; sets @name, @requested_name, @symbol and @offset
 * @element:  `name` or `module:name`; with @anywhere also `name+0x10` or `0xaddr`
 * @anywhere: the probe may be at any instruction, not only at a function's start
 *
 * Context: process context.
 * Return: 0; -EINVAL, which a line in dmesg explains; -ENOMEM.
 */
static int probe_target_parse(struct probe_target *target, const char *element,
			      bool anywhere)
{
	const char *plus = strchr(element, '+');
	int err;

	target->name = kstrdup(element, GFP_KERNEL);
	if (!target->name)
		return -ENOMEM;
	if (!*element)
		return probe_target_error(target, "empty; expected a function's name");
	if (strlen(element) >= PROBE_ELEMENT_MAX)
		return probe_target_error(target, "longer than any symbol of the kernel");

	err = probe_target_check_name(target);
	if (err)
		return err;
	if (isdigit(*element)) {
		if (!anywhere)
			return probe_target_error(target, "an address; only kprobe_example accepts one, expected a function's name");
		if (strncasecmp(element, "0x", 2) || kstrtoul(element, 16, &target->offset))
			return probe_target_error(target, "not an address; expected 0x and hexadecimal digits");
		/* Kernel addresses have the highest bit set. */
		if ((long)target->offset >= 0)
			return probe_target_error(target, "an address in user space; expected an address of kernel code, see /proc/kallsyms");
		return 0;
	}
	if (plus) {
		unsigned int offset;

		if (!anywhere)
			return probe_target_error(target, "has an offset; only kprobe_example accepts one, expected a function's name");
		if (plus == element || kstrtouint(plus + 1, 0, &offset))
			return probe_target_error(target, "not a valid offset; expected something like name+0x10");
		target->offset = offset;
		plus = target->name + (plus - element);
	}
	return probe_target_parse_symbol(target, plus);
}

static void probe_target_free(struct probe_target *target)
{
	free_percpu(target->counts);
	if (target->name != target->symbol)
		kfree(target->name);
	kfree(target->symbol);
	kfree(target->requested_name);
	kfree(target);
}

static void probe_targets_free(void)
{
	while (probe_nr_targets)
		probe_target_free(probe_targets[--probe_nr_targets]);
}

/* Remove and free a target. Those behind it, whose index changes, must not be registered. */
static void probe_target_remove(unsigned int i)
{
	probe_target_free(probe_targets[i]);
	for (probe_nr_targets--; i < probe_nr_targets; i++) {
		probe_targets[i] = probe_targets[i + 1];
		probe_targets[i]->index = i;
	}
}

/*
 * Move the targets of probe_selection from index @from for which @is is true before the others.
 * Returns the index behind them.
 */
static unsigned int probe_target_partition(unsigned int from, unsigned int to,
					   bool (*is)(const struct probe_target *target))
{
	unsigned int i;

	for (i = from; i < to; i++) {
		if (!is(probe_selection[i]))
			continue;
		swap(probe_selection[i], probe_selection[from]);
		from++;
	}
	return from;
}

/**
 * probe_target_log_selected() - print a line about targets, with as many of their names as fit
 * @from: the first one in probe_selection
 * @to:   the index behind the last one; no line is printed for none
 * @what: what is true for them
 *
 * Context: process context, under probe_mutex.
 */
static void probe_target_log_selected(unsigned int from, unsigned int to, const char *what)
{
	static char names[700];
	unsigned int i;
	int len = 0;

	for (i = from; i < to; i++) {
		const char *name = probe_selection[i]->name;

		if (len + strlen(name) + sizeof(", , ... 256 more") > sizeof(names))
			break;
		len += scnprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "", name);
	}
	if (i < to)
		scnprintf(names + len, sizeof(names) - len, ", ... %u more", to - i);
	if (from < to)
		pr_info("%u of %u functions %s: %s\n", to - from, probe_nr_targets, what, names);
}

/* The index of a target is a byte in a record. */
static_assert(PROBE_TARGETS_MAX <= U8_MAX + 1);

static int probe_target_add(const char *element)
{
	struct probe_target *target;
	int err;

	if (probe_nr_targets == PROBE_TARGETS_MAX) {
		pr_err("symbol=: element %d ('%.40s'): more than %d functions\n",
		       PROBE_TARGETS_MAX + 1, element, PROBE_TARGETS_MAX);
		return -E2BIG;
	}
	target = probe_ops.new_target();
	if (!target)
		return -ENOMEM;
	target->index = probe_nr_targets;
	probe_targets[probe_nr_targets++] = target;
	err = probe_target_parse(target, element, probe_ops.anywhere);
	if (err)
		return err;
	target->counts = __alloc_percpu(probe_ops.counts_size, sizeof(u64));
	return target->counts ? 0 : -ENOMEM;
}

static int probe_targets_parse(const char *symbol)
{
	char *copy = kstrdup(symbol, GFP_KERNEL);
	char *rest = copy, *element;
	int err = -ENOMEM;

	while ((element = strsep(&rest, ","))) {
		err = probe_target_add(element);
		if (err)
			break;
	}
	kfree(copy);
	if (err == -ENOMEM)
		pr_err("symbol=: out of memory\n");
	if (err)
		probe_targets_free();
	return err;
}
