/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/uaccess.h, evened out: the end of user space, whatever the task, and to read
 * user memory in any context.
 */
#ifndef COMPAT_UACCESS_H
#define COMPAT_UACCESS_H

#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#ifndef TASK_SIZE_MAX
/* arm64 before commit 3d2403fd10a1 ("arm64: uaccess: remove set_fs()") (v5.11) */
#define TASK_SIZE_MAX (UL(1) << VA_BITS)
#endif

#ifndef untagged_addr
/* x86 before commit 3a97ae20ff24 ("mm: untag user pointers passed to memory syscalls") (v5.3) */
#define untagged_addr(addr) (addr)
#endif

#ifdef get_kernel_nofault
#define probe_user_nofault copy_from_user_nofault
#else
/*
 * before commits fe557319aa06 ("maccess: rename probe_kernel_{read,write} to
 * copy_{from,to}_kernel_nofault") and 0c389d89abc2 ("maccess: make get_kernel_nofault() check
 * for minimal type compatibility") (v5.8), of which the latter has a macro
 */
#ifndef copy_from_kernel_nofault
#define copy_from_kernel_nofault probe_kernel_read
#endif

/* There is probe_user_read() in between, since v5.3, of which nothing tells. */
static inline long probe_user_nofault(void *to, const void __user *from, size_t size)
{
	mm_segment_t fs = get_fs();
	unsigned long left;

	set_fs(USER_DS);
	pagefault_disable();
	left = __copy_from_user_inatomic(to, from, size);
	pagefault_enable();
	set_fs(fs);
	return left ? -EFAULT : 0;
}
#endif

/*
 * copy_from_user_nofault() checks that the user memory that is mapped is that of the current
 * process, and does not check where it copies to: commit d319f344561d ("mm: Fix
 * copy_from_user_nofault().") (v6.4); nothing else tells: no macro and no header came with
 * it. Where it was backported we only do needless work.
 */
#define PROBE_USER_NOFAULT_CHECKS_MM (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0))

/* Most that is read at a time. */
#define PROBE_USER_READ_MAX 256

#if !PROBE_USER_NOFAULT_CHECKS_MM

static DEFINE_PER_CPU(char [PROBE_USER_READ_MAX], probe_user_bounce);

/*
 * A kernel with HARDENED_USERCOPY looks at where a copy goes, and from v5.18 on takes a lock
 * if that is vmalloc'ed memory, as rings are. It does not for a module's own data.
 */
static inline long probe_copy_from_user(void *to, const void __user *from, size_t size)
{
	char *bounce = *this_cpu_ptr(&probe_user_bounce);
	long err;

	/* Or x86's access_ok() may warn of being called in an interrupt. */
	pagefault_disable();
	err = probe_user_nofault(bounce, from, size);
	pagefault_enable();
	if (!err)
		memcpy(to, bounce, size);
	return err;
}

#else

static inline long probe_copy_from_user(void *to, const void __user *from, size_t size)
{
	return probe_user_nofault(to, from, size);
}

#endif

#endif
