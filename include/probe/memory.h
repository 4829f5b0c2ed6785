/* SPDX-License-Identifier: GPL-2.0-only */
/* Read memory in a handler: either kernel memory or user memory, as the caller decides. */
#ifndef PROBE_MEMORY_H
#define PROBE_MEMORY_H

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <asm/word-at-a-time.h>

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
	return probe_untagged_addr(addr) < TASK_SIZE_MAX;
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
	addr = probe_untagged_addr(addr);
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

/**
 * probe_memory_read() - read kernel memory or user memory, without faulting
 * @to:   destination
 * @addr: address
 * @size: number of bytes, at most PROBE_USER_READ_MAX of user memory
 * @user: read user memory. The caller decides, not the address: a user may have chosen it
 *
 * Context: a handler.
 * Return: 0 or -errno.
 */
static inline long probe_memory_read(void *to, unsigned long addr, unsigned int size, bool user)
{
	return user ? probe_memory_read_user(to, addr, size) :
		      probe_memory_read_kernel(to, addr, size);
}

/**
 * probe_memory_strnlen() - as strnlen(), a word at a time
 * @s:   the string
 * @max: number of bytes that can be read
 *
 * Context: any.
 * Return: the length of the string, or @max.
 */
static inline unsigned int probe_memory_strnlen(const char *s, unsigned int max)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	unsigned long zeros;
	unsigned int len;

	for (len = 0; len + sizeof(long) <= max; len += sizeof(long)) {
		unsigned long word = *(const unsigned long *)(s + len);

		if (has_zero(word, &zeros, &constants)) {
			zeros = prep_zero_mask(word, zeros, &constants);
			return len + find_zero(create_zero_mask(zeros));
		}
	}
	while (len < max && s[len])
		len++;
	return len;
}

#define PROBE_STRING_PIECE 64	/* bytes read at a time; most strings are shorter */

/**
 * probe_memory_read_string() - copy a string
 * @to:   destination, for @max + 1 bytes
 * @addr: address of the string
 * @max:  the string is cut after this many bytes
 * @user: it is in user memory
 *
 * A string may end shortly before a page that cannot be read, so it is read in pieces that do
 * not cross a page boundary; none crosses from one half of the address space into the other
 * either.
 *
 * Context: a handler.
 * Return: the length, which is greater than @max if the string was cut; or -EFAULT.
 */
static __always_inline int probe_memory_read_string(char *to, unsigned long addr,
						    unsigned int max, bool user)
{
	unsigned int piece, len, n;

	for (len = 0; len <= max; len += n) {
		piece = min_t(unsigned int, PROBE_STRING_PIECE, max + 1 - len);
		piece = min_t(unsigned long, piece, PAGE_SIZE - offset_in_page(addr + len));
		if (probe_memory_read(to + len, addr + len, piece, user))
			return -EFAULT;
		n = probe_memory_strnlen(to + len, piece);
		if (n < piece)
			return len + n;
	}
	return len;
}

#endif
