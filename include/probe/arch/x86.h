/* SPDX-License-Identifier: GPL-2.0-only */
/* x86-64: the definitions that probe/arch.h describes. */
#ifndef PROBE_ARCH_X86_H
#define PROBE_ARCH_X86_H

#include <asm/unwind.h>

#include <compat/traps.h>

/* Registers and arguments: System V ABI, AMD64 supplement, 3.2.3 */

#define PROBE_REG_NAMES "ax bx cx dx si di bp sp r8 ... r15 ip flags"

#define PROBE_REGS							\
	PROBE_REG(di), PROBE_REG(si), PROBE_REG(dx), PROBE_REG(cx),	\
	PROBE_REG(r8), PROBE_REG(r9), PROBE_REG(ax), PROBE_REG(bx),	\
	PROBE_REG(bp), PROBE_REG(sp), PROBE_REG(r10), PROBE_REG(r11),	\
	PROBE_REG(r12), PROBE_REG(r13), PROBE_REG(r14), PROBE_REG(r15),	\
	PROBE_REG(ip), PROBE_REG(flags)

#define PROBE_REG_STACK offsetof(struct pt_regs, sp)
#define PROBE_REG_RETURN offsetof(struct pt_regs, ax)

#define PROBE_REG_ARGS 6
/* At a function's entry the stack pointer points to the return address. */
#define PROBE_STACK_ARGS_OFFSET sizeof(long)

static __always_inline void probe_reg_args(const struct pt_regs *regs, unsigned long *args)
{
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	args[3] = regs->cx;
	args[4] = regs->r8;
	args[5] = regs->r9;
}

static __always_inline unsigned long probe_regs_flags(const struct pt_regs *regs)
{
	return regs->flags;
}

/* The address of a return value in memory is the first argument. */
#define probe_call(function, regs, ...) ((void)(regs), (function)(__VA_ARGS__))

/* System calls: arch/x86/include/asm/syscall_wrapper.h */

#define PROBE_SYSCALL_PREFIX "__x64_sys_"
#define PROBE_SYSCALL_PREFIX_COMPAT "__ia32_compat_sys_"
#define PROBE_SYSCALL_PREFIXES_32 PROBE_SYSCALL_PREFIX_COMPAT, "__ia32_sys_"

#define PROBE_SYSCALL_REGS						\
	offsetof(struct pt_regs, di), offsetof(struct pt_regs, si),	\
	offsetof(struct pt_regs, dx), offsetof(struct pt_regs, r10),	\
	offsetof(struct pt_regs, r8), offsetof(struct pt_regs, r9)
#define PROBE_SYSCALL_REGS_COMPAT					\
	offsetof(struct pt_regs, bx), offsetof(struct pt_regs, cx),	\
	offsetof(struct pt_regs, dx), offsetof(struct pt_regs, si),	\
	offsetof(struct pt_regs, di), offsetof(struct pt_regs, bp)

#define PROBE_SYSCALL_ENTRIES						\
	{ PROBE_SYSCALL_PREFIX, probe_syscall_regs },			\
	{ "__x64_compat_sys_", probe_syscall_regs },			\
	{ PROBE_SYSCALL_PREFIX_COMPAT, probe_syscall_regs_compat, true },	\
	{ "__ia32_sys_", probe_syscall_regs_compat, true }

static __always_inline unsigned long probe_syscall_or_args(const struct pt_regs *regs)
{
	return regs->di | regs->si | regs->dx | regs->r10 | regs->r8 | regs->r9;
}

/* Faults */

#define PROBE_TRAP_PAGE_FAULT	X86_TRAP_PF
#define PROBE_DIE_PROTECTION	DIE_GPF
#define PROBE_KERNEL_FAULT_HANDLER true

/* Code bytes of a probe: an int3, or a call or jump of five bytes. */

#define PROBE_TEXT_ALIGN 1
#define PROBE_TEXT_BYTES 5

