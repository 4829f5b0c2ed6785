/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault handlers of kprobes and kretprobes for all supported kernels.
 *
 * Until 5.14 a kprobe could have a fault handler, which was called for a page fault of its
 * pre or post handler. With this header, on older and newer kernels:
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
 * A probe may be unregistered by another C file of the module than the one that registered
 * it. The post handler of an ftrace-based probe is called right after its pre handler,
 * before those of other probes at that address.
 *
 * A struct jprobe has a field fault_handler of its own (jprobe.h). For a kretprobe, which
 * never had a fault handler in the kernel, use struct fault_kretprobe in the same way.
 *
 * On x86-64 before 5.14, the kernel itself calls the fault handler of a kprobe or jprobe.
 * Otherwise:
 *  - for a page fault with a fixup it is called with trap number 14, once for each fault,
 *    after the pre or post handler has returned. The kernel has applied the fixup by then,
 *    so its return value has no effect. @regs is a copy of the registers at the fault. Only
 *    the first 8 faults of one run of a handler are reported;
 *  - for a page fault without a fixup it is called during the oops;
 *  - for a general protection fault without a fixup (a non-canonical address) it is called
 *    with trap number 13 before the kernel does anything else. If it returns 1, execution
 *    resumes at regs->ip, which it should have changed.
 * arm64, Arm and riscv64 have no tracepoint for page faults of handlers (and before 5.14 their
 * kernels reported only faults at user addresses): there the fault handler is called with trap
 * number 0 and the registers of the hit, once for each fault_handler_note().
 *
 * The rules for a pre handler apply to a fault handler, too. It is not called for faults of
 * the single-stepped instruction.
 */
#ifndef FAULT_HANDLER_H
#define FAULT_HANDLER_H

#include <linux/kdebug.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/notifier.h>
#include <linux/percpu.h>

#include <compat/compiler_types.h>
#include <compat/kprobes.h>
#include <compat/ptrace.h>
#include <probe/arch.h>
#include <probe/kprobe.h>
#include <probe/renamed.h>
#include <probe/shared.h>
#include <probe/pagefault.h>

/* Maximum number of faults that are reported for one run of a handler. */
#define PROBE_FAULT_CONTEXT_MAX 8

/**
 * struct probe_fault_context - a running handler whose probe has a fault handler, per CPU
 * @kp:      the probe
 * @handler: its fault handler
 * @hit:     registers at the hit
 * @context: probe_pagefault_context() of the handler
 * @nr:      number of faults so far, at most PROBE_FAULT_CONTEXT_MAX
 * @regs:    registers at each of these faults; the last element is overwritten by each
 *           further fault
 */
struct probe_fault_context {
	struct kprobe *kp;
	probe_fault_handler_t handler;
	struct pt_regs *hit;
	unsigned int context;
	unsigned int nr;
	struct pt_regs regs[PROBE_FAULT_CONTEXT_MAX + 1];
};

/**
 * struct fault_kprobe - a kprobe with a fault handler
 * @kp:            the kprobe; its handlers are replaced while it is registered
 * @fault_handler: called for faults of its handlers, or NULL
 * @contexts:      private
 * @pre:           private: the pre handler that the user has set
 * @post:          private: the post handler that the user has set
 * @ftrace_post:   private: the post handler that the pre handler calls, or NULL
 * @registered:    private
 */
struct fault_kprobe {
	struct kprobe kp;
	probe_fault_handler_t fault_handler;
	struct probe_fault_context __percpu *contexts;
	kprobe_pre_handler_t pre;
	kprobe_post_handler_t post;
	kprobe_post_handler_t ftrace_post;
	bool registered;
};

/**
 * struct fault_kretprobe - a kretprobe with a fault handler
 * @rp:            the kretprobe; its handlers are replaced while it is registered
 * @fault_handler: called for faults of its handlers, with &rp.kp
 * @contexts:      private
 * @entry:         private: the entry handler that the user has set
 * @ret:           private: the return handler that the user has set
 */
