/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compatibility for linux/uaccess.h and linux/mm.h: TASK_SIZE_MAX, untagged_addr(), and reads
 * of memory in any context.
 */
#ifndef COMPAT_UACCESS_H
#define COMPAT_UACCESS_H

#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#ifndef TASK_SIZE_MAX
#ifdef VA_BITS
/* arm64 before commit 3d2403fd10a1 ("arm64: uaccess: remove set_fs()") (v5.11) */
#define TASK_SIZE_MAX (UL(1) << VA_BITS)
#else
/* Arm before commit 12700c17fc28 ("uaccess: generalize access_ok()") (v5.18) */
#define TASK_SIZE_MAX TASK_SIZE
#endif
#endif

#ifndef untagged_addr
/* all but arm64 before commit "uaccess: add noop untagged_addr definition" (v5.2) */
#define untagged_addr(addr) (addr)
#endif

#ifdef get_kernel_nofault
#define probe_user_nofault copy_from_user_nofault
#else
/*
 * before commits fe557319aa06 ("maccess: rename probe_kernel_{read,write} to
 * copy_{from,to}_kernel_nofault") and 0c389d89abc2 ("maccess: make get_kernel_nofault() check
 * for minimal type compatibility") (v5.8); the latter added the macro
 */
#ifndef copy_from_kernel_nofault
#define copy_from_kernel_nofault probe_kernel_read
#endif

/* There is probe_user_read() since v5.3, but nothing tells whether a kernel has it. */
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
 * Since commit d319f344561d ("mm: Fix copy_from_user_nofault().") (v6.4)
 * copy_from_user_nofault() checks on x86 that the mapped user memory is that of the current
 * process, and it no longer checks the destination. The commit added no macro and no header,
 * so nothing else tells; on a kernel with a backport the code for older kernels works, too.
 */
#define PROBE_USER_NOFAULT_CHECKS_MM (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0))

/* The maximum size of one read. */
#define PROBE_USER_READ_MAX 256

#if !PROBE_USER_NOFAULT_CHECKS_MM

static DEFINE_PER_CPU(char [PROBE_USER_READ_MAX], probe_user_bounce);

/*
 * HARDENED_USERCOPY checks the destination, and since v5.18 takes a lock if it is vmalloc'ed
 * memory, like the rings. A per-CPU variable of a module is not checked.
 */
static inline long probe_copy_from_user(void *to, const void __user *from, size_t size)
{
	char *bounce = *this_cpu_ptr(&probe_user_bounce);
	long err;

	/* Without this, access_ok() of x86 may warn about a call in an interrupt. */
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
