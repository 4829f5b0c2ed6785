/* SPDX-License-Identifier: GPL-2.0-only */
/* Report the new name of a function that a module for an older kernel wants to probe. */
#ifndef PROBE_RENAMED_H
#define PROBE_RENAMED_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/printk.h>
#include <linux/string.h>

#include <probe/arch.h>

/**
 * probe_renamed_report() - report that a function has another name on this kernel
 * @kp:  the kprobe that was to be registered
 * @err: the error of the registration
 *
 * The arguments of the other function differ as well, so it is not probed instead. Prints
 * nothing unless @err is -ENOENT and the function is known to have been renamed.
 *
 * Context: process context.
 */
static inline void probe_renamed_report(const struct kprobe *kp, int err)
{
	const char *name = kp->symbol_name;
	/* Where the functions of system calls are called so, they have the arguments themselves. */
	bool own_args = !strcmp(PROBE_SYSCALL_PREFIX, "sys_");

	if (err != -ENOENT || !name)
		return;
	if (!strcmp(name, "do_fork") || !strcmp(name, "_do_fork"))
		printk(KERN_ERR KBUILD_MODNAME ": there is no %s() on this kernel: it is kernel_clone(struct kernel_clone_args *args) since Linux 5.10, before that _do_fork()\n",
		       name);
	else if (own_args && strstarts(name, "SyS_"))
		printk(KERN_ERR KBUILD_MODNAME ": there is no %s() on this kernel: it is sys_%s(), with the same arguments\n",
		       name, name + strlen("SyS_"));
	else if (!own_args && (strstarts(name, "sys_") || strstarts(name, "SyS_")))
		printk(KERN_ERR KBUILD_MODNAME ": there is no %s() on this kernel: it is %s%s(const struct pt_regs *regs), which finds the arguments in *regs, or a function with the same arguments such as ksys_%s()\n",
		       name, PROBE_SYSCALL_PREFIX, name + strlen("sys_"), name + strlen("sys_"));
}

#endif
