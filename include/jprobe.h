/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The jprobe API of Linux 4.14, on every kernel since.
 *
 * A jprobe calls a function of yours, the entry function, each time another
 * function is entered, and gives it the same arguments:
 *
 *	#include <jprobe.h>
 *
 *	static long j_vfs_read(struct file *file, char __user *buf, size_t count,
 *			       loff_t *pos)
 *	{
 *		...
 *		jprobe_return();
 *		return 0;
 *	}
 *
 *	static struct jprobe my_jprobe = {
 *		.entry = j_vfs_read,
 *		.kp.symbol_name = "vfs_read",
 *	};
 *
 *	register_jprobe(&my_jprobe);
 *
 * A module written for 4.14 needs this #include and, unless it has a fault handler or the
 * probed function has changed since, no other change.
 *
 * How it works: a jprobe is a kprobe whose pre handler calls the entry function
 * with what is in the argument registers, followed by the words of the stack
 * where further arguments would be. The calling convention does the rest: an
 * entry function takes as many as its prototype says. Text is not patched and
 * the instruction pointer not changed, as the kernel's own jprobes did, so the
 * probe may be ftrace-based or jump-optimised, and it does no harm if an entry
 * function forgets jprobe_return().
 *
 * What differs from 4.14:
 *  - a fault handler is given in jprobe.fault_handler, not in kp.fault_handler;
 *  - statements after jprobe_return() are executed;
 *  - the stack arguments that the entry function sees are copies: what it
 *    writes there never reaches the probed function (nor did the registers);
 *  - at most 18 words of arguments are passed on, registers included;
 *  - a result of more than 16 bytes is written to where the caller wants that of the
 *    probed function, which then runs and overwrites it;
 *  - a struct by value of more than 16 bytes is, on arm64, the probed function's own copy;
 *  - where the probe is an int3 or a BRK, not ftrace-based or optimised, the
 *    entry function runs with interrupts off;
 *  - of several probes on a function the one that was registered last is called first:
 *    a jprobe did not come before a kprobe;
 *  - one jprobe per address is enforced among the jprobes of one module only;
 *  - where the probe is ftrace-based, kp.post_handler is called right after the entry
 *    function, before the handlers of other probes at that address.
 *
 * An entry function runs in a probe handler: it must not sleep, and printing
 * from it can hang the machine if it is on the way to the console. It may be
 * anywhere the compiler puts a function, but is called indirectly without the
 * type check of kernel CFI, as its type is nobody's but its own; on a CPU that
 * enforces IBT under FineIBT the kernel removes the ENDBR of functions whose
 * address is never taken as it sees it, and such a call would trap.
 */
#ifndef JPROBE_H
#define JPROBE_H

#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <compat/call.h>
#include <compat/compiler_types.h>
#include <compat/module.h>
#include <compat/ptrace.h>
#include <fault_handler.h>
#include <probe/kprobe.h>
#include <probe/shared.h>

/**
 * struct jprobe - a probe that calls a function with the probed one's arguments
 * @kp:    what to probe (symbol_name or addr); post_handler may be set;
 *         pre_handler is used by the jprobe itself
 * @entry: the function to call, of the same type as the probed one
 * @fault_handler: called for page faults of the entry function and of kp.post_handler,
 *         or NULL; what was kp.fault_handler (fault_handler.h tells more)
 * @guards: private
 * @post:  private: the post handler as given
 * @pre_calls: private: the post handler that the pre handler has to call, or NULL
 * @list:  private
 */
struct jprobe {
	struct kprobe kp;
	void *entry;
	probe_fault_handler_t fault_handler;
	struct probe_fault_context __percpu *guards;
	kprobe_post_handler_t post;
	kprobe_post_handler_t pre_calls;
	struct list_head list;
};

#define JPROBE_ENTRY(handler) (handler)

/**
 * jprobe_return() - ends an entry function
 *
 * Nothing has to be done any more; an entry function may as well just return.
 *
 * Context: an entry function.
 */
static inline void jprobe_return(void)
{
}

/*
 * Which entry function runs on this CPU, and the registers at the hit. Probe
 * handlers do not nest, so there is one at most.
 */
