/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registering kprobes, behind a site of ftrace or with a post handler, and unregistering any
 * kprobes.
 *
 * A post handler must not be registered where the probe is ftrace-based. The kernel then
 * arms the probe as one that may change the instruction pointer (IPMODIFY), which excludes
 * live patches and all other such users. And if probes without a post handler are armed
 * there already, it later looks for them in the wrong one of its two ftrace_ops, fails
 * ("Failed to disarm kprobe-ftrace"), and keeps the last probe to be unregistered in its
 * lists while the memory of that probe is freed. No instruction is displaced or
 * single-stepped at an ftrace site, so the pre handler can call the post handler itself.
 */
#ifndef PROBE_KPROBE_H
#define PROBE_KPROBE_H

#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/printk.h>
#include <linux/string.h>

#include <compat/kprobes.h>
#include <probe/text.h>

/* The largest number of probes that arrays on the stack are for. */
#define PROBE_KPROBES_BATCH 32

/**
 * probe_kprobe_is_registered() - does the kernel know a kprobe?
 * @kp: the kprobe, registered, unregistered or cleared
 *
 * Enables the kprobe if it is enabled, or disables it if it is disabled: this has no effect,
 * but fails for a probe that the kernel does not know.
 *
 * Context: process context, may sleep.
 */
static inline bool probe_kprobe_is_registered(struct kprobe *kp)
{
	return kp->addr &&
	       (kprobe_disabled(kp) ? disable_kprobe(kp) : enable_kprobe(kp)) != -EINVAL;
}

/**
 * probe_kprobe_at_start() - is this the first instruction of a function?
 * @addr: the address
 *
 * Context: process context.
 */
static noinline __maybe_unused bool probe_kprobe_at_start(const void *addr)
{
	char name[KSYM_SYMBOL_LEN];

	sprint_symbol(name, (unsigned long)addr);
	return strstr(name, "+0x0/");
}

/**
 * probe_kprobe_add() - as register_kprobe(), but behind a site of ftrace
 * @kp: the kprobe
 *
 * If the kernel accepts no probe at the start of a function because of such a site, the probe
 * is put behind it. Like the kernel, which moves a probe past an ENDBR, this changes only
 * @kp->addr.
 *
 * Context: process context, may sleep.
 * Return: 0, or an error of register_kprobe().
 */
static inline int probe_kprobe_add(struct kprobe *kp)
{
	const struct kprobe given = *kp;
	int err = register_kprobe(kp);
	unsigned int site;

	if (!PROBE_HAS_FTRACE_SITES || err != -EINVAL || given.offset ||
	    (given.symbol_name && given.addr) || !probe_kprobe_at_start(kp->addr))
		return err;
	site = probe_ftrace_site(kp->addr);
	if (!site)
		return err;
	*kp = given;
	if (kp->symbol_name)
		kp->offset = site;
	else
		kp->addr = (void *)kp->addr + site;
	err = register_kprobe(kp);
	kp->offset = 0;
	return err;
}

/**
 * probe_kprobe_arm() - arm a kprobe that was registered disabled
 * @kp: the kprobe
 *
 * While debugfs kprobes/enabled is 0, enable_kprobe() returns 0 and leaves the probe
 * disabled, even after that becomes 1. A probe that is registered enabled meanwhile gets
 * armed when it becomes 1, so unregister this one and register it again.
 *
 * Context: process context, may sleep.
 * Return: 0; an error of enable_kprobe() or register_kprobe().
 */
static inline int probe_kprobe_arm(struct kprobe *kp)
{
	int err = enable_kprobe(kp);

	if (err || probe_text_mode(kp))
		return err;
	unregister_kprobe(kp);
	if (kp->symbol_name)
		kp->addr = NULL;
	kp->flags = 0;
	return probe_kprobe_add(kp);
}

/**
 * probe_kprobe_register() - register a kprobe, with its post handler only where that is safe
 * @kp:   the kprobe, as for register_kprobe(); not registered
 * @post: set to the post handler of @kp if the site is ftrace-based: then it is not
 *        registered, @kp->post_handler is NULL, and the pre handler has to call
 *        probe_kprobe_call_post(). Otherwise set to NULL.
 *
 * Whether a site is ftrace-based is known only after a probe was registered there. So @kp is
 * first registered disabled and without its post handler; if the site is not ftrace-based,
 * it is then unregistered, and registered with the post handler. The post handler of a
 * registered probe never changes.
 *
 * Context: process context, may sleep.
 * Return: 0; or an error of register_kprobe() or enable_kprobe(), with @kp unchanged.
 */
