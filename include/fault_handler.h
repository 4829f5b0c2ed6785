/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault handlers of kprobes, on every kernel.
 *
 * Until 5.14 a kprobe could have a fault handler: called when its pre or post handler
 * accesses memory that is not there. Now, and before:
 *
 *	#include <fault_handler.h>
 *
 *	static int handler_fault(struct kprobe *p, struct pt_regs *regs, int trapnr)
 *	{
 *		...
 *		return 0;
 *	}
 *
 *	static struct fault_kprobe my_probe = {
 *		.kp.symbol_name = "vfs_read",
 *		.kp.pre_handler = handler_pre,
 *		.fault_handler = handler_fault,
 *	};
 *
 *	register_fault_kprobe(&my_probe);	unregister_fault_kprobe(&my_probe);
 *
 * What one C file of a module registers, another one may unregister. The post handler of
 * an ftrace-based probe is called right after its pre handler, before those of other
 * probes at that address.
 *
 * A jprobe has a field fault_handler itself (jprobe.h), and a kretprobe, for which the
 * kernel never had one, becomes a struct fault_kretprobe in the same way.
 *
 * That of a kprobe and of a jprobe is the kernel's own on x86-64 before 5.14. Otherwise:
 *  - for a page fault it is called with trap number 14, once for each, when the pre or
 *    post handler has returned: the kernel has done its fixup by then, so what it
 *    returns is of no effect. @regs is a copy of those at the fault. Of one run of a
 *    handler the first 8 faults are told;
 *  - for a page fault without a fixup it is called in the course of the oops;
 *  - for a general protection fault without a fixup, a wild pointer, it is called with
 *    number 13 before anything else is done. If it returns 1, execution resumes at
 *    regs->ip, which it should have changed.
 * On arm64 nothing tells of all faults (the kernel's own fault handlers were only told of
 * those at addresses of users): it is called, with trap number 0 and the registers of the
 * hit, for what a handler says to fault_handler_note().
 *
 * It may do what a pre handler may. It is not called for faults of the single-stepped
 * instruction.
 */
#ifndef FAULT_HANDLER_H
#define FAULT_HANDLER_H

#include <linux/kdebug.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/notifier.h>
#include <linux/percpu.h>

#include <compat/kprobes.h>
#include <compat/traps.h>
#include <probe/kprobe.h>
#include <probe/shared.h>
#include <probe/pagefault.h>

/* So many faults of one run of a handler are told. */
#define PROBE_FAULT_CONTEXT_MAX 8

/* What goes on in a handler that has a fault handler, on one CPU. */
struct probe_fault_context {
	struct kprobe *kp;
	probe_fault_handler_t handler;
	struct pt_regs *hit;		/* registers at the hit */
	unsigned int context;		/* probe_pagefault_context() */
	unsigned int nr;		/* faults so far, ... */
	struct pt_regs regs[PROBE_FAULT_CONTEXT_MAX + 1];	/* ... and the registers at each */
};

/**
 * struct fault_kprobe - a kprobe with a fault handler
 * @kp:            the kprobe; while it is registered, its handlers are not the given ones
 * @fault_handler: called for faults of its handlers, or NULL
 * @guards:        private
 * @pre:           private: the pre handler as given
 * @post:          private: the post handler as given
 * @pre_calls:     private: the post handler that the pre handler has to call, or NULL
 * @registered:    private
 */
struct fault_kprobe {
	struct kprobe kp;
	probe_fault_handler_t fault_handler;
	struct probe_fault_context __percpu *guards;
	kprobe_pre_handler_t pre;
	kprobe_post_handler_t post;
	kprobe_post_handler_t pre_calls;
	bool registered;
};

/**
 * struct fault_kretprobe - a kretprobe with a fault handler
 * @rp:            the kretprobe; while it is registered, its handlers are not the given ones
 * @fault_handler: called for faults of its handlers, with &rp.kp
 * @guards:        private
 * @entry:         private
 * @ret:           private
 */
struct fault_kretprobe {
	struct kretprobe rp;
	probe_fault_handler_t fault_handler;
	struct probe_fault_context __percpu *guards;
	kretprobe_handler_t entry;
	kretprobe_handler_t ret;
};

/* That of the handler which runs on this CPU. They do not nest, so there is one at most. */
PROBE_SHARED_PER_CPU(struct probe_fault_context *, probe_fault_context_now)

static __always_inline bool probe_fault_context_matches(const struct probe_fault_context *guard)
{
	return guard && guard->context == probe_pagefault_context();
}

