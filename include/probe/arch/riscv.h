/* SPDX-License-Identifier: GPL-2.0-only */
/* riscv64: the definitions that probe/arch.h describes. */
#ifndef PROBE_ARCH_RISCV_H
#define PROBE_ARCH_RISCV_H

#include <linux/ftrace.h>
#include <asm/csr.h>
#include <asm/page.h>

#ifndef CONFIG_64BIT
#error "32-bit RISC-V (CONFIG_32BIT) is not supported: riscv64 is."
#endif

/* Registers and arguments: RISC-V ELF psABI, "Integer Calling Convention" */

#define PROBE_REG_NAMES "epc ra sp gp tp t0 ... t6 s0 ... s11 a0 ... a7 status"

#define PROBE_REGS							\
	PROBE_REG(a0), PROBE_REG(a1), PROBE_REG(a2), PROBE_REG(a3),	\
	PROBE_REG(a4), PROBE_REG(a5), PROBE_REG(a6), PROBE_REG(a7),	\
	PROBE_REG(t0), PROBE_REG(t1), PROBE_REG(t2), PROBE_REG(t3),	\
	PROBE_REG(t4), PROBE_REG(t5), PROBE_REG(t6),			\
	PROBE_REG(s0), PROBE_REG(s1), PROBE_REG(s2), PROBE_REG(s3),	\
	PROBE_REG(s4), PROBE_REG(s5), PROBE_REG(s6), PROBE_REG(s7),	\
	PROBE_REG(s8), PROBE_REG(s9), PROBE_REG(s10), PROBE_REG(s11),	\
	PROBE_REG(epc), PROBE_REG(ra), PROBE_REG(sp), PROBE_REG(gp),	\
	PROBE_REG(tp), PROBE_REG(status)

#define PROBE_REG_STACK offsetof(struct pt_regs, sp)
#define PROBE_REG_RETURN offsetof(struct pt_regs, a0)

#define PROBE_REG_ARGS 8
/* The return address is in ra, so stack arguments begin at sp itself. */
#define PROBE_STACK_ARGS_OFFSET 0

static __always_inline void probe_reg_args(const struct pt_regs *regs, unsigned long *args)
{
	args[0] = regs->a0;
	args[1] = regs->a1;
	args[2] = regs->a2;
	args[3] = regs->a3;
	args[4] = regs->a4;
	args[5] = regs->a5;
	args[6] = regs->a6;
	args[7] = regs->a7;
}

static __always_inline unsigned long probe_regs_flags(const struct pt_regs *regs)
{
	return regs->status;
}

/* The address of a return value in memory is the first argument. */
#define probe_call(function, regs, ...) ((void)(regs), (function)(__VA_ARGS__))

/*
 * System calls: arch/riscv/include/asm/syscall_wrapper.h, since commit 08d0ce30e0e4 ("riscv:
 * Implement syscall wrappers") (v6.6), which selected the option. Before, their functions got
 * the arguments like all others.
 */

#ifdef CONFIG_ARCH_HAS_SYSCALL_WRAPPER
#define PROBE_SYSCALL_PREFIX "__riscv_sys_"
#define PROBE_SYSCALL_PREFIX_COMPAT "__riscv_compat_sys_"
#define PROBE_SYSCALL_PREFIXES_32 PROBE_SYSCALL_PREFIX_COMPAT

#define PROBE_SYSCALL_ENTRIES						\
	{ PROBE_SYSCALL_PREFIX, probe_syscall_regs },			\
	{ PROBE_SYSCALL_PREFIX_COMPAT, probe_syscall_regs_compat, true }
#else
#define PROBE_SYSCALL_PREFIX "sys_"
#define PROBE_SYSCALL_PREFIX_COMPAT "compat_sys_"
#define PROBE_SYSCALL_PREFIXES_32 PROBE_SYSCALL_PREFIX_COMPAT

#define PROBE_SYSCALL_ENTRIES						\
	{ PROBE_SYSCALL_PREFIX }, { PROBE_SYSCALL_PREFIX_COMPAT, NULL, true }
#endif

/* a0 is overwritten by the return value. */
#define PROBE_SYSCALL_REGS						\
	offsetof(struct pt_regs, orig_a0), offsetof(struct pt_regs, a1), \
	offsetof(struct pt_regs, a2), offsetof(struct pt_regs, a3),	\
	offsetof(struct pt_regs, a4), offsetof(struct pt_regs, a5)

#define PROBE_SYSCALL_REGS_COMPAT PROBE_SYSCALL_REGS

static __always_inline unsigned long probe_syscall_or_args(const struct pt_regs *regs)
{
	return regs->orig_a0 | regs->a1 | regs->a2 | regs->a3 | regs->a4 | regs->a5;
}

/*
 * Faults: there is no die event. Newer kernels than 6.12 call a tracepoint for page faults, but
 * after kprobe_fault_handler(), which handles those of the pre and post handlers.
 */