PROBE_SHARED_PER_CPU(struct jprobe *, probe_jprobe_now)
PROBE_SHARED_PER_CPU(struct pt_regs *, probe_jprobe_regs)

/* The registered ones. */
extern struct list_head probe_jprobes;
extern struct mutex probe_jprobes_mutex;
PROBE_SHARED struct list_head probe_jprobes = LIST_HEAD_INIT(probe_jprobes);
PROBE_SHARED struct mutex probe_jprobes_mutex = __MUTEX_INITIALIZER(probe_jprobes_mutex);

/**
 * jprobe_running() - the jprobe whose entry function is running
 *
 * Context: an entry function.
 */
static inline struct jprobe *jprobe_running(void)
{
	return __this_cpu_read(probe_jprobe_now);
}

/**
 * jprobe_regs() - the registers with which the probed function was entered
 *
 * Context: an entry function.
 */
static inline struct pt_regs *jprobe_regs(void)
{
	return __this_cpu_read(probe_jprobe_regs);
}

/* Word i of the arguments. NOCHECK: for KASAN another's frame is out of bounds. */
#define PROBE_JPROBE_WORD(i)						\
	((i) < PROBE_REG_ARGS ? reg[(i) % PROBE_REG_ARGS] :			\
	 READ_ONCE_NOCHECK(stack[(i) - min(i, PROBE_REG_ARGS)]))

/* Call an entry function with what is in the registers, then what is at @stack. */
static __always_inline void __nocfi probe_jprobe_call(const struct jprobe *jp,
						      const struct pt_regs *regs,
						      const unsigned long *stack)
{
	/* Through READ_ONCE, for GCC traps on a call that it sees is of another type. */
	probe_call_t entry = (probe_call_t)READ_ONCE(jp->entry);
	unsigned long reg[PROBE_REG_ARGS];

	probe_reg_args(regs, reg);
	probe_call(entry, regs,
		   PROBE_JPROBE_WORD(0), PROBE_JPROBE_WORD(1), PROBE_JPROBE_WORD(2),
		   PROBE_JPROBE_WORD(3), PROBE_JPROBE_WORD(4), PROBE_JPROBE_WORD(5),
		   PROBE_JPROBE_WORD(6), PROBE_JPROBE_WORD(7), PROBE_JPROBE_WORD(8),
		   PROBE_JPROBE_WORD(9), PROBE_JPROBE_WORD(10), PROBE_JPROBE_WORD(11),
		   PROBE_JPROBE_WORD(12), PROBE_JPROBE_WORD(13), PROBE_JPROBE_WORD(14),
		   PROBE_JPROBE_WORD(15), PROBE_JPROBE_WORD(16), PROBE_JPROBE_WORD(17));
}

/*
 * A function may run at the very end of a stack, as those of an interrupt do,
 * with a guard page behind it. What lies on the page of the last byte before the
 * words is there; what lies on the next may not be, and then reads as 0.
 */
static noinline void __nocfi probe_jprobe_call_at_edge(const struct jprobe *jp,
					       const struct pt_regs *regs,
					       const unsigned long *stack)
{
	struct probe_fault_context *guard = __this_cpu_read(probe_fault_context_now);
	unsigned long copy[PROBE_CALL_WORDS - PROBE_REG_ARGS] = {};
	unsigned int i;

	/* A fault here is none of the entry function's. (Before 5.14 it is told all the same.) */
	__this_cpu_write(probe_fault_context_now, NULL);
	barrier();
	for (i = 0; i < ARRAY_SIZE(copy); i++)
		if (copy_from_kernel_nofault(&copy[i], &stack[i], sizeof(copy[i])))
			break;
	barrier();
	__this_cpu_write(probe_fault_context_now, guard);
	probe_jprobe_call(jp, regs, copy);
}

