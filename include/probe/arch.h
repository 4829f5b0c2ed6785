/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Include the header of the architecture, and use what it defines.
 *
 * Everything that depends on the architecture but not on the kernel's version is in one
 * header for each architecture, probe/arch/NAME.h. It defines:
 *
 * PROBE_REG_NAMES	names of the registers, for a message
 * PROBE_REGS		a struct probe_reg for each register; the argument registers come first,
 *			in their order. The names are those of the kernel's
 *			regs_query_register_offset(), without the ones that have no meaning in
 *			kernel code
 * PROBE_REG_STACK, PROBE_REG_RETURN
 *			offsets of the stack pointer and the return value in struct pt_regs
 * PROBE_REG_ARGS	number of argument words that are passed in registers
 * PROBE_STACK_ARGS_OFFSET
 *			offset of the further arguments from the stack pointer at a function's
 *			entry, in bytes
 * probe_reg_args()	copy the PROBE_REG_ARGS argument registers at a function's entry
 * probe_regs_flags()	return the flags register
 * probe_call()		call a function, a probe_call_t, with PROBE_CALL_WORDS words of arguments.
 *			If its return value is in memory, it is written to where the function
 *			that was entered with these registers writes its own
 * PROBE_CALL_RESULT	name of the register with the address of a return value in memory; not
 *			defined if that is the first argument
 *
 * PROBE_SYSCALL_PREFIX	prefix of the functions of system calls
 * PROBE_SYSCALL_PREFIX_COMPAT
 *			prefix of those that only 32-bit programs call
 * PROBE_SYSCALL_PREFIXES_32
 *			all prefixes of functions that 32-bit programs call
 * PROBE_SYSCALL_REGS	offsets of the arguments in the struct pt_regs of the caller
 * PROBE_SYSCALL_REGS_COMPAT
 *			the same for a 32-bit caller
 * PROBE_SYSCALL_ENTRIES
 *			a struct probe_syscall for each prefix (common/syscall.h)
 * probe_syscall_or_args()
 *			return the bitwise OR of all arguments
 *
 * PROBE_TRAP_PAGE_FAULT
 *			trap number of a page fault, for fault handlers; 0 if no tracepoint is
 *			called for page faults of handlers
 * PROBE_DIE_PROTECTION	event of the die notifiers for a general protection fault
 * PROBE_KERNEL_FAULT_HANDLER
 *			true if before 5.14 the kernel called kprobe.fault_handler for faults of
 *			the pre and post handlers
 *
 * PROBE_TEXT_ALIGN	alignment of instructions, in bytes
 * PROBE_TEXT_BYTES	maximum number of code bytes that a probe changes
 * probe_mode_of_text()	return the mode of a probe that is not disabled, from the code bytes;
 *			NULL if it is not armed. May sleep
 * probe_ftrace_site()	how many bytes at a function's start are a site of ftrace, where the kernel may
 *			accept no probe, and behind which the registers are still those of the entry
 * PROBE_HAS_FTRACE_SITES
 *			true if functions may have such a site. An architecture that has none defines
 *			neither of the two
 * probe_is_stepped()	is a probe's instruction single-stepped at this instruction pointer?
 *			Callable in any context
 * probe_enters_nmi()	do the handlers of a probe run with in_nmi()? Called in a handler, with
 *			in_nmi(). For NULL, an unknown probe: true if that is possible
 *
 * probe_is_kernel_addr()
 *			is this a kernel address? It may have a tag. An address, such as one that
 *			is not canonical, may be neither a kernel nor a user address
 * probe_untagged_addr()
 *			as untagged_addr(), but callable in a kernel thread, too. Not defined where
 *			untagged_addr() itself is
 * probe_mm_is_mapped()	is the user memory of this mm mapped on this CPU? Between switch_mm() and
 *			switch_to() that of the next task is, although current is still the
 *			previous one; while the kernel patches code or calls EFI, it is that of no
 *			process. Always true if copy_from_user_nofault() checks this
 * probe_is_device()	is this the address of a device's memory, which may not answer a read?
 *
 * probe_reg_link(), probe_reg_frame()
 *			return, at a function's entry, the return address, and what the kernel's
 *			list of kretprobe calls has as the frame
 * PROBE_FRAME_IS_UNIQUE
 *			true if no two calls that a task is in have the same frame in that list
 * probe_is_returned_to()
 *			does this symbol, as %pS prints it, name code that is not a function, but
 *			to whose beginning functions return?
 * probe_stack_unwind()	store the return addresses, beginning at a hit; also a macro. It may be
 *			undefined
 */
#ifndef PROBE_ARCH_H
#define PROBE_ARCH_H

#include <linux/compiler.h>
#include <linux/delay.h>
#include <linux/kdebug.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/mm_types.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include <compat/uaccess.h>

/* Number of argument words that probe_call() passes. */
#define PROBE_CALL_WORDS 18

/**
 * typedef probe_call_t - the type that probe_call() calls any function as
 *
 * The function uses as many of the words as its own type has arguments.
 */
typedef void (*probe_call_t)(unsigned long, unsigned long, unsigned long, unsigned long,
			     unsigned long, unsigned long, unsigned long, unsigned long,
			     unsigned long, unsigned long, unsigned long, unsigned long,
			     unsigned long, unsigned long, unsigned long, unsigned long,
			     unsigned long, unsigned long);

/* The name of a register and its offset in struct pt_regs. */
struct probe_reg {
	const char *name;
	unsigned int offset;
};

/* Maximum number of arguments of a system call. */
#define PROBE_SYSCALL_ARGS 6

#define PROBE_REG(field) { #field, offsetof(struct pt_regs, field) }

#if defined(CONFIG_X86_64)
#include <probe/arch/x86.h>
#elif defined(CONFIG_ARM64)
#include <probe/arch/arm64.h>
#elif defined(CONFIG_ARM)
#include <probe/arch/arm.h>
#elif defined(CONFIG_RISCV)
#include <probe/arch/riscv.h>
#else
#error "This architecture is not supported: x86-64, arm64, riscv64 and 32-bit Arm are."
#endif

#ifndef probe_untagged_addr
#define probe_untagged_addr(addr) untagged_addr(addr)
#endif

#ifndef PROBE_HAS_FTRACE_SITES
#define PROBE_HAS_FTRACE_SITES false
#define probe_ftrace_site(function) ((void)(function), 0)
#endif

static const struct probe_reg probe_regs[] = { PROBE_REGS };

/**
 * probe_arch_reg_offset() - the offset of a register in struct pt_regs
 * @name: the name of the register, not terminated
 * @len:  length of @name
 *
 * Context: any.
 * Return: the offset, or -1 if there is no such register.
 */
static inline int probe_arch_reg_offset(const char *name, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probe_regs); i++)
		if (strlen(probe_regs[i].name) == len &&
		    !strncmp(probe_regs[i].name, name, len))
			return probe_regs[i].offset;
	return -1;
}

/**
 * probe_arch_reg_read() - read a register
 * @regs:   registers at a hit
 * @offset: offset of the register in struct pt_regs
 *
 * Context: any.
 * Return: the value.
 */
static __always_inline unsigned long probe_arch_reg_read(const struct pt_regs *regs,
							 unsigned int offset)
{
	return *(const unsigned long *)((const char *)regs + offset);
}

#endif
