/* SPDX-License-Identifier: GPL-2.0-only */
/* arm64: the definitions that probe/arch.h describes. */
#ifndef PROBE_ARCH_ARM64_H
#define PROBE_ARCH_ARM64_H

#include <linux/linkage.h>

/* Registers and arguments: AAPCS64, 6.8.2 */

#define PROBE_REG_NAMES "x0 ... x30 lr sp pc pstate"

#define PROBE_REG_X(n) { "x" #n, offsetof(struct pt_regs, regs[n]) }

#define PROBE_REGS							\
	PROBE_REG_X(0), PROBE_REG_X(1), PROBE_REG_X(2), PROBE_REG_X(3),	\
	PROBE_REG_X(4), PROBE_REG_X(5), PROBE_REG_X(6), PROBE_REG_X(7),	\
	PROBE_REG_X(8), PROBE_REG_X(9), PROBE_REG_X(10), PROBE_REG_X(11), \
	PROBE_REG_X(12), PROBE_REG_X(13), PROBE_REG_X(14), PROBE_REG_X(15), \
	PROBE_REG_X(16), PROBE_REG_X(17), PROBE_REG_X(18), PROBE_REG_X(19), \
	PROBE_REG_X(20), PROBE_REG_X(21), PROBE_REG_X(22), PROBE_REG_X(23), \
	PROBE_REG_X(24), PROBE_REG_X(25), PROBE_REG_X(26), PROBE_REG_X(27), \
	PROBE_REG_X(28), PROBE_REG_X(29), PROBE_REG_X(30),		\
	{ "lr", offsetof(struct pt_regs, regs[30]) },			\
	PROBE_REG(sp), PROBE_REG(pc), PROBE_REG(pstate)

#define PROBE_REG_STACK offsetof(struct pt_regs, sp)
#define PROBE_REG_RETURN offsetof(struct pt_regs, regs[0])

#define PROBE_REG_ARGS 8
/* The return address is in x30, so stack arguments begin at sp itself. */
#define PROBE_STACK_ARGS_OFFSET 0

static __always_inline void probe_reg_args(const struct pt_regs *regs, unsigned long *args)
{
	int i;

	for (i = 0; i < PROBE_REG_ARGS; i++)
		args[i] = regs->regs[i];
}

static __always_inline unsigned long probe_regs_flags(const struct pt_regs *regs)
{
	return regs->pstate;
}

#define PROBE_CALL_RESULT "x8"

/*
 * AAPCS64, 6.9: a return value of more than 16 bytes is written to the address in x8. C cannot
 * set x8 for a call, so probe_call_x8() gets x8 and the function as the arguments after the 18
 * words. Of those, eight are in registers and ten on the stack. It jumps to the function,
 * which thus finds the ten words at the stack pointer and returns to the caller.
 */
asm(
"	.pushsection .text, \"ax\"\n"
"	.balign	4\n"
"	.weak	probe_call_x8\n"
"	.type	probe_call_x8, %function\n"
"probe_call_x8:\n"
"	ldp	x8, x16, [sp, #80]\n"
"	br	x16\n"
"	.size	probe_call_x8, . - probe_call_x8\n"
"	.popsection\n"
);

asmlinkage void probe_call_x8(unsigned long, unsigned long, unsigned long, unsigned long,
			      unsigned long, unsigned long, unsigned long, unsigned long,
			      unsigned long, unsigned long, unsigned long, unsigned long,
			      unsigned long, unsigned long, unsigned long, unsigned long,
			      unsigned long, unsigned long,
			      unsigned long x8, probe_call_t function);

#define probe_call(function, regs, ...) \
	probe_call_x8(__VA_ARGS__, (regs)->regs[8], function)

/* System calls: arch/arm64/include/asm/syscall_wrapper.h */

#define PROBE_SYSCALL_PREFIX "__arm64_sys_"
#define PROBE_SYSCALL_PREFIX_COMPAT "__arm64_compat_sys_"
#define PROBE_SYSCALL_PREFIXES_32 PROBE_SYSCALL_PREFIX_COMPAT

#define PROBE_SYSCALL_REGS						\
	offsetof(struct pt_regs, regs[0]), offsetof(struct pt_regs, regs[1]), \
	offsetof(struct pt_regs, regs[2]), offsetof(struct pt_regs, regs[3]), \
	offsetof(struct pt_regs, regs[4]), offsetof(struct pt_regs, regs[5])

#define PROBE_SYSCALL_REGS_COMPAT PROBE_SYSCALL_REGS

#define PROBE_SYSCALL_ENTRIES						\
	{ PROBE_SYSCALL_PREFIX, probe_syscall_regs },			\
	{ PROBE_SYSCALL_PREFIX_COMPAT, probe_syscall_regs_compat, true }

static __always_inline unsigned long probe_syscall_or_args(const struct pt_regs *regs)
{
	return regs->regs[0] | regs->regs[1] | regs->regs[2] | regs->regs[3] |
	       regs->regs[4] | regs->regs[5];
}

/* Faults: arm64 has neither a tracepoint nor a die event for kernel page faults. */

#define PROBE_TRAP_PAGE_FAULT	0
#define PROBE_DIE_PROTECTION	DIE_UNUSED
/* The kernel called kprobe.fault_handler for faults at user addresses only. */
#define PROBE_KERNEL_FAULT_HANDLER false

/* Code bytes of a probe: BRK #4; arch/arm64/include/asm/brk-imm.h: KPROBES_BRK_IMM */

#define PROBE_TEXT_ALIGN 4
#define PROBE_TEXT_BYTES 4

static inline const char *probe_mode_of_text(const struct kprobe *p)
{
	u32 insn;

	if (copy_from_kernel_nofault(&insn, p->addr, sizeof(insn)))
		return NULL;
	return le32_to_cpu((__force __le32)insn) == 0xd4200080 ? "brk" : NULL;
}

/* Used only with a tracepoint for page faults. */
static __always_inline bool probe_is_stepped(const struct kprobe *p, unsigned long ip)
{
	return false;
}

/* arm64_enter_el1_dbg() does not change preempt_count(): in_nmi() is then a real NMI. */
static __always_inline bool probe_enters_nmi(const struct kprobe *p)
{
	return false;
}

/* Memory */

/* The bits above this one may be a tag. */
static __always_inline bool probe_is_kernel_addr(unsigned long addr)
{
	return addr & BIT(55);
}

/* The address is in bits 1 to 47. */
#define PROBE_TTBR_ADDR GENMASK_ULL(47, 1)

static __always_inline bool probe_mm_is_mapped(const struct mm_struct *mm)
{
	/* With software PAN, the user's TTBR0 is in the task's thread_info and always correct. */
	return system_uses_ttbr0_pan() ||
	       !((read_sysreg(ttbr0_el1) ^ phys_to_ttbr(virt_to_phys(mm->pgd))) & PROBE_TTBR_ADDR);
}

/*
 * A read from a device that does not answer causes an external abort, which has no fixup. The
 * address translation instruction returns the memory type of a mapping (Arm ARM, "AT S1E1R"
 * and "PAR_EL1": MAIR attributes 0b0000xxxx are Device memory).
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

/* The kernel exports no unwinder that begins at given registers. */

static __always_inline unsigned long probe_reg_link(const struct pt_regs *regs)
{
	return regs->regs[30];
}

static __always_inline unsigned long probe_reg_frame(const struct pt_regs *regs)
{
	return regs->regs[29];
}

#define PROBE_FRAME_IS_UNIQUE true

static inline bool probe_is_returned_to(const char *symbol)
{
	return false;
}

#endif