struct fault_kretprobe {
	struct kretprobe rp;
	probe_fault_handler_t fault_handler;
	struct probe_fault_context __percpu *contexts;
	kretprobe_handler_t entry;
	kretprobe_handler_t ret;
};

/* The context of the handler that is running on this CPU; handlers do not nest. */
PROBE_SHARED_PER_CPU(struct probe_fault_context *, probe_fault_context_current)

static __always_inline bool probe_fault_context_matches(const struct probe_fault_context *fc)
{
	return fc && fc->context == probe_pagefault_context();
}

/* A probe_pagefault_callback_t: must not call any function, not even memcpy(). */
void probe_fault_context_page_fault(void *unused, unsigned long addr, struct pt_regs *regs,
				    unsigned long error);
noinstr PROBE_SHARED void probe_fault_context_page_fault(void *unused, unsigned long addr,
							 struct pt_regs *regs, unsigned long error)
{
	struct probe_fault_context *fc = raw_cpu_read(probe_fault_context_current);
	const unsigned long *from = (const unsigned long *)regs;
	unsigned long *to;
	unsigned int i;

	if (!probe_fault_context_matches(fc))
		return;
	to = (unsigned long *)&fc->regs[fc->nr];
	/* The last element is for the latest fault, which may be fatal. */
	if (fc->nr < PROBE_FAULT_CONTEXT_MAX)
		fc->nr++;
	for (i = 0; i < sizeof(*regs) / sizeof(*to); i++)
		WRITE_ONCE(to[i], from[i]);
}

static noinline __maybe_unused void probe_fault_context_call(struct probe_fault_context *fc)
{
	unsigned int i;

	for (i = 0; i < fc->nr; i++)
		fc->handler(fc->kp, &fc->regs[i], PROBE_TRAP_PAGE_FAULT);
}

/*
 * Die notifier: for a fault without a fixup the handler does not return, so the fault handler
 * is called from here.
 */
int probe_fault_context_die(struct notifier_block *block, unsigned long event, void *data);
PROBE_SHARED int probe_fault_context_die(struct notifier_block *block, unsigned long event,
					 void *data)
{
	/*
	 * raw_: this may run with preemption enabled. Then the fault is not one of a handler,
	 * and probe_fault_context_matches() is false.
	 */
	struct probe_fault_context *fc = raw_cpu_read(probe_fault_context_current);
	struct die_args *args = data;
	int handled;

	if (!probe_fault_context_matches(fc))
		return NOTIFY_DONE;
	if (event != PROBE_DIE_PROTECTION && event != DIE_OOPS)
		return NOTIFY_DONE;
	/* The fault handler is not called for its own faults. */
	raw_cpu_write(probe_fault_context_current, NULL);
	if (event == PROBE_DIE_PROTECTION) {
		handled = fc->handler(fc->kp, args->regs, args->trapnr);
		raw_cpu_write(probe_fault_context_current, fc);
		return handled ? NOTIFY_STOP : NOTIFY_DONE;
	}
	probe_fault_context_call(fc);
	/* The fatal fault is reported even if it exceeds the maximum. */
	if (fc->nr == PROBE_FAULT_CONTEXT_MAX &&
	    instruction_pointer(&fc->regs[fc->nr]) == instruction_pointer(args->regs))
		fc->handler(fc->kp, &fc->regs[fc->nr], PROBE_TRAP_PAGE_FAULT);
	return NOTIFY_DONE;
}
NOKPROBE_SYMBOL(probe_fault_context_die);

extern struct notifier_block probe_fault_context_die_block;
PROBE_SHARED struct notifier_block probe_fault_context_die_block = {
	.notifier_call = probe_fault_context_die,
};

/* Called before and after a handler of a probe with a fault handler. */
static inline void probe_fault_context_enter(struct probe_fault_context __percpu *contexts,
					     struct kprobe *p,
					     struct pt_regs *regs, probe_fault_handler_t handler)
{
	struct probe_fault_context *fc = this_cpu_ptr(contexts);

