/* SPDX-License-Identifier: GPL-2.0-only */
/* Read memory in a handler: either kernel memory or user memory, as the caller decides. */
#ifndef PROBE_MEMORY_H
#define PROBE_MEMORY_H

#include <linux/sched.h>
#include <linux/uaccess.h>

#include <compat/uaccess.h>
#include <probe/arch.h>

/**
 * probe_memory_is_user() - is this a user address?
 * @addr: the address; may have a tag
 *
 * Context: any.
 */
static __always_inline bool probe_memory_is_user(unsigned long addr)
{
	return untagged_addr(addr) < TASK_SIZE_MAX;
}

/**
 * probe_memory_read_user() - read user memory of the current process, without faulting
 * @to:   destination
 * @addr: user address; may have a tag
 * @size: number of bytes, at most PROBE_USER_READ_MAX
 *
 * A kernel thread has no user memory: while it runs, that of another process may be mapped.
 *
 * Context: a handler.
 * Return: 0; -EFAULT, also if a part of the range is not user memory.
 */
static inline long probe_memory_read_user(void *to, unsigned long addr, size_t size)
{
	addr = untagged_addr(addr);
	if (addr >= TASK_SIZE_MAX || size > TASK_SIZE_MAX - addr ||
	    !current->mm || !probe_mm_is_mapped(current->mm))
		return -EFAULT;
	return probe_copy_from_user(to, (const void __user *)addr, size);
}

/**
 * probe_memory_read_kernel() - read kernel memory, without faulting
 * @to:   destination
 * @addr: kernel address
 * @size: number of bytes
 *
 * User addresses are rejected here, because copy_from_kernel_nofault() does not reject them
 * on all kernels and architectures. Device memory is not read. A range that begins at a
 * kernel address cannot reach user memory: the last page, that of ERR_PTR(), is not mapped.
 *
 * Context: a handler.
 * Return: 0 or -errno.
 */
static inline long probe_memory_read_kernel(void *to, unsigned long addr, size_t size)
{
	if (!probe_is_kernel_addr(addr) || probe_is_device(addr))
		return -EFAULT;
	return copy_from_kernel_nofault(to, (const void *)addr, size);
}

#endif
