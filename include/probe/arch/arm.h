/* SPDX-License-Identifier: GPL-2.0-only */
/* 32-bit Arm: the definitions that probe/arch.h describes. */
#ifndef PROBE_ARCH_ARM_H
#define PROBE_ARCH_ARM_H

#include <asm/opcodes.h>
#include <asm/proc-fns.h>
#include <asm/stacktrace.h>

#ifdef CONFIG_THUMB2_KERNEL
#error "A kernel of Thumb-2 instructions (CONFIG_THUMB2_KERNEL) is not supported: use one of Arm instructions."
#endif
#ifdef CONFIG_CPU_BIG_ENDIAN
#error "A big-endian 32-bit Arm kernel (CONFIG_CPU_BIG_ENDIAN) is not supported."
#endif
/* A handler may have interrupted the holder of such a lock. Without SMP there is none. */
#if defined(CONFIG_GENERIC_ATOMIC64) && defined(CONFIG_SMP)
#error "The 64-bit atomic operations of this kernel take a lock (CONFIG_GENERIC_ATOMIC64): build it for ARMv6K or ARMv7, without CONFIG_CPU_V6."
#endif

/* Registers and arguments: AAPCS, 6.5 */

#define PROBE_REG_NAMES "r0 ... r10 fp ip sp lr pc cpsr"

#define PROBE_REG_R(n) { "r" #n, offsetof(struct pt_regs, uregs[n]) }

#define PROBE_REGS							\
	PROBE_REG_R(0), PROBE_REG_R(1), PROBE_REG_R(2), PROBE_REG_R(3),	\
	PROBE_REG_R(4), PROBE_REG_R(5), PROBE_REG_R(6), PROBE_REG_R(7),	\
	PROBE_REG_R(8), PROBE_REG_R(9), PROBE_REG_R(10),		\
	{ "fp", offsetof(struct pt_regs, ARM_fp) },			\
	{ "ip", offsetof(struct pt_regs, ARM_ip) },			\
	{ "sp", offsetof(struct pt_regs, ARM_sp) },			\
	{ "lr", offsetof(struct pt_regs, ARM_lr) },			\
	{ "pc", offsetof(struct pt_regs, ARM_pc) },			\
	{ "cpsr", offsetof(struct pt_regs, ARM_cpsr) }

#define PROBE_REG_STACK offsetof(struct pt_regs, ARM_sp)
#define PROBE_REG_RETURN offsetof(struct pt_regs, ARM_r0)

#define PROBE_REG_ARGS 4
/* The return address is in lr, so stack arguments begin at sp itself. */
#define PROBE_STACK_ARGS_OFFSET 0

static __always_inline void probe_reg_args(const struct pt_regs *regs, unsigned long *args)
{
	args[0] = regs->ARM_r0;
	args[1] = regs->ARM_r1;
	args[2] = regs->ARM_r2;
	args[3] = regs->ARM_r3;
}

static __always_inline unsigned long probe_regs_flags(const struct pt_regs *regs)
{
	return regs->ARM_cpsr;
}

/* The address of a return value in memory is the first argument. */
#define probe_call(function, regs, ...) ((void)(regs), (function)(__VA_ARGS__))

/*
 * System calls: arch/arm/kernel/entry-common.S. Their functions get the arguments like all
 * others. syscall() is a system call itself, whose first argument is the number of the other
 * one, so that the arguments of that are in r1 to r6.
 */

#define PROBE_SYSCALL_PREFIX "sys_"
/* All programs call the same functions. */
#define PROBE_SYSCALL_PREFIX_COMPAT "compat_sys_"
#define PROBE_SYSCALL_PREFIXES_32

#define PROBE_SYSCALL_REGS						\
	offsetof(struct pt_regs, ARM_r0), offsetof(struct pt_regs, ARM_r1), \
	offsetof(struct pt_regs, ARM_r2), offsetof(struct pt_regs, ARM_r3), \
	offsetof(struct pt_regs, ARM_r4), offsetof(struct pt_regs, ARM_r5), \
	offsetof(struct pt_regs, ARM_r6)
#define PROBE_SYSCALL_REGS_COMPAT PROBE_SYSCALL_REGS

#define PROBE_SYSCALL_ENTRIES { PROBE_SYSCALL_PREFIX }

static __always_inline unsigned long probe_syscall_or_args(const struct pt_regs *regs)
{
	return regs->ARM_r0 | regs->ARM_r1 | regs->ARM_r2 | regs->ARM_r3 |
	       regs->ARM_r4 | regs->ARM_r5 | regs->ARM_r6;
}

/* Faults: as on arm64, there is neither a tracepoint nor a die event. */

#define PROBE_TRAP_PAGE_FAULT	0
#define PROBE_DIE_PROTECTION	DIE_UNUSED
/* The kernel called kprobe.fault_handler for faults at user addresses only. */
#define PROBE_KERNEL_FAULT_HANDLER false

/*
 * Code bytes of a probe: an undefined instruction, or the branch to the detour buffer of an
 * optimized probe, both with the condition of the original instruction
 * (arch/arm/probes/kprobes/core.h: KPROBE_ARM_BREAKPOINT_INSTRUCTION; opt-arm.c).
 */