	fc->kp = p;
	fc->handler = handler;
	fc->hit = regs;
	fc->context = probe_pagefault_context();
	fc->nr = 0;
	barrier();
	__this_cpu_write(probe_fault_context_current, fc);
	barrier();
}

static inline void probe_fault_context_exit(void)
{
	struct probe_fault_context *fc = __this_cpu_read(probe_fault_context_current);

	barrier();
	__this_cpu_write(probe_fault_context_current, NULL);
	barrier();
	/* NULL if the die notifier ran and a debugger let the handler continue. */
	if (fc && fc->nr)
		probe_fault_context_call(fc);
}

/*
 * Allocate the contexts of a probe that is about to be registered, and start to receive page
 * faults where that is supported.
 */
static inline int probe_fault_context_create(struct probe_fault_context __percpu **contexts)
{
	int err;

	*contexts = alloc_percpu(struct probe_fault_context);
	if (!*contexts)
		return -ENOMEM;
	err = probe_pagefault_start(probe_fault_context_page_fault, &probe_fault_context_die_block);
	if (!err || err == -EOPNOTSUPP)
		return 0;
	free_percpu(*contexts);
	*contexts = NULL;
	return err;
}

/* Undo probe_fault_context_create(), after the probe was unregistered. */
static inline void probe_fault_context_destroy(struct probe_fault_context __percpu **contexts)
{
	probe_pagefault_stop(probe_fault_context_page_fault, &probe_fault_context_die_block);
	free_percpu(*contexts);
	*contexts = NULL;
}

/**
 * fault_handler_note() - report a failed read to the fault handler
 *
 * A handler calls this after an error of copy_from_kernel_nofault() and the like. It does
 * nothing where page faults are detected without it.
 *
 * Context: a handler of a probe with a fault handler.
 */
static inline void fault_handler_note(void)
{
	struct probe_fault_context *fc = __this_cpu_read(probe_fault_context_current);

	if (fc && !probe_pagefault.users && fc->nr < PROBE_FAULT_CONTEXT_MAX)
		fc->regs[fc->nr++] = *fc->hit;
}

static inline void probe_fault_kprobe_post(struct kprobe *p, struct pt_regs *regs,
					   unsigned long flags)
{
	struct fault_kprobe *fk = container_of(p, struct fault_kprobe, kp);

	probe_fault_context_enter(fk->contexts, p, regs, fk->fault_handler);
	fk->post(p, regs, flags);
	probe_fault_context_exit();
}

static inline int probe_fault_kprobe_pre(struct kprobe *p, struct pt_regs *regs)
{
	struct fault_kprobe *fk = container_of(p, struct fault_kprobe, kp);
	int ret = 0;

	if (fk->pre && fk->contexts) {
		probe_fault_context_enter(fk->contexts, p, regs, fk->fault_handler);
		ret = fk->pre(p, regs);
		probe_fault_context_exit();
	} else if (fk->pre) {
		ret = fk->pre(p, regs);
	}
	if (!ret && fk->ftrace_post)
		probe_kprobe_call_post(p, regs, fk->ftrace_post);
	return ret;
}

/* Set the handlers with which the probe is registered. */
static inline int probe_fault_kprobe_set_handlers(struct fault_kprobe *fk)
{
	bool with_context = fk->fault_handler &&
			    !probe_fault_handler_set(&fk->kp, fk->fault_handler);
	int err = with_context ? probe_fault_context_create(&fk->contexts) : 0;

	if (err)
		return err;
	fk->pre = fk->kp.pre_handler;
	fk->post = fk->kp.post_handler;
	if (with_context || fk->post)
		fk->kp.pre_handler = probe_fault_kprobe_pre;
	if (with_context && fk->post)
		fk->kp.post_handler = probe_fault_kprobe_post;
	return 0;
}

/* Undo probe_fault_kprobe_set_handlers(), after the probe was unregistered. */
static inline void probe_fault_kprobe_restore(struct fault_kprobe *fk)
{
	if (fk->fault_handler)
		probe_fault_handler_set(&fk->kp, NULL);
	fk->kp.pre_handler = fk->pre;
	fk->kp.post_handler = fk->post;
	if (fk->contexts)
		probe_fault_context_destroy(&fk->contexts);
}