#define PROBE_TRAP_PAGE_FAULT	0
#define PROBE_DIE_PROTECTION	DIE_UNUSED
/* Of kernels before 5.14 only 5.12 and 5.13 have kprobes, and were not tried. */
#define PROBE_KERNEL_FAULT_HANDLER false

/*
 * Code bytes of a probe: EBREAK, or C.EBREAK for an instruction of two bytes
 * (arch/riscv/include/asm/bug.h: __BUG_INSN_32, __BUG_INSN_16). From v5.12 to v6.9 kprobes used
 * ftrace, up to commit 7caa9765465f ("ftrace: riscv: move from REGS to ARGS").
 */

#define PROBE_TEXT_ALIGN 2
#ifdef CONFIG_KPROBES_ON_FTRACE
#define PROBE_TEXT_BYTES MCOUNT_INSN_SIZE
#else
#define PROBE_TEXT_BYTES 4
#endif

static inline const char *probe_mode_of_text(const struct kprobe *p)
{
	bool whole = (p->opcode & 3) == 3 || p->flags & KPROBE_FLAG_FTRACE;
	u16 insn[2] = {};

	/* Not more than the instruction, which may be the last one of a mapping. */
	if (copy_from_kernel_nofault(insn, p->addr, whole ? sizeof(insn) : sizeof(*insn)))
		return NULL;
	if (p->flags & KPROBE_FLAG_FTRACE)
		return insn[0] == 0x0013 && !insn[1] ? NULL : "ftrace";	/* nop */
	if (whole)
		return insn[0] == 0x0073 && insn[1] == 0x0010 ? "ebreak" : NULL;
	return insn[0] == 0x9002 ? "ebreak" : NULL;
}

/*
 * A traced function begins with two nops, or auipc and jalr to ftrace, which use t0 only
 * (arch/riscv/include/asm/ftrace.h). Without KPROBES_ON_FTRACE, the kernel accepts no probe on the
 * first of them, until commit b2137c3b6d7a ("riscv: ftrace: prepare ftrace for atomic code
 * patching") (v6.16): since then ftrace changes only the second one.
 */
#define PROBE_HAS_FTRACE_SITES IS_ENABLED(CONFIG_DYNAMIC_FTRACE)

static inline unsigned int probe_ftrace_site(const void *function)
{
	u32 insn[2];

	if (copy_from_kernel_nofault(insn, function, sizeof(insn)))
		return 0;
	if ((insn[0] == 0x00000013 || (insn[0] & 0xfff) == 0x297) &&
	    (insn[1] == 0x00000013 || (insn[1] & 0xfffff) == 0x282e7))
		return sizeof(insn);
	return 0;
}

/* Used only with a tracepoint for page faults. */
static __always_inline bool probe_is_stepped(const struct kprobe *p, unsigned long ip)
{
	return false;
}

/*
 * do_trap_break() calls irqentry_nmi_enter() since commit f0bddf50586d ("riscv: entry: Convert
 * to generic entry") (v6.4), which selected the option. It adds NMI_OFFSET and HARDIRQ_OFFSET to
 * preempt_count().
 */
static __always_inline bool probe_enters_nmi(const struct kprobe *p)
{
	return IS_ENABLED(CONFIG_GENERIC_ENTRY) && !(p && p->flags & KPROBE_FLAG_FTRACE);
}

/* Memory */

/*
 * Since commit 2e1743085887 ("riscv: Add support for the tagged address ABI") (v6.13)
 * untagged_addr() uses current->mm, which a kernel thread does not have.
 */
#ifdef CONFIG_RISCV_ISA_SUPM
#define probe_untagged_addr(addr) (current->mm ? untagged_addr(addr) : (addr))
#endif

/* A user address may have a tag there: then it is taken for one of the kernel, and not mapped. */
static __always_inline bool probe_is_kernel_addr(unsigned long addr)
{
	return addr & BIT(63);
}

static __always_inline bool probe_mm_is_mapped(const struct mm_struct *mm)
{
	return (csr_read(CSR_SATP) & SATP_PPN) == virt_to_pfn(mm->pgd);
}

/* A read from a device that does not answer causes an access fault, which has a fixup. */
static __always_inline bool probe_is_device(unsigned long addr)
{
	return false;
}

/* The kernel exports no unwinder that begins at given registers. */

static __always_inline unsigned long probe_reg_link(const struct pt_regs *regs)
{
	return regs->ra;
}

static __always_inline unsigned long probe_reg_frame(const struct pt_regs *regs)
{
	return regs->s0;
}

/* Without CONFIG_FRAME_POINTER s0 is a register like others, which a call may leave unchanged. */
#define PROBE_FRAME_IS_UNIQUE IS_ENABLED(CONFIG_FRAME_POINTER)

static inline bool probe_is_returned_to(const char *symbol)
{
	return false;
}

#endif
