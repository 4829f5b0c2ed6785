// SPDX-License-Identifier: GPL-2.0-only
/* The parameters where= and caller=. */

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <probe/gate.h>
#include <common/ops.h>
#include <common/where.h>

/* The most words that a program stores. */
#define PROBE_WHERE_WORDS (PROBE_REG_ARGS + 3 * PROBE_ARGS_MAX)

/* where=; NULL: never given */
static char *probe_where_param;

static struct probe_param_string probe_where_caller_param;

module_param_cb(caller, &probe_param_string_ops, &probe_where_caller_param, 0400);
MODULE_PARM_DESC(caller, "log only calls of the function from this function: name or module:name (default: empty, all)");

/* Under probe_mutex. */
static int probe_where_find_caller(void)
{
	const char *name = probe_where_caller_param.value ?: "";
	unsigned long offset, size;
	char clones[128];
	void *addr;
	char *other;
	int err;

	if (!*name)
		return 0;
	if (strlen(name) >= PROBE_ELEMENT_MAX) {
		pr_err("caller='%.40s': longer than any kernel symbol\n", name);
		return -EINVAL;
	}
	err = probe_symbols_lookup_addr(name, &addr, &size);
	if (err == -ENOENT) {
		other = probe_symbols_syscall(name);
		if (other)
			err = probe_symbols_lookup_addr(other, &addr, &size);
		kfree(other);
	}
	if (err == -ENOENT) {
		probe_symbols_clones(clones, sizeof(clones), name);
		pr_err("caller='%.40s': no such symbol%s%s\n", name,
		       *clones ? ", but the compiler made a clone of the function: try " :
				 ": look in /proc/kallsyms; its module must be loaded", clones);
		return err;
	}
	offset = err ? ULONG_MAX : probe_symbols_offset(addr, &size);
	if (offset >= size) {
		pr_err("caller='%.40s': expected a function that can be probed itself\n", name);
		return -EINVAL;
	}
	probe_where_caller.addr = (unsigned long)addr - offset;
	probe_where_caller.size = size;
	return 0;
}

/* Is the comparison of a value that is known only when the function returns? */
static bool probe_where_is_late(const struct probe_condition_test *test)
{
	const struct probe_arg *arg = &probe_args.args[test->arg];

	if (test->source != PROBE_CONDITION_ARG)
		return test->source <= PROBE_CONDITION_CPU;
	/* Pointers are followed at the return, as for the line. */
	return (arg->base != PROBE_BASE_ARG && arg->base != PROBE_BASE_CALLER) || arg->nr_derefs ||
	       probe_arg_is_bytes(arg);
}

/* Does the condition need a value of args=? @late: one that is not known at the entry? */
static bool probe_where_needs(const struct probe_where *where, bool late)
{
	unsigned int i;

	for (i = 0; i < where->code.nr; i++)
		if (late ? probe_where_is_late(&where->code.tests[i]) :
			   where->code.tests[i].source == PROBE_CONDITION_ARG)
			return true;
	return false;
}

/* ---------------------------------------------------------- kinds of places */

/* Of the pointers that args= has followed, keep those that the condition needs. */
static void probe_where_compile_insns(struct probe_where *where, struct probe_fetch_insns *insns,
				      const struct probe_fetch_program *program)
{
	u32 needed = 0;
	unsigned int i;

	for (i = 0; i < where->code.nr; i++)
		if (where->code.tests[i].source == PROBE_CONDITION_ARG)
			needed |= BIT(program->value[where->code.tests[i].arg]);
	probe_fetch_select(insns, where->at_return ? &program->hit : &program->entry, needed);
}

/* Let a condition be evaluated for one more probe, which is not armed yet. */
static int probe_where_add_place(struct probe_where *where, const struct probe_target *target)
{
	struct probe_where_first *first = &where->first[target->place];
	struct probe_where_place *place = &where->places[target->place];
	const struct probe_fetch_program *program = target->program;
	unsigned int i;

	if (probe_where_caller.size && !target->at_entry) {
		pr_err("caller=%s on '%s': the caller is known at a function's start only\n",
		       probe_where_caller_param.value, target->name);
		return -EDOM;
	}
	for (i = 0; i < where->code.nr; i++) {
		const struct probe_condition_test *test = &where->code.tests[i];
		int reg;

		if (test->source != PROBE_CONDITION_ARG)
			continue;
		if (test->arg >= program->nr) {
			pr_err("where=: '%s' on '%s': %s\n", probe_args.args[test->arg].name,
			       target->name, target->at_entry ? "a system call has six arguments" :
			       "arguments are known at a function's start only; name registers in args=");
			return -EDOM;
		}
		reg = probe_fetch_register(program, &program->entry, program->value[test->arg]);
		if (reg < 0 || test->guess || test->op != PROBE_CONDITION_RANGE || where->at_return ||
		    probe_arg_words(&probe_args.args[test->arg]) > 1)
			continue;
		if (place->ready)
			continue;
		place->regs[i] = reg;
		place->registers |= BIT(i);
	}
	/* Handlers of other probes may be using it. */
	if (place->ready)
		return 0;
	if (probe_where_caller.size) {
		memset(first->test.next, PROBE_WHERE_CALLER, sizeof(first->test.next));
	} else if (place->registers & BIT(0)) {
		first->test = where->code.tests[0];
		first->reg = place->regs[0];
	} else {
		memset(first->test.next, where->start, sizeof(first->test.next));
	}
	probe_where_compile_insns(where, &place->insns, program);
	place->ready = true;
	return 0;
}