static int __nocfi probe_jprobe_pre_handler(struct kprobe *p, struct pt_regs *regs)
{
	const unsigned long *stack = (const unsigned long *)
		(kernel_stack_pointer(regs) + PROBE_STACK_ARGS_OFFSET);
	struct jprobe *jp = container_of(p, struct jprobe, kp);

	__this_cpu_write(probe_jprobe_now, jp);
	__this_cpu_write(probe_jprobe_regs, regs);
	if (likely(offset_in_page((unsigned long)stack - 1) < PAGE_SIZE -
		   (PROBE_CALL_WORDS - PROBE_REG_ARGS) * sizeof(long)))
		probe_jprobe_call(jp, regs, stack);
	else
		probe_jprobe_call_at_edge(jp, regs, stack);
	__this_cpu_write(probe_jprobe_now, NULL);
	return 0;
}

static void probe_jprobe_post_fault(struct kprobe *p, struct pt_regs *regs,
				    unsigned long flags)
{
	struct jprobe *jp = container_of(p, struct jprobe, kp);

	probe_fault_context_enter(jp->guards, p, regs, jp->fault_handler);
	jp->post(p, regs, flags);
	probe_fault_context_exit();
}

/* As probe_jprobe_pre_handler(), with a fault handler or a post handler. */
static int probe_jprobe_pre_more(struct kprobe *p, struct pt_regs *regs)
{
	struct jprobe *jp = container_of(p, struct jprobe, kp);

	if (jp->guards) {
		probe_fault_context_enter(jp->guards, p, regs, jp->fault_handler);
		probe_jprobe_pre_handler(p, regs);
		probe_fault_context_exit();
	} else {
		probe_jprobe_pre_handler(p, regs);
	}
	if (jp->pre_calls)
		probe_post_call(p, regs, jp->pre_calls);
	return 0;
}

/* Give the jprobe the handlers with which it is registered. */
static inline int probe_jprobe_set_handlers(struct jprobe *jp)
{
	bool guarded = jp->fault_handler && !probe_fault_handler_set(&jp->kp, jp->fault_handler);
	int err = guarded ? probe_fault_context_create(&jp->guards) : 0;

	if (err)
		return err;
	jp->post = jp->kp.post_handler;
	jp->kp.pre_handler = guarded || jp->post ? probe_jprobe_pre_more :
						   probe_jprobe_pre_handler;
	if (guarded && jp->post)
		jp->kp.post_handler = probe_jprobe_post_fault;
	return 0;
}

/* Give the jprobe, which is not registered, its post handler back. */
static inline void probe_jprobe_restore_handlers(struct jprobe *jp)
{
	if (jp->fault_handler)
		probe_fault_handler_set(&jp->kp, NULL);
	jp->kp.post_handler = jp->post;
	if (jp->guards)
		probe_fault_context_destroy(&jp->guards);
}

/* Is this the first instruction of a function? Under probe_jprobes_mutex. */
static inline bool probe_jprobe_at_start(const void *addr)
{
	static char name[KSYM_SYMBOL_LEN];

	sprint_symbol(name, (unsigned long)addr);
	return strstr(name, "+0x0/");
}

/**
 * register_jprobe() - have a function called each time another one is entered
 * @jp: the jprobe; with KPROBE_FLAG_DISABLED in kp.flags it stays silent until
 *      enable_jprobe()
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if there is no entry function, if it or the target is not
 * the start of a function, if @jp is registered, or for a function that must
 * not be probed; -ENOENT if there is no such symbol; -EEXIST if this module has
 * a jprobe at that address; -ENOMEM; others of register_kprobe(), enable_kprobe() and
 * tracepoint_probe_register().
 */
static inline int register_jprobe(struct jprobe *jp)
{
	const struct kprobe given = jp->kp;
	struct jprobe *other;
	int err = -EINVAL;

	mutex_lock(&probe_jprobes_mutex);
	if (!jp->entry || !probe_jprobe_at_start(jp->entry) ||
	    probe_is_module_data(jp->entry) || jp->kp.offset ||
	    (jp->kp.addr && !probe_jprobe_at_start(jp->kp.addr)) ||
	    probe_kprobe_is_registered(&jp->kp))
		goto unlock;
	list_for_each_entry(other, &probe_jprobes, list)
		if (other == jp)
			goto unlock;
	err = probe_jprobe_set_handlers(jp);
	if (err)
		goto unlock;
	/* It is not to be hit before it is known to be the only one at its address. */
	jp->kp.flags |= KPROBE_FLAG_DISABLED;
	err = probe_kprobe_register(&jp->kp, &jp->pre_calls);
	if (err)
		goto unguard;
	list_for_each_entry(other, &probe_jprobes, list)
		if (other->kp.addr == jp->kp.addr)
			err = -EEXIST;
	if (!err && !(given.flags & KPROBE_FLAG_DISABLED))
		err = probe_kprobe_arm(&jp->kp);
	if (!err) {
		list_add(&jp->list, &probe_jprobes);
		goto unlock;
	}
	unregister_kprobe(&jp->kp);
unguard:
	probe_jprobe_restore_handlers(jp);
	jp->kp = given;
unlock:
	mutex_unlock(&probe_jprobes_mutex);
	return err;
}

