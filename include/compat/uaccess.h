/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/uaccess.h, evened out: the end of user space, whatever the task, and to read
 * memory on one side of it only, in any context.
 */
#ifndef COMPAT_UACCESS_H
#define COMPAT_UACCESS_H

#include <linux/mm_types.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#ifndef TASK_SIZE_MAX
/* arm64 before commit 3d2403fd10a1 ("arm64: uaccess: remove set_fs()") (v5.11) */
#define TASK_SIZE_MAX (UL(1) << VA_BITS)
#endif

/*
 * Between switch_mm() and switch_to() the next task's memory is mapped already, and
 * `current` is the previous task still; while the kernel patches its text, or calls EFI,
 * none of any process is. copy_from_user_nofault() looks for that on x86 only, and since
 * commit d319f344561d ("mm: Fix copy_from_user_nofault().") (v6.4).
 */
#if defined(CONFIG_X86_64)

#define PROBE_KERNEL_HALF BIT(63)

static __always_inline bool probe_mm_is_loaded(const struct mm_struct *mm)
{
	return LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0) || read_cr3_pa() == __pa(mm->pgd);
}

/* Such a read has an answer, always. */
static __always_inline bool probe_is_device(unsigned long addr)
{
	return false;
}

#else

/* arm64: the bits above this one can be a tag. */
#define PROBE_KERNEL_HALF BIT(55)

/* The address is in bits 1 to 47. */
#define PROBE_TTBR_ADDR GENMASK_ULL(47, 1)

static __always_inline bool probe_mm_is_loaded(const struct mm_struct *mm)
{
	/* In software this keeps the right one in the task's thread_info. */
	return system_uses_ttbr0_pan() ||
	       !((read_sysreg(ttbr0_el1) ^ phys_to_ttbr(virt_to_phys(mm->pgd))) & PROBE_TTBR_ADDR);
}

/*
 * An address of a device that does not answer a read ends in an external abort, for which
 * there is no fixup. The CPU itself tells what kind of memory is mapped (Arm ARM, "AT
 * S1E1R" and "PAR_EL1": MAIR attributes 0b0000xxxx are Device memory).
 */
static __always_inline bool probe_is_device(unsigned long addr)
{
	unsigned long flags, interrupted, par;

	raw_local_irq_save(flags);
	interrupted = read_sysreg(par_el1);
	asm volatile("at s1e1r, %0" : : "r" (addr));
	isb();
	par = read_sysreg(par_el1);
	write_sysreg(interrupted, par_el1);
	raw_local_irq_restore(flags);
	return !(par & 1) && !(par >> 60);
}

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
 * probe_is_kernel_addr() - is an address one of the kernel's half?
 * @addr: the address, perhaps with a tag
 *
 * Some, such as those that are not canonical, are neither this nor a user's.
 *
 * Context: any.
 */
static __always_inline bool probe_is_kernel_addr(unsigned long addr)
{
	return addr & PROBE_KERNEL_HALF;
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
	    !current->mm || !probe_mm_is_loaded(current->mm))
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
