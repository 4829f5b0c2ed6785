/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The jprobe API of Linux 4.14 for all supported kernels.
 *
 * Each time the probed function is entered, a jprobe calls another function, the entry
 * function, with the same arguments:
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
 * A module written for 4.14 needs this #include. It needs no other change, unless it has a
 * fault handler or the probed function has changed since.
 *
 * How it works: a jprobe is a kprobe whose pre handler calls the entry function with the
 * contents of the argument registers, followed by the words of the stack where further
 * arguments would be. By the calling convention, the entry function finds its arguments
 * there. The kernel's own jprobes changed the instruction pointer instead. Because this does
 * not, the probe may be ftrace-based or optimized, and jprobe_return() is optional.
 *
 * Differences from 4.14:
 *  - a fault handler is set in jprobe.fault_handler, not in kp.fault_handler;
 *  - statements after jprobe_return() are executed;
 *  - the stack arguments of the entry function are copies: a write to them does not change
 *    those of the probed function (4.14 restored them);
 *  - at most 18 words of arguments are passed, registers included;
 *  - a return value of more than 16 bytes is written to the memory for the return value of
 *    the probed function, which overwrites it later;
 *  - on arm64 and riscv64, a struct of more than 16 bytes that is passed by value is not a
 *    copy: the entry function gets the one of the probed function;
 *  - if the probe is a breakpoint, neither ftrace-based nor optimized, the entry function
 *    runs with interrupts disabled;
 *  - of several probes on a function the one that was registered last is called first; in
 *    4.14 a jprobe was called after the kprobes;
 *  - only jprobes of the same module are rejected as a second one at an address;
 *  - if the probe is ftrace-based, kp.post_handler is called right after the entry
 *    function, before the handlers of other probes at that address.
 *
 * An entry function runs in a probe handler. It must not sleep, and printk() in it can hang
 * the machine if the probed function is used for printing.
 *
 * It is called indirectly and without the type check of kernel CFI, because the pre handler
 * does not know its type. With FineIBT the kernel removes the ENDBR at the start of
 * functions, so such a call traps on a CPU that enforces IBT.
 */
#ifndef JPROBE_H
#define JPROBE_H

#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <compat/compiler_types.h>
#include <compat/module.h>
#include <fault_handler.h>
#include <probe/arch.h>
#include <probe/kprobe.h>
#include <probe/renamed.h>
#include <probe/shared.h>

/**
 * struct jprobe - a probe that calls a function with the arguments of the probed function
 * @kp:            symbol_name or addr, and optionally post_handler, are set by the user;
 *                 pre_handler is set by register_jprobe()
 * @entry:         the entry function, of the same type as the probed function
 * @fault_handler: called for page faults of the entry function and of kp.post_handler, or
 *                 NULL; it was kp.fault_handler in 4.14 (see fault_handler.h)
 * @contexts:      private
 * @post:          private: the post handler that the user has set
 * @ftrace_post:   private: the post handler that the pre handler calls, or NULL
 * @list:          private
 */
struct jprobe {
	struct kprobe kp;
	void *entry;
	probe_fault_handler_t fault_handler;
	struct probe_fault_context __percpu *contexts;
	kprobe_post_handler_t post;
	kprobe_post_handler_t ftrace_post;
	struct list_head list;
};

#define JPROBE_ENTRY(handler) (handler)

/**
 * jprobe_return() - end an entry function
 *
 * Does nothing; it exists for source compatibility with 4.14.
 *
 * Context: an entry function.
 */
static inline void jprobe_return(void)
{
}

/*
 * The jprobe whose entry function is running on this CPU, and the registers at the hit.
 * Handlers do not nest on a CPU, so there is at most one.
 */
PROBE_SHARED_PER_CPU(struct jprobe *, probe_jprobe_current)
PROBE_SHARED_PER_CPU(struct pt_regs *, probe_jprobe_regs)

/* All registered jprobes of this module, and the mutex that protects the list. */
extern struct list_head probe_jprobes;
extern struct mutex probe_jprobes_mutex;
PROBE_SHARED struct list_head probe_jprobes = LIST_HEAD_INIT(probe_jprobes);
PROBE_SHARED struct mutex probe_jprobes_mutex = __MUTEX_INITIALIZER(probe_jprobes_mutex);

/**
 * jprobe_running() - the jprobe whose entry function is running on this CPU
 *
 * Context: an entry function.
 */
