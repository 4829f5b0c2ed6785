/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compatibility for linux/stacktrace.h: the stack of a hit, starting at the probed function.
 * stack_trace_save_regs() would return it, but is not exported.
 */
#ifndef COMPAT_STACKTRACE_H
#define COMPAT_STACKTRACE_H

#include <linux/kprobes.h>
#include <linux/llist.h>
#include <linux/percpu.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <linux/version.h>

#include <probe/arch.h>

/*
 * The address of the trampoline of return probes, for architectures where the frame of a call
 * is not unique; 0 if it is not known. Set before the first probe is registered.
 */
static unsigned long probe_stack_trampoline __maybe_unused;

/**
 * probe_caller() - the return address of a function that has just been entered
 * @regs: registers at the function's first instruction
 *
 * If the handler of a return probe ran first, the return address is that of the trampoline.
 * The real one is then in the kernel's list of probed calls, in the last entry with this
 * frame: there may be several, one for each return probe and for each function that
 * tail-called this one. Where a frame is not unique, a list entry with it counts only if
 * the return address before it is that of the trampoline.
 *
 * Context: a handler.
 * Return: the address; up to v5.10 perhaps that of the trampoline.
 */
static inline unsigned long probe_caller(const struct pt_regs *regs)
{
	unsigned long caller = probe_reg_link(regs);
#if defined(CONFIG_KRETPROBE_ON_RETHOOK)
	const struct llist_node *node;

	for (node = READ_ONCE(current->rethooks.first); node; node = node->next) {
		const struct rethook_node *call = container_of(node, struct rethook_node, llist);

		if (call->frame != probe_reg_frame(regs) ||
		    (!PROBE_FRAME_IS_UNIQUE && caller != probe_stack_trampoline))
			break;
		caller = call->ret_addr;
	}
/*
 * commit d741bf41d7c7 ("kprobes: Remove kretprobe hash") (v5.11); every kernel since then has
 * one of these headers
 */
#elif defined(CONFIG_KRETPROBES) && \
	(__has_include(<linux/freelist.h>) || __has_include(<linux/rethook.h>))
	const struct llist_node *node;

	for (node = READ_ONCE(current->kretprobe_instances.first); node; node = node->next) {
		const struct kretprobe_instance *ri =
			container_of(node, struct kretprobe_instance, llist);

		if (ri->fp != (void *)probe_reg_frame(regs) ||
		    (!PROBE_FRAME_IS_UNIQUE && caller != probe_stack_trampoline))
			break;
		caller = (unsigned long)ri->ret_addr;
	}
#endif
	return caller;
}

#if defined(probe_stack_unwind)

#define probe_stack_callers probe_stack_unwind

/*
 * commit e9b98e162aa5 ("stacktrace: Provide helpers for common stack trace operations") (v5.2);
 * nothing else tells
 */
#elif defined(CONFIG_STACKTRACE) && LINUX_VERSION_CODE >= KERNEL_VERSION(5, 2, 0)

/* Includes the frames that are removed. Handlers do not nest, so one per CPU is enough. */
static DEFINE_PER_CPU(struct { unsigned long entries[64]; }, probe_stack_whole);

/*
 * No unwinder that starts from given registers is exported. stack_trace_save() starts here and
 * unwinds through the exception of the breakpoint, so the entries up to the probed instruction
 * are removed. A function that has just been entered has no frame record yet; its return
 * address is in the link register only.
 */
static inline unsigned int probe_stack_callers(unsigned long addr, struct pt_regs *regs,
					       bool at_entry, unsigned long *entries,
					       unsigned int max)
{
	unsigned long *whole = this_cpu_ptr(&probe_stack_whole)->entries;
	unsigned int n = stack_trace_save(whole, ARRAY_SIZE(probe_stack_whole.entries), 0);
	unsigned int i = 0, kept = 0;

	while (i < n && whole[i] != addr)
		i++;
	if (i++ == n)
		return 0;
	if (at_entry) {
		unsigned long caller = probe_caller(regs);

		if (i == n || whole[i] != caller)
			entries[kept++] = caller;
	}
	while (i < n && kept < max)
		entries[kept++] = whole[i++];
	return kept;
}

#else

/* Without an unwinder, only the return address in the link register at a function's entry. */
static inline unsigned int probe_stack_callers(unsigned long addr, struct pt_regs *regs,
					       bool at_entry, unsigned long *entries,
					       unsigned int max)
{
	if (!at_entry)
		return 0;
	entries[0] = probe_reg_link(regs);
	return 1;
}

#endif

/**
 * probe_stack_save() - save the probed address and the return addresses on the stack
 * @addr:     the probed address
 * @regs:     registers at the hit
 * @at_entry: @addr is a function's first instruction
 * @entries:  where to save them, @addr first
 * @max:      the size of @entries
 *
 * Context: a probe handler.
 * Return: the number of entries.
 */
static inline unsigned int probe_stack_save(unsigned long addr, struct pt_regs *regs,
					    bool at_entry, unsigned long *entries,
					    unsigned int max)
{
	entries[0] = addr;
	return 1 + probe_stack_callers(addr, regs, at_entry, entries + 1, max - 1);
}

/*
 * commit adf8a61a940c ("kprobes: treewide: Make it harder to refer kretprobe_trampoline
 * directly") (v5.15) gave it the underscores
 */
#define PROBE_STACK_TRAMPOLINES \
	"kretprobe_trampoline", "__kretprobe_trampoline", "arch_rethook_trampoline"

/**
 * probe_stack_is_trampoline() - is a return address the trampoline of return probes?
 * @symbol: the address as %pS prints it
 *
 * While a function with a return probe runs, its return address is that of a trampoline,
 * whose symbol is not exported. The unwinder returns the real address since commits
 * 19138af1bd88 ("x86/unwind: Recover kretprobe trampoline entry") (v5.15) and cd9bc2c92588
 * ("arm64: Recover kretprobe modified return address in stacktrace") (v5.16). On older
 * kernels it is in a hash table of kernel/kprobes.c, where a module cannot find it. The
 * trampoline is recognized because it is the start of a function, as no other return address.
 *
 * Context: any.
 */
static inline bool probe_stack_is_trampoline(const char *symbol)
{
	static const char * const names[] = { PROBE_STACK_TRAMPOLINES };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strstarts(symbol, names[i]) && strstarts(symbol + strlen(names[i]), "+0x0/"))
			return true;
	return false;
}

#endif