/* Unregister up to PROBE_KPROBES_BATCH probes; skip those that are not registered. */
static inline void probe_fault_kprobes_unregister(struct fault_kprobe **fks, int num)
{
	const void *addrs[PROBE_KPROBES_BATCH];
	struct kprobe *kps[PROBE_KPROBES_BATCH];
	int i, nr = 0;

	for (i = 0; i < num; i++)
		if (!probe_kprobe_is_among(&fks[i]->kp, kps, nr) &&
		    probe_kprobe_is_registered(&fks[i]->kp))
			kps[nr++] = &fks[i]->kp;
	probe_kprobes_unregister(kps, addrs, nr);
	for (i = 0; i < num; i++) {
		/* Without an address, the kernel could not disarm it and still uses it. */
		if (fks[i]->registered && fks[i]->kp.addr)
			probe_fault_kprobe_restore(fks[i]);
		fks[i]->registered = false;
	}
}

/**
 * unregister_fault_kprobes() - unregister several kprobes with fault handlers
 * @fks: the probes; those that are not registered are skipped
 * @num: number of probes; nothing is done unless it is positive
 *
 * Waits until no CPU runs one of their handlers any more, once for each 32 probes.
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
 * Return: 0; -EINVAL if it is already registered; -ENOMEM; an error of register_kprobe(),
 * enable_kprobe() or tracepoint_probe_register(). For -ENOENT a line in dmesg names the
 * function's new name, if it is known to have been renamed.
 */
static inline int register_fault_kprobe(struct fault_kprobe *fk)
{
	int err;

	if (probe_kprobe_is_registered(&fk->kp))
		return -EINVAL;	/* its handlers would be replaced by themselves */
	err = probe_fault_kprobe_set_handlers(fk);
	if (err)
		return err;
	err = probe_kprobe_register(&fk->kp, &fk->ftrace_post);
	fk->registered = !err;
	if (err)
		probe_fault_kprobe_restore(fk);
	probe_renamed_report(&fk->kp, err);
	return err;
}

/**
 * register_fault_kprobes() - register several kprobes with fault handlers, all or none
 * @fks: the probes
 * @num: number of probes
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

/* Without @rp, the probe is being unregistered: the return of this call is not probed. */
static inline int probe_fault_kretprobe_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct kretprobe *rp = get_kretprobe(ri);
	struct fault_kretprobe *fk = container_of(rp, struct fault_kretprobe, rp);
	int ret;

	if (!rp)
		return 1;
	probe_fault_context_enter(fk->contexts, &rp->kp, regs, fk->fault_handler);
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
	probe_fault_context_enter(fk->contexts, &rp->kp, regs, fk->fault_handler);
	fk->ret(ri, regs);
	probe_fault_context_exit();
	return 0;
}

static inline void probe_fault_kretprobe_restore(struct fault_kretprobe *fk)
{
	if (!fk->contexts)
		return;
	fk->rp.entry_handler = fk->entry;
	fk->rp.handler = fk->ret;
	probe_fault_context_destroy(&fk->contexts);
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
	if (probe_kprobe_is_registered(&fk->rp.kp))
		probe_kprobe_unregister_kretprobe(&fk->rp);
	/* Without an address, the kernel could not disarm it and still uses it. */
	if (fk->rp.kp.addr)
		probe_fault_kretprobe_restore(fk);
}

/**
 * register_fault_kretprobe() - register a kretprobe with a fault handler
 * @fk: the probe and its handlers
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if it is already registered; -ENOMEM; an error of register_kretprobe() or
 * of tracepoint_probe_register().
 */
static inline int register_fault_kretprobe(struct fault_kretprobe *fk)
{
	int err;

	if (probe_kprobe_is_registered(&fk->rp.kp))
		return -EINVAL;
	if (!fk->fault_handler)
		return register_kretprobe(&fk->rp);
	err = probe_fault_context_create(&fk->contexts);
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