static inline struct jprobe *jprobe_running(void)
{
	return __this_cpu_read(probe_jprobe_current);
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

/* Word i of the arguments. NOCHECK: KASAN rejects reads of another function's frame. */
#define PROBE_JPROBE_WORD(i)						\
	((i) < PROBE_REG_ARGS ? reg[(i) % PROBE_REG_ARGS] :			\
	 READ_ONCE_NOCHECK(stack[(i) - min(i, PROBE_REG_ARGS)]))

/* Call an entry function with the words in the registers, followed by those at @stack. */
static __always_inline void __nocfi probe_jprobe_call(const struct jprobe *jp,
						      const struct pt_regs *regs,
						      const unsigned long *stack)
{
	/* READ_ONCE() hides the type: GCC replaces a call with the wrong type by a trap. */
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
 * As probe_jprobe_call(), if the words at @stack cross a page boundary. A function may run at
 * the very end of a stack, for example in an interrupt, with a guard page after it. Words
 * that cannot be read are passed as 0.
 */
static noinline void __nocfi probe_jprobe_call_at_edge(const struct jprobe *jp,
						       const struct pt_regs *regs,
						       const unsigned long *stack)
{
	struct probe_fault_context *fc = __this_cpu_read(probe_fault_context_current);
	unsigned long copy[PROBE_CALL_WORDS - PROBE_REG_ARGS] = {};
	unsigned int i;

	/*
	 * The fault handler is for faults of the entry function, not for this one. (Before
	 * 5.14, the kernel calls it nevertheless.)
	 */
	__this_cpu_write(probe_fault_context_current, NULL);
	barrier();
	for (i = 0; i < ARRAY_SIZE(copy); i++)
		if (copy_from_kernel_nofault(&copy[i], &stack[i], sizeof(copy[i])))
			break;
	barrier();
	__this_cpu_write(probe_fault_context_current, fc);
	probe_jprobe_call(jp, regs, copy);
}

static int __nocfi probe_jprobe_pre_handler(struct kprobe *p, struct pt_regs *regs)
{
	const unsigned long *stack = (const unsigned long *)
		(kernel_stack_pointer(regs) + PROBE_STACK_ARGS_OFFSET);
	struct jprobe *jp = container_of(p, struct jprobe, kp);

	__this_cpu_write(probe_jprobe_current, jp);
	__this_cpu_write(probe_jprobe_regs, regs);
	if (likely(offset_in_page((unsigned long)stack - 1) < PAGE_SIZE -
		   (PROBE_CALL_WORDS - PROBE_REG_ARGS) * sizeof(long)))
		probe_jprobe_call(jp, regs, stack);
	else
		probe_jprobe_call_at_edge(jp, regs, stack);
	__this_cpu_write(probe_jprobe_current, NULL);
	return 0;
}

static void probe_jprobe_post_fault(struct kprobe *p, struct pt_regs *regs,
				    unsigned long flags)
{
	struct jprobe *jp = container_of(p, struct jprobe, kp);

	probe_fault_context_enter(jp->contexts, p, regs, jp->fault_handler);
	jp->post(p, regs, flags);
	probe_fault_context_exit();
}

/* The pre handler of a jprobe with a fault handler or a post handler. */
static int probe_jprobe_pre_extra(struct kprobe *p, struct pt_regs *regs)
{
	struct jprobe *jp = container_of(p, struct jprobe, kp);

	if (jp->contexts) {
		probe_fault_context_enter(jp->contexts, p, regs, jp->fault_handler);
		probe_jprobe_pre_handler(p, regs);
		probe_fault_context_exit();
	} else {
		probe_jprobe_pre_handler(p, regs);
	}
	if (jp->ftrace_post)
		probe_kprobe_call_post(p, regs, jp->ftrace_post);
	return 0;
}

/* Set the handlers with which the jprobe is registered. */
static inline int probe_jprobe_set_handlers(struct jprobe *jp)
{
	bool with_context = jp->fault_handler &&
			    !probe_fault_handler_set(&jp->kp, jp->fault_handler);
	int err = with_context ? probe_fault_context_create(&jp->contexts) : 0;

	if (err)
		return err;
	jp->post = jp->kp.post_handler;
	jp->kp.pre_handler = with_context || jp->post ? probe_jprobe_pre_extra :
						   probe_jprobe_pre_handler;
	if (with_context && jp->post)
		jp->kp.post_handler = probe_jprobe_post_fault;
	return 0;
}

/* Undo probe_jprobe_set_handlers(), after the jprobe was unregistered. */
static inline void probe_jprobe_restore_handlers(struct jprobe *jp)
{
	if (jp->fault_handler)
		probe_fault_handler_set(&jp->kp, NULL);
	jp->kp.post_handler = jp->post;
	if (jp->contexts)
		probe_fault_context_destroy(&jp->contexts);
}

/* As register_jprobe(), without a line for a function that was renamed. */
static inline int probe_jprobe_register(struct jprobe *jp)
{
	const struct kprobe given = jp->kp;
	struct jprobe *other;
	int err = -EINVAL;

	mutex_lock(&probe_jprobes_mutex);
	if (!jp->entry || !probe_kprobe_at_start(jp->entry) ||
	    probe_is_module_data(jp->entry) || jp->kp.offset ||
	    (jp->kp.addr && !probe_kprobe_at_start(jp->kp.addr)) ||
	    probe_kprobe_is_registered(&jp->kp))
		goto unlock;
	list_for_each_entry(other, &probe_jprobes, list)
		if (other == jp)
			goto unlock;
	err = probe_jprobe_set_handlers(jp);
	if (err)
		goto unlock;
	/* Not armed before it is known to be the only jprobe at its address. */
	jp->kp.flags |= KPROBE_FLAG_DISABLED;
	err = probe_kprobe_register(&jp->kp, &jp->ftrace_post);
	if (err)
		goto restore;
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
restore:
	probe_jprobe_restore_handlers(jp);
	jp->kp = given;
unlock:
	mutex_unlock(&probe_jprobes_mutex);
	return err;
}

/**
 * register_jprobe() - register a jprobe
 * @jp: the jprobe; with KPROBE_FLAG_DISABLED in kp.flags it is not armed before
 *      enable_jprobe()
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if there is no entry function, if it or the target is not the start of
 * a function, if @jp is already registered, or for a function that must not be probed;
 * -ENOENT if there is no such symbol, with a line in dmesg if it is known to have been
 * renamed; -EEXIST if this module already has a jprobe at that address; -ENOMEM; other errors
 * of register_kprobe(), enable_kprobe() and tracepoint_probe_register().
 */
static inline int register_jprobe(struct jprobe *jp)
{
	int err = probe_jprobe_register(jp);

	probe_renamed_report(&jp->kp, err);
	return err;
}

/*
 * Unregister jprobes, with one wait for all; skip those that are not registered. @kps and @addrs
 * have room for as many. Called under probe_jprobes_mutex.
 */
static inline void probe_jprobes_unregister(struct jprobe **jps, int num, struct kprobe **kps,
					    const void **addrs)
{
	struct jprobe *jp, *next;
	LIST_HEAD(unregistered);
	int i, nr = 0;

	for (i = 0; i < num; i++) {
		list_for_each_entry_safe(jp, next, &probe_jprobes, list)
			if (jp == jps[i])
				list_move(&jp->list, &unregistered);
		/* Also those not on the list: the user may have registered jp->kp itself. */
		if (!probe_kprobe_is_among(&jps[i]->kp, kps, nr) &&
		    probe_kprobe_is_registered(&jps[i]->kp))
			kps[nr++] = &jps[i]->kp;
	}
	probe_kprobes_unregister(kps, addrs, nr);
	list_for_each_entry_safe(jp, next, &unregistered, list) {
		list_del(&jp->list);
		/* Without an address, the kernel could not disarm it and still uses it. */
		if (jp->kp.addr)
			probe_jprobe_restore_handlers(jp);
	}
}

/**
 * unregister_jprobes() - unregister several jprobes
 * @jps: the jprobes; those that are not registered are skipped
 * @num: number of jprobes; nothing is done unless it is positive
 *
 * Waits until no CPU runs one of their entry functions any more, once for each 32 jprobes.
 *
 * Context: process context, may sleep.
 */
static inline void unregister_jprobes(struct jprobe **jps, int num)
{
	const void *addrs[PROBE_KPROBES_BATCH];
	struct kprobe *kps[PROBE_KPROBES_BATCH];

	mutex_lock(&probe_jprobes_mutex);
	for (; num > 0; num -= PROBE_KPROBES_BATCH, jps += PROBE_KPROBES_BATCH)
		probe_jprobes_unregister(jps, min(num, PROBE_KPROBES_BATCH), kps, addrs);
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
 * @num: number of jprobes
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
 * disable_jprobe() - disarm a jprobe
 * @jp: the jprobe
 *
 * Does not wait for an entry function that is running.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if it is not registered; another error of disable_kprobe().
 */
static inline int disable_jprobe(struct jprobe *jp)
{
	return disable_kprobe(&jp->kp);
}

/**
 * enable_jprobe() - arm a jprobe
 * @jp: the jprobe
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if it is not registered or its target is gone; another error of
 * enable_kprobe().
 */
static inline int enable_jprobe(struct jprobe *jp)
{
	return enable_kprobe(&jp->kp);
}

#endif