/* As probe_pagefault_callback_t says: calls nothing, not even a memcpy(). */
void probe_fault_context_page_fault(void *unused, unsigned long addr, struct pt_regs *regs,
				    unsigned long error);
noinstr PROBE_SHARED void probe_fault_context_page_fault(void *unused, unsigned long addr,
							 struct pt_regs *regs, unsigned long error)
{
	struct probe_fault_context *guard = raw_cpu_read(probe_fault_context_now);
	const unsigned long *from = (const unsigned long *)regs;
	unsigned long *to;
	unsigned int i;

	if (!probe_fault_context_matches(guard))
		return;
	to = (unsigned long *)&guard->regs[guard->nr];
	/* The last place is that of the latest one, which may be fatal. */
	if (guard->nr < PROBE_FAULT_CONTEXT_MAX)
		guard->nr++;
	for (i = 0; i < sizeof(*regs) / sizeof(*to); i++)
		WRITE_ONCE(to[i], from[i]);
}

static noinline __maybe_unused void probe_fault_context_call(struct probe_fault_context *guard)
{
	unsigned int i;

	for (i = 0; i < guard->nr; i++)
		guard->handler(guard->kp, &guard->regs[i], PROBE_TRAP_PAGE_FAULT);
}

/* Without a fixup, a handler does not come to its end. */
int probe_fault_context_die(struct notifier_block *block, unsigned long event, void *data);
PROBE_SHARED int probe_fault_context_die(struct notifier_block *block, unsigned long event, void *data)
{
	/* raw_: a fault may be preemptible, but a handler is not: then it does not concern. */
	struct probe_fault_context *guard = raw_cpu_read(probe_fault_context_now);
	struct die_args *args = data;
	int handled;

	if (!probe_fault_context_matches(guard))
		return NOTIFY_DONE;
	if (event != PROBE_DIE_PROTECTION && event != DIE_OOPS)
		return NOTIFY_DONE;
	/* Faults of the fault handler are not for itself. */
	raw_cpu_write(probe_fault_context_now, NULL);
	if (event == PROBE_DIE_PROTECTION) {
		handled = guard->handler(guard->kp, args->regs, args->trapnr);
		raw_cpu_write(probe_fault_context_now, guard);
		return handled ? NOTIFY_STOP : NOTIFY_DONE;
	}
	probe_fault_context_call(guard);
	/* The fatal one is told even if there was no room for it. */
	if (guard->nr == PROBE_FAULT_CONTEXT_MAX &&
	    instruction_pointer(&guard->regs[guard->nr]) == instruction_pointer(args->regs))
		guard->handler(guard->kp, &guard->regs[guard->nr], PROBE_TRAP_PAGE_FAULT);
	return NOTIFY_DONE;
}
NOKPROBE_SYMBOL(probe_fault_context_die);

extern struct notifier_block probe_fault_context_die_block;
PROBE_SHARED struct notifier_block probe_fault_context_die_block = {
	.notifier_call = probe_fault_context_die,
};

/* Around a handler of a probe that has a fault handler. */
static inline void probe_fault_context_enter(struct probe_fault_context __percpu *guards, struct kprobe *p,
					     struct pt_regs *regs, probe_fault_handler_t handler)
{
	struct probe_fault_context *guard = this_cpu_ptr(guards);

	guard->kp = p;
	guard->handler = handler;
	guard->hit = regs;
	guard->context = probe_pagefault_context();
	guard->nr = 0;
	barrier();
	__this_cpu_write(probe_fault_context_now, guard);
	barrier();
}

static inline void probe_fault_context_exit(void)
{
	struct probe_fault_context *guard = __this_cpu_read(probe_fault_context_now);

	barrier();
	__this_cpu_write(probe_fault_context_now, NULL);
	barrier();
	/* NULL: a debugger has let a handler go on that was about to die */
	if (guard && guard->nr)
		probe_fault_context_call(guard);
}

/* A probe with a fault handler is about to be registered, or is no more. */
static inline int probe_fault_context_create(struct probe_fault_context __percpu **guards)
{
	int err;

	*guards = alloc_percpu(struct probe_fault_context);
	if (!*guards)
		return -ENOMEM;
	err = probe_pagefault_start(probe_fault_context_page_fault, &probe_fault_context_die_block);
	if (!err || err == -EOPNOTSUPP)
		return 0;
	free_percpu(*guards);
	*guards = NULL;
	return err;
}