/* Unregister those of up to PROBE_KPROBES_BATCH jprobes that are registered. */
static inline void probe_jprobes_unregister(struct jprobe **jps, int num)
{
	struct kprobe *kps[PROBE_KPROBES_BATCH];
	struct jprobe *jp, *next;
	LIST_HEAD(ours);
	int i, nr = 0;

	for (i = 0; i < num; i++) {
		list_for_each_entry_safe(jp, next, &probe_jprobes, list)
			if (jp == jps[i])
				list_move(&jp->list, &ours);
		/* Not only ours: register_kprobe() may have been called for its kp. */
		if (!probe_kprobe_is_among(&jps[i]->kp, kps, nr) &&
		    probe_kprobe_is_registered(&jps[i]->kp))
			kps[nr++] = &jps[i]->kp;
	}
	probe_kprobes_unregister(kps, nr);
	list_for_each_entry_safe(jp, next, &ours, list) {
		list_del(&jp->list);
		/* The kernel goes on using one without an address. */
		if (jp->kp.addr)
			probe_jprobe_restore_handlers(jp);
	}
}

/**
 * unregister_jprobes() - unregister several jprobes
 * @jps: the jprobes; those that are not registered are left alone
 * @num: how many; nothing is done unless it is positive
 *
 * Waits until no CPU runs one of their entry functions any more; once for up to 32
 * of them.
 *
 * Context: process context, may sleep.
 */
static inline void unregister_jprobes(struct jprobe **jps, int num)
{
	mutex_lock(&probe_jprobes_mutex);
	for (; num > 0; num -= PROBE_KPROBES_BATCH, jps += PROBE_KPROBES_BATCH)
		probe_jprobes_unregister(jps, min(num, PROBE_KPROBES_BATCH));
	mutex_unlock(&probe_jprobes_mutex);
}

/**
 * unregister_jprobe() - unregister a jprobe
 * @jp: the jprobe; nothing is done if it is not registered
 *
 * Waits until no CPU runs its entry function any more.
 *
 * Context: process context, may sleep.
 */
static inline void unregister_jprobe(struct jprobe *jp)
{
	unregister_jprobes(&jp, 1);
}

/**
 * register_jprobes() - register several jprobes, all or none
 * @jps: the jprobes
 * @num: how many
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if @num is not positive; the error of the first one that
 * could not be registered.
 */
static inline int register_jprobes(struct jprobe **jps, int num)
{
	int i, err;

	if (num <= 0)
		return -EINVAL;
	for (i = 0; i < num; i++) {
		err = register_jprobe(jps[i]);
		if (err) {
			unregister_jprobes(jps, i);
			return err;
		}
	}
	return 0;
}

/**
 * disable_jprobe() - silence a jprobe
 * @jp: the jprobe
 *
 * Does not wait for an entry function that is running.
 *
 * Context: process context, may sleep.
 * Return: 0, -EINVAL if it is not registered; others of disable_kprobe().
 */
static inline int disable_jprobe(struct jprobe *jp)
{
	return disable_kprobe(&jp->kp);
}

/**
 * enable_jprobe() - let a jprobe speak again
 * @jp: the jprobe
 *
 * Context: process context, may sleep.
 * Return: 0, -EINVAL if it is not registered or its target is gone; others of
 * enable_kprobe().
 */
static inline int enable_jprobe(struct jprobe *jp)
{
	return enable_kprobe(&jp->kp);
}

#endif
