/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs by architecture, whatever the kernel's version. An architecture has one header
 * in probe/arch/; this one says what has to be in it:
 *
 * PROBE_REG_NAMES	the names of the registers, for a message
 * PROBE_REGS		a struct probe_reg for each, first those of arguments, in their order.
 *			The names are those of the kernel's own regs_query_register_offset();
 *			those that have no meaning in a function of the kernel are left out.
 * PROBE_REG_STACK, PROBE_REG_RETURN
 *			where the stack pointer and a function's result are in struct pt_regs
 * PROBE_REG_ARGS	how many words of arguments are in registers
 * PROBE_STACK_ARGS_OFFSET
 *			from the stack pointer at a function's entry to the other words
 * probe_reg_args()	copies the argument registers of a function's entry: PROBE_REG_ARGS words
 * probe_regs_flags()	the flags register
 * probe_call()		calls a function, a probe_call_t, with PROBE_CALL_WORDS words of arguments
 *			and the registers that another function was entered with: a result that
 *			does not fit into registers is written to where that function's goes
 * PROBE_CALL_RESULT	the register that has that address; not defined if an argument is it
 *
 * PROBE_SYSCALL_PREFIX	what the names of system calls' entry functions begin with
 * PROBE_SYSCALL_PREFIX_COMPAT
 *			of those for 32-bit programs that have a function of their own for them
 * PROBE_SYSCALL_PREFIXES_32
 *			all that are for 32-bit programs
 * PROBE_SYSCALL_REGS	where the arguments are in the registers of the caller
 * PROBE_SYSCALL_REGS_COMPAT
 *			of a 32-bit caller, if elsewhere
 * PROBE_SYSCALL_ENTRIES
 *			a struct probe_syscall for each prefix: common/syscall.h
 * probe_syscall_or_args()
 *			which bits are set in any of the arguments
 *
 * PROBE_TRAP_PAGE_FAULT, PROBE_DIE_PROTECTION
 *			what fault handlers are told of a page fault; the event of the die
 *			notifiers that is a general protection fault
 * PROBE_KERNEL_FAULT_HANDLER
 *			did struct kprobe's fault_handler see the faults of its other handlers?
 *
 * PROBE_TEXT_BYTES	how much of the text a probe changes, at most
 * probe_mode_of_text()	the mode in which a probe that is not disabled is armed, by what is in
 *			the text; NULL if it is not. May sleep.
 * probe_is_stepped()	is this instruction pointer where the probe's instruction is
 *			single-stepped? In any context, the fault's own too.
 * probe_enters_nmi()	are this probe's handlers called as if in an NMI? Called in a handler,
 *			with in_nmi(); NULL is a probe that is not known: true if it may be so.
 *
 * probe_is_kernel_addr()
 *			is an address, perhaps with a tag, one of the kernel's? Some, such as
 *			those that are not canonical, are neither this nor a user's.
 * probe_mm_is_mapped()	is the user memory that is mapped that of this mm? (Between switch_mm() and
 *			switch_to() it is the next task's already, and `current` is the previous
 *			task still; while the kernel patches its text, or calls EFI, it is no
 *			process's.) True if copy_from_user_nofault() checks that.
 * probe_is_device()	is this the address of a device's memory, which may not answer?
 *
 * probe_stack_unwind()	the return addresses from a hit on; a macro, too. Or else:
 * probe_reg_link(), probe_reg_frame()
 *			the return address of a function that has just been entered, and the
 *			frame pointer
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

/* So many words of arguments are passed by probe_call(). */
#define PROBE_CALL_WORDS 18

/**
 * typedef probe_call_t - what a function is called as, whatever its type is
 *
 * A function takes as many of the words as its type says.
 */
typedef void (*probe_call_t)(unsigned long, unsigned long, unsigned long, unsigned long,
			     unsigned long, unsigned long, unsigned long, unsigned long,
			     unsigned long, unsigned long, unsigned long, unsigned long,
			     unsigned long, unsigned long, unsigned long, unsigned long,
			     unsigned long, unsigned long);

/* Where a register is in struct pt_regs. */
struct probe_reg {
	const char *name;
	unsigned int offset;
};

/* A system call has at most so many arguments. */
#define PROBE_SYSCALL_ARGS 6

#define PROBE_REG(field) { #field, offsetof(struct pt_regs, field) }

#if defined(CONFIG_X86_64)
#include <probe/arch/x86.h>
#elif defined(CONFIG_ARM64)
#include <probe/arch/arm64.h>
#else
#error "This architecture is not supported: x86-64 and arm64 are."
#endif

static const struct probe_reg probe_regs[] = { PROBE_REGS };

/**
 * probe_reg_offset() - where a register is in struct pt_regs
 * @name: its name, not terminated
 * @len:  characters of it
 *
 * Context: any.
 * Return: the offset, or -1 if there is no such register.
 */
static inline int probe_reg_offset(const char *name, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probe_regs); i++)
		if (strlen(probe_regs[i].name) == len &&
		    !strncmp(probe_regs[i].name, name, len))
			return probe_regs[i].offset;
	return -1;
}

/**
 * probe_reg_read() - one register
 * @regs:   registers at a hit
 * @offset: where it is in struct pt_regs
 *
 * Context: any.
 * Return: its value.
 */
static __always_inline unsigned long probe_reg_read(const struct pt_regs *regs,
						    unsigned int offset)
{
	return *(const unsigned long *)((const char *)regs + offset);
}

#endif
