/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading memory of the kernel's or of the current process, and of that side only. */
#ifndef PROBE_MEMORY_H
#define PROBE_MEMORY_H

#include <linux/sched.h>
#include <linux/uaccess.h>

#include <compat/uaccess.h>
#include <probe/arch.h>

/**
 * probe_is_user_addr() - is an address one of user space?
 * @addr: the address, perhaps with a tag
 *
 * Context: any.
 */
static __always_inline bool probe_is_user_addr(unsigned long addr)
{
	return untagged_addr(addr) < TASK_SIZE_MAX;
}

/**
 * probe_read_user() - read user memory of the current process, if it is there
 * @to:   where it goes
 * @addr: where it is, perhaps with a tag
 * @size: bytes, PROBE_USER_READ_MAX at most
 *
 * A kernel thread has none: what is mapped while it runs is another process's.
 *
 * Context: a handler.
 * Return: 0; -EFAULT, also if not all of it is user memory.
 */
static inline long probe_read_user(void *to, unsigned long addr, size_t size)
{
	addr = untagged_addr(addr);
	if (addr >= TASK_SIZE_MAX || size > TASK_SIZE_MAX - addr ||
	    !current->mm || !probe_mm_is_mapped(current->mm))
		return -EFAULT;
	return probe_copy_from_user(to, (const void __user *)addr, size);
}

/**
 * probe_read_kernel() - read kernel memory, if it is there
 * @to:   where it goes
 * @addr: where it is
 * @size: bytes
 *
 * Not all kernels and architectures have copy_from_kernel_nofault() refuse an address of
 * user space. The memory of a device is not read. Nothing that begins in the kernel's
 * half ends in the other, for the last page, which is that of ERR_PTR(), is never mapped.
 *
 * Context: a handler.
 * Return: 0 or -errno.
 */
static inline long probe_read_kernel(void *to, unsigned long addr, size_t size)
{
	if (!probe_is_kernel_addr(addr) || probe_is_device(addr))
		return -EFAULT;
	return copy_from_kernel_nofault(to, (const void *)addr, size);
}

#endif