static inline int probe_kprobe_register(struct kprobe *kp, kprobe_post_handler_t *post)
{
	const struct kprobe given = *kp;
	int err;

	*post = NULL;
	if (!IS_ENABLED(CONFIG_KPROBES_ON_FTRACE) || !kp->post_handler)
		goto as_given;
	kp->post_handler = NULL;
	kp->flags |= KPROBE_FLAG_DISABLED;
	err = probe_kprobe_add(kp);
	if (err)
		goto fail;
	if (!(kp->flags & KPROBE_FLAG_FTRACE)) {
		unregister_kprobe(kp);
		*kp = given;
		goto as_given;
	}
	*post = given.post_handler;
	if (given.flags & KPROBE_FLAG_DISABLED)
		return 0;
	err = probe_kprobe_arm(kp);
	if (!err)
		return 0;
	unregister_kprobe(kp);
	*post = NULL;
	goto fail;

as_given:
	err = probe_kprobe_add(kp);
	if (!err)
		return 0;
fail:
	*kp = given;
	return err;
}

/**
 * probe_kprobe_call_post() - call the post handler of an ftrace-based probe
 * @p:    the probe
 * @regs: registers at the hit
 * @post: from probe_kprobe_register()
 *
 * The post handler gets the registers as if the kernel had called it: the instruction
 * pointer is behind the ftrace site. A change of the instruction pointer has no effect.
 *
 * Context: the pre handler, just before it returns 0.
 */
static __always_inline void probe_kprobe_call_post(struct kprobe *p, struct pt_regs *regs,
						   kprobe_post_handler_t post)
{
	unsigned long ip = instruction_pointer(regs);

	instruction_pointer_set(regs, (unsigned long)p->addr + PROBE_TEXT_BYTES);
	post(p, regs, 0);
	instruction_pointer_set(regs, ip);
}

/**
 * probe_kprobe_is_out() - check, and report, whether a kprobe could be unregistered
 * @kp:   the kprobe, after unregister_kprobe() or unregister_kprobes() has returned
 * @addr: its address before
 *
 * If it could not, the kernel has set @kp->addr to NULL. It then continues to use @kp and
 * to call its handlers: neither may be freed.
 *
 * Context: any.
 */
static inline bool probe_kprobe_is_out(const struct kprobe *kp, const void *addr)
{
	if (kp->addr)
		return true;
	printk(KERN_ERR KBUILD_MODNAME ": the kernel could not disarm the probe at %px (%pS) and keeps it registered; it will crash when the probe is hit and this module is gone: reboot\n",
	       addr, addr);
	return false;
}

/**
 * probe_kprobes_unregister() - unregister kprobes, all of which are registered
 * @kps:   the kprobes; those that the kernel could not unregister are reported, and have a
 *         NULL addr afterwards
 * @addrs: room for as many addresses
 * @nr:    their number
 *
 * Waits, once for all of them, until no CPU runs one of their handlers any more.
 *
 * Context: process context, may sleep.
 */
static inline void probe_kprobes_unregister(struct kprobe **kps, const void **addrs,
					    unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		addrs[i] = kps[i]->addr;
	unregister_kprobes(kps, nr);
	for (i = 0; i < nr; i++)
		probe_kprobe_is_out(kps[i], addrs[i]);
}

/**
 * probe_kprobe_unregister_kretprobe() - unregister a kretprobe, which is registered
 * @rp: the kretprobe; if the kernel could not unregister it, this is reported, and it has a
 *      NULL kp.addr afterwards
 *
 * Waits until no CPU runs one of its handlers any more.
 *
 * Context: process context, may sleep.
 */
static inline void probe_kprobe_unregister_kretprobe(struct kretprobe *rp)
{
	const void *addr = rp->kp.addr;

	unregister_kretprobe(rp);
	probe_kprobe_is_out(&rp->kp, addr);
}

/* unregister_kprobes() must not get the same kprobe twice: it would corrupt its lists. */
static inline bool probe_kprobe_is_among(const struct kprobe *kp, struct kprobe **kps,
					 unsigned int nr)
{
	while (nr--)
		if (kps[nr] == kp)
			return true;
	return false;
}

#endif