static inline void probe_fault_context_destroy(struct probe_fault_context __percpu **guards)
{
	probe_pagefault_stop(probe_fault_context_page_fault, &probe_fault_context_die_block);
	free_percpu(*guards);
	*guards = NULL;
}

/**
 * fault_handler_note() - a guarded read of a handler has failed
 *
 * For where nothing else tells of faults; elsewhere it does nothing. To be called by a
 * handler after an error of copy_from_kernel_nofault() and the like.
 *
 * Context: a handler of a probe with a fault handler.
 */
static inline void fault_handler_note(void)
{
	struct probe_fault_context *guard = __this_cpu_read(probe_fault_context_now);

	if (guard && !probe_pagefault.users && guard->nr < PROBE_FAULT_CONTEXT_MAX)
		guard->regs[guard->nr++] = *guard->hit;
}

static inline void probe_fault_kprobe_post(struct kprobe *p, struct pt_regs *regs,
					   unsigned long flags)
{
	struct fault_kprobe *fk = container_of(p, struct fault_kprobe, kp);

	probe_fault_context_enter(fk->guards, p, regs, fk->fault_handler);
	fk->post(p, regs, flags);
	probe_fault_context_exit();
}

static inline int probe_fault_kprobe_pre(struct kprobe *p, struct pt_regs *regs)
{
	struct fault_kprobe *fk = container_of(p, struct fault_kprobe, kp);
	int ret = 0;

	if (fk->pre && fk->guards) {
		probe_fault_context_enter(fk->guards, p, regs, fk->fault_handler);
		ret = fk->pre(p, regs);
		probe_fault_context_exit();
	} else if (fk->pre) {
		ret = fk->pre(p, regs);
	}
	if (!ret && fk->pre_calls)
		probe_post_call(p, regs, fk->pre_calls);
	return ret;
}

/* Give the probe the handlers with which it is registered. */
static inline int probe_kprobe_guard(struct fault_kprobe *fk)
{
	bool guarded = fk->fault_handler && !probe_fault_handler_set(&fk->kp, fk->fault_handler);
	int err = guarded ? probe_fault_context_create(&fk->guards) : 0;

	if (err)
		return err;
	fk->pre = fk->kp.pre_handler;
	fk->post = fk->kp.post_handler;
	if (guarded || fk->post)
		fk->kp.pre_handler = probe_fault_kprobe_pre;
	if (guarded && fk->post)
		fk->kp.post_handler = probe_fault_kprobe_post;
	return 0;
}

/* Give the probe, which is not registered, its handlers back. */
static inline void probe_fault_kprobe_restore(struct fault_kprobe *fk)
{
	if (fk->fault_handler)
		probe_fault_handler_set(&fk->kp, NULL);
	fk->kp.pre_handler = fk->pre;
	fk->kp.post_handler = fk->post;
	if (fk->guards)
		probe_fault_context_destroy(&fk->guards);
}

/* Unregister those of up to PROBE_KPROBES_BATCH probes that are registered. */
static inline void probe_fault_kprobes_unregister(struct fault_kprobe **fks, int num)
{
	struct kprobe *kps[PROBE_KPROBES_BATCH];
	int i, nr = 0;

	for (i = 0; i < num; i++)
		if (!probe_kprobe_is_among(&fks[i]->kp, kps, nr) &&
		    probe_kprobe_is_registered(&fks[i]->kp))
			kps[nr++] = &fks[i]->kp;
	probe_kprobes_unregister(kps, nr);
	for (i = 0; i < num; i++) {
		/* The kernel goes on using one without an address. */
		if (fks[i]->registered && fks[i]->kp.addr)
			probe_fault_kprobe_restore(fks[i]);
		fks[i]->registered = false;
	}
}

/**
 * unregister_fault_kprobes() - unregister several kprobes with fault handlers
 * @fks: the probes; those that are not registered are left alone
 * @num: how many; nothing is done unless it is positive
 *
 * Waits until no CPU runs one of their handlers any more; once for up to 32 of them.
 *
 * Context: process context, may sleep.
 */
static inline void unregister_fault_kprobes(struct fault_kprobe **fks, int num)
{
	for (; num > 0; num -= PROBE_KPROBES_BATCH, fks += PROBE_KPROBES_BATCH)
		probe_fault_kprobes_unregister(fks, min(num, PROBE_KPROBES_BATCH));
}