#define PROBE_TEXT_ALIGN 4
#define PROBE_TEXT_BYTES 4

static inline const char *probe_mode_of_text(const struct kprobe *p)
{
	u32 insn;

	if (copy_from_kernel_nofault(&insn, p->addr, sizeof(insn)))
		return NULL;
	insn = __mem_to_opcode_arm(insn);
	if ((insn & 0x0fffffff) == 0x07f001f8)
		return "undef";
	/* The original instruction may be another branch. */
	if ((insn & 0x0f000000) == 0x0a000000 && insn != p->opcode)
		return "optimized";
	return NULL;
}

/* Used only with a tracepoint for page faults. */
static __always_inline bool probe_is_stepped(const struct kprobe *p, unsigned long ip)
{
	return false;
}

/* There are no NMIs: do_undefinstr() does not change preempt_count(). */
static __always_inline bool probe_enters_nmi(const struct kprobe *p)
{
	return false;
}

/* Memory */

/* Between user memory and PAGE_OFFSET is that of modules. */
static __always_inline bool probe_is_kernel_addr(unsigned long addr)
{
	return addr >= TASK_SIZE;
}

static __always_inline bool probe_mm_is_mapped(const struct mm_struct *mm)
{
	return cpu_get_pgd() == mm->pgd;
}

/*
 * A read from a device that does not answer causes an external abort, which has no fixup. The
 * address translation operation ATS1CPR returns the memory type of a mapping (Arm ARM for
 * ARMv7-A, B4.1.112, "PAR"). ARMv6 has no such operation. QEMU returns no memory type without
 * LPAE, so no test shows this.
 */
static __always_inline bool probe_is_device(unsigned long addr)
{
#if __LINUX_ARM_ARCH__ >= 7
	unsigned long flags, low;
	u64 par = 0;

	raw_local_irq_save(flags);
	asm volatile("mcr p15, 0, %0, c7, c8, 0" : : "r" (addr));
	isb();
	asm volatile("mrc p15, 0, %0, c7, c4, 0" : "=r" (low));
	if (IS_ENABLED(CONFIG_ARM_LPAE))
		asm volatile("mrrc p15, 0, %Q0, %R0, c7" : "=r" (par));
	raw_local_irq_restore(flags);
	if (low & BIT(0))	/* not mapped */
		return false;
	/* MAIR attributes 0b0000xxxx are Device or Strongly-ordered memory. */
	if (IS_ENABLED(CONFIG_ARM_LPAE))
		return !(par >> 60);
	/* Inner attributes: 0b001 Strongly-ordered, 0b011 Device. */
	low = low >> 4 & 7;
	return low == 1 || low == 3;
#else
	return false;
#endif
}

/* Stacks */

static __always_inline unsigned long probe_reg_link(const struct pt_regs *regs)
{
	return regs->ARM_lr;
}

static __always_inline unsigned long probe_reg_frame(const struct pt_regs *regs)
{
	return regs->ARM_fp;
}

/* Without CONFIG_FRAME_POINTER fp is a register like others, which a call may leave unchanged. */
#define PROBE_FRAME_IS_UNIQUE false

/* arch/arm/kernel/entry-common.S calls the functions of system calls with this in lr. */
static inline bool probe_is_returned_to(const char *symbol)
{
	return strstarts(symbol, "ret_fast_syscall+0x0/");
}

/* The entries that are still to be stored, after those to skip. */
struct probe_stack_room {
	unsigned int skip;
	unsigned long *next;
	unsigned long *end;
};

/* Returns false if there is no more room. */
static inline bool probe_stack_store(struct probe_stack_room *room, unsigned long pc)
{
	if (room->skip)
		room->skip--;
	else
		*room->next++ = pc;
	return room->next < room->end;
}

#ifdef CONFIG_ARCH_STACKWALK
static inline bool probe_stack_walked(void *room, unsigned long pc)
{
	return probe_stack_store(room, pc);
}
#else
/* Without ARCH_STACKWALK a callback gets the frame, and returns non-zero to stop. */
static inline int probe_stack_walked(struct stackframe *frame, void *room)
{
	return !probe_stack_store(room, frame->pc);
}
#endif

static inline unsigned int probe_stack_walk(struct pt_regs *regs, unsigned long pc,
					    unsigned int skip, unsigned long *entries,
					    unsigned int max)
{
	struct probe_stack_room room = { .skip = skip, .next = entries, .end = entries + max };
	struct stackframe frame;

	arm_get_current_stackframe(regs, &frame);
	frame.pc = pc;
	walk_stackframe(&frame, probe_stack_walked, &room);
	return room.next - entries;
}

/*
 * Unwind from @regs. An unwinder that begins here would have to find the way through the detour
 * buffer of an optimized probe, for which there is no unwind table, and would print a warning
 * about that. A table describes the whole body of a function as it is after the prologue. So
 * at a function's entry unwinding begins with the caller, whose address is in lr; elsewhere
 * with the probed instruction, which is skipped.
 */
#define probe_stack_unwind(addr, regs, at_entry, entries, max)		\
	probe_stack_walk(regs, (at_entry) ? probe_caller(regs) : (addr),	\
			 !(at_entry), entries, max)

#endif
