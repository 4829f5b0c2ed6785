/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/uaccess.h, evened out: the end of user space, whatever the task, and to read
 * what is in it in any context.
 */
#ifndef COMPAT_UACCESS_H
#define COMPAT_UACCESS_H

#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#ifndef TASK_SIZE_MAX
/* arm64 before commit 3d2403fd10a1 ("arm64: uaccess: remove set_fs()") (v5.11) */
#define TASK_SIZE_MAX (UL(1) << VA_BITS)
#endif

/* Most that is read at a time. */
#define PROBE_USER_READ_MAX 256

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)

static DEFINE_PER_CPU(char [PROBE_USER_READ_MAX], probe_user_bounce);

/*
 * Before commit d319f344561d ("mm: Fix copy_from_user_nofault().") (v6.4), a kernel with
 * HARDENED_USERCOPY looks at where a copy goes, and from v5.18 on takes a lock if that is
 * vmalloc'ed memory, as rings are. It does not for a module's own data.
 */
static inline long probe_copy_from_user(void *to, const void __user *from, size_t size)
{
	char *bounce = *this_cpu_ptr(&probe_user_bounce);
	long err;

	/* Or x86's access_ok() may warn of being called in an interrupt. */
	pagefault_disable();
	err = copy_from_user_nofault(bounce, from, size);
	pagefault_enable();
	if (!err)
		memcpy(to, bounce, size);
	return err;
}

#else

static inline long probe_copy_from_user(void *to, const void __user *from, size_t size)
{
	return copy_from_user_nofault(to, from, size);
}

#endif

/**
 * probe_read_user() - read user memory of the current process, if it is there
 * @to:   where it goes
 * @addr: where it is, perhaps with a tag
 * @size: bytes, PROBE_USER_READ_MAX at most
 *
 * A kernel thread has none: what is mapped while it runs is another process's, which the
 * kernel itself minds on x86-64 only, since 6.4.
 *
 * Context: a handler.
 * Return: 0 or -EFAULT.
 */
static inline long probe_read_user(void *to, unsigned long addr, size_t size)
{
	if (!current->mm)
		return -EFAULT;
	return probe_copy_from_user(to, (const void __user *)untagged_addr(addr), size);
}

#endif