/* ---------------------------------------------------------------- condition */

static void probe_where_free(const struct probe_where *where)
{
	if (where == &probe_where_any)
		return;
	free_percpu(where->buffer);
	kvfree(where);
}

static int probe_where_compile(struct probe_where *where, const char *text)
{
	struct probe_condition_parser parser = {
		.args = &probe_args, .at_return = probe_ops.at_return,
	};
	unsigned int i;
	int err;

	if (*text && probe_condition_parse(&where->code, &parser, text)) {
		pr_err("where=: character %td ('%*pE'): expected %s\n", parser.at - text + 1,
		       (int)strnlen(parser.at, 20), parser.at, parser.expected);
		return -EINVAL;
	}
	where->at_return = probe_ops.at_return && probe_where_needs(where, true);
	where->start = where->code.nr && !where->at_return ? 0 : PROBE_CONDITION_TRUE;
	if (probe_where_needs(where, false)) {
		size_t size = offsetof(struct probe_fetched, words[PROBE_WHERE_WORDS]) +
			      PROBE_ARGS_MAX * PROBE_STRING_ROOM;

		where->buffer = __alloc_percpu(size, sizeof(u64));
		if (!where->buffer)
			return -ENOMEM;
	}
	for (i = 0; i < probe_nr_targets; i++) {
		if (!probe_targets[i]->program)
			continue;	/* it waits for its module */
		err = probe_where_add_place(where, probe_targets[i]);
		if (err)
			return -EINVAL;
	}
	return 0;
}

/*
 * Let handlers use another condition. The gate is opened after the condition is there, and
 * closed before it is gone. Handlers run with preemption off: none uses the old condition
 * after a grace period.
 */
static void probe_where_use(const struct probe_where *where)
{
	const struct probe_where *old = probe_where;
	bool any = where == &probe_where_any;

	probe_args_at_entry = (!probe_args.hidden && probe_args.nr) || probe_sum_needs_args() ||
			      (where->at_return && where->buffer);
	/* Pairs with the dependency through the pointer in probe_where_matches(). */
	smp_store_release(&probe_where, where);
	probe_gate_set(where, !any);
	if (old == &probe_where_any)
		return;
	synchronize_rcu();
	probe_where_free(old);
}

/* Under probe_mutex. @text: without blanks around it */
static int probe_where_change(const char *text)
{
	struct probe_where *where;
	int err;

	if (!*text && !probe_where_caller.size) {
		probe_where_use(&probe_where_any);
		return 0;
	}
	where = kvzalloc(sizeof(*where), GFP_KERNEL);
	if (!where)
		return -ENOMEM;
	err = probe_where_compile(where, text);
	if (err)
		probe_where_free(where);
	else
		probe_where_use(where);
	return err;
}

/**
 * probe_where_start() - use caller= and where= as they were given
 *
 * Context: module init, under probe_mutex, before the first probe is registered.
 * Return: 0; -ENOMEM; -EINVAL with a line in dmesg.
 */
static int probe_where_start(void)
{
	int err = probe_where_find_caller();

	if (err)
		return err;
	probe_where_use(&probe_where_any);
	return probe_where_change(probe_where_param ?: "");
}

/**
 * probe_where_prepare() - let where= be evaluated for a probe that is to be registered
 * @target: the probe, with its program
 *
 * Context: process context, under probe_mutex.
 * Return: 0; -EDOM with a line in dmesg.
 */
static int probe_where_prepare(const struct probe_target *target)
{
	if (probe_where == &probe_where_any)
		return 0;
	return probe_where_add_place((struct probe_where *)probe_where, target);
}

/**
 * probe_where_stop() - free the condition
 *
 * Context: module exit or a failed init, under probe_mutex, when no handler runs any more.
 */
static void probe_where_stop(void)
{
	probe_where_use(&probe_where_any);
}

/* Before init, and after exit, the text is all there is. */
static int probe_where_param_set(const char *val, const struct kernel_param *kp)
{
	char *text;
	int err = 0;

	val = skip_spaces(val);
	text = kstrndup(val, probe_param_len(val), GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	strim(text);
	mutex_lock(&probe_mutex);
	if (probe_params_live)
		err = probe_where_change(text);
	if (!err)
		swap(probe_where_param, text);
	mutex_unlock(&probe_mutex);
	kfree(text);
	return err;
}

static int probe_where_param_get(char *buffer, const struct kernel_param *kp)
{
	int len;

	mutex_lock(&probe_mutex);
	len = scnprintf(buffer, PAGE_SIZE, "%s\n", probe_where_param ?: "");
	mutex_unlock(&probe_mutex);
	return len;
}

static void probe_where_param_free(void *arg)
{
	kfree(probe_where_param);
}

static const struct kernel_param_ops probe_where_ops = {
	.set = probe_where_param_set,
	.get = probe_where_param_get,
	.free = probe_where_param_free,
};

module_param_cb(where, &probe_where_ops, NULL, 0600);
MODULE_PARM_DESC(where, "log only hits for which this is true, in the grammar of tracefs' event filters, over the names of args= (arg1 ... without it) and comm pid tid uid cpu, in kretprobe_example also retval took: where='arg1>=0x1000&&comm~\"ssh*\"' (default: empty, all)");