/*
 * The first byte is an int3, the call of an ftrace site, or the jump to the detour buffer of
 * an optimized probe. An ftrace site also has an int3 while another user of it is added or
 * removed (text_poke_bp()), so wait for that to end.
 */
static inline const char *probe_mode_of_text(const struct kprobe *p)
{
	unsigned int tries = 20;
	u8 byte;

	while (true) {
		if (copy_from_kernel_nofault(&byte, p->addr, sizeof(byte)))
			return NULL;
		if (!(p->flags & KPROBE_FLAG_FTRACE) || byte != 0xcc || !tries--)
			break;
		usleep_range(1000, 2000);
	}
	if (p->flags & KPROBE_FLAG_FTRACE)
		return byte == 0xe8 ? "ftrace" : NULL;
	if (byte == 0xcc)
		return "int3";
	/* The kernel does not optimize a probe on a jump: that would be the original one. */
	if (byte == 0xe9 && p->opcode != 0xe9)
		return "optimized";
	return NULL;
}

/* The int3 replaces the instruction; a copy of it is single-stepped. */
static __always_inline bool probe_is_stepped(const struct kprobe *p, unsigned long ip)
{
	return ip && ip == (unsigned long)p->ainsn.insn;
}

/*
 * exc_int3() calls irqentry_nmi_enter(), which adds NMI_OFFSET and HARDIRQ_OFFSET to
 * preempt_count(). An ftrace-based or optimized probe does not change it.
 */
static __always_inline bool probe_enters_nmi(const struct kprobe *p)
{
	return !p || (!(p->flags & KPROBE_FLAG_FTRACE) && READ_ONCE(*(u8 *)p->addr) == 0xcc);
}

/* Memory */

static __always_inline bool probe_is_kernel_addr(unsigned long addr)
{
	return addr & BIT(63);
}

static __always_inline bool probe_mm_is_mapped(const struct mm_struct *mm)
{
	return PROBE_USER_NOFAULT_CHECKS_MM || read_cr3_pa() == __pa(mm->pgd);
}

/* Reads of device memory always complete. */
static __always_inline bool probe_is_device(unsigned long addr)
{
	return false;
}

/* At a function's first instruction. NOCHECK: for KASAN it is in the caller's frame. */
static __always_inline unsigned long probe_reg_link(const struct pt_regs *regs)
{
	return READ_ONCE_NOCHECK(*(const unsigned long *)regs->sp);
}

static __always_inline unsigned long probe_reg_frame(const struct pt_regs *regs)
{
	return regs->sp;
}

#define PROBE_FRAME_IS_UNIQUE true

static inline bool probe_is_returned_to(const char *symbol)
{
	return false;
}

/*
 * Unwind from @regs, not from the current function: the unwinder does not find the way from
 * the detour buffer of an optimized probe to the probed task's stack. In a handler, regs->ip
 * is one byte after the probed address, where the frame may differ (after a push), so it is
 * set to @addr meanwhile. Whether the unwinder begins with @regs or with the caller differs
 * between kernels, so an entry for @addr itself is skipped.
 */
#define probe_stack_unwind probe_stack_unwind
static inline unsigned int probe_stack_unwind(unsigned long addr, struct pt_regs *regs,
					      bool at_entry, unsigned long *entries,
					      unsigned int max)
{
	unsigned long ip = instruction_pointer(regs);
	struct unwind_state state;
	bool first = true;
	unsigned int n = 0;

	/* At the entry there is no frame yet: frame pointers lead to the caller's caller. */
	if (IS_ENABLED(CONFIG_UNWINDER_FRAME_POINTER) && at_entry)
		entries[n++] = READ_ONCE_NOCHECK(*(unsigned long *)regs->sp);
	instruction_pointer_set(regs, addr);
	for (unwind_start(&state, current, regs, NULL);
	     n < max && !unwind_done(&state); unwind_next_frame(&state)) {
		unsigned long caller = unwind_get_return_address(&state);

		if (!caller)
			break;
		if (!first || caller != addr)
			entries[n++] = caller;
		first = false;
	}
	instruction_pointer_set(regs, ip);
	return n;
}

#endif