/**
 * unregister_fault_kprobe() - unregister a kprobe with a fault handler
 * @fk: the probe; nothing is done if it is not registered
 *
 * Waits until no CPU runs one of its handlers any more.
 *
 * Context: process context, may sleep.
 */
static inline void unregister_fault_kprobe(struct fault_kprobe *fk)
{
	unregister_fault_kprobes(&fk, 1);
}

/**
 * register_fault_kprobe() - register a kprobe with a fault handler
 * @fk: the probe and its handlers
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if it is registered; -ENOMEM; an error of register_kprobe(),
 * enable_kprobe() or tracepoint_probe_register().
 */
static inline int register_fault_kprobe(struct fault_kprobe *fk)
{
	int err;

	if (probe_kprobe_is_registered(&fk->kp))
		return -EINVAL;	/* or its handlers would come to call themselves */
	err = probe_kprobe_guard(fk);
	if (err)
		return err;
	err = probe_kprobe_register(&fk->kp, &fk->pre_calls);
	fk->registered = !err;
	if (err)
		probe_fault_kprobe_restore(fk);
	return err;
}

/**
 * register_fault_kprobes() - register several kprobes with fault handlers, all or none
 * @fks: the probes
 * @num: how many
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if @num is not positive; the error of the first one that could not
 * be registered.
 */
static inline int register_fault_kprobes(struct fault_kprobe **fks, int num)
{
	int i, err;

	if (num <= 0)
		return -EINVAL;
	for (i = 0; i < num; i++) {
		err = register_fault_kprobe(fks[i]);
		if (err) {
			unregister_fault_kprobes(fks, i);
			return err;
		}
	}
	return 0;
}

/* A call whose probe is just being unregistered is let go. */
static inline int probe_fault_kretprobe_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct kretprobe *rp = get_kretprobe(ri);
	struct fault_kretprobe *fk = container_of(rp, struct fault_kretprobe, rp);
	int ret;

	if (!rp)
		return 1;
	probe_fault_context_enter(fk->guards, &rp->kp, regs, fk->fault_handler);
	ret = fk->entry(ri, regs);
	probe_fault_context_exit();
	return ret;
}

static inline int probe_fault_kretprobe_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct kretprobe *rp = get_kretprobe(ri);
	struct fault_kretprobe *fk = container_of(rp, struct fault_kretprobe, rp);

	if (!rp)
		return 0;
	probe_fault_context_enter(fk->guards, &rp->kp, regs, fk->fault_handler);
	fk->ret(ri, regs);
	probe_fault_context_exit();
	return 0;
}

static inline void probe_fault_kretprobe_restore(struct fault_kretprobe *fk)
{
	if (!fk->guards)
		return;
	fk->rp.entry_handler = fk->entry;
	fk->rp.handler = fk->ret;
	probe_fault_context_destroy(&fk->guards);
}

/**
 * unregister_fault_kretprobe() - unregister a kretprobe with a fault handler
 * @fk: the probe; nothing is done if it is not registered
 *
 * Waits until no CPU runs one of its handlers any more.
 *
 * Context: process context, may sleep.
 */
static inline void unregister_fault_kretprobe(struct fault_kretprobe *fk)
{
	struct kretprobe *rp = &fk->rp;

	if (probe_kprobe_is_registered(&rp->kp))
		probe_kretprobes_unregister(&rp, 1);
	/* The kernel goes on using one without an address. */
	if (rp->kp.addr)
		probe_fault_kretprobe_restore(fk);
}

/**
 * register_fault_kretprobe() - register a kretprobe with a fault handler
 * @fk: the probe and its handlers
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if it is registered; -ENOMEM; an error of register_kretprobe() or
 * of tracepoint_probe_register().
 */
static inline int register_fault_kretprobe(struct fault_kretprobe *fk)
{
	int err;

	if (probe_kprobe_is_registered(&fk->rp.kp))
		return -EINVAL;
	if (!fk->fault_handler)
		return register_kretprobe(&fk->rp);
	err = probe_fault_context_create(&fk->guards);
	if (err)
		return err;
	fk->entry = fk->rp.entry_handler;
	fk->ret = fk->rp.handler;
	if (fk->entry)
		fk->rp.entry_handler = probe_fault_kretprobe_entry;
	if (fk->ret)
		fk->rp.handler = probe_fault_kretprobe_return;
	err = register_kretprobe(&fk->rp);
	if (err)
		probe_fault_kretprobe_restore(fk);
	return err;
}

#endif
