/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/kprobes.h, evened out: whose instance a kretprobe_instance is, fault
 * handlers, in which way a registered probe is armed, how much of the text it changes,
 * and where its instruction is executed.
 */
#ifndef COMPAT_KPROBES_H
#define COMPAT_KPROBES_H

#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "Linux 5.10 or newer is supported; this is an older one."
#endif

#if !__has_include(<linux/freelist.h>) && !__has_include(<linux/rethook.h>)
/*
 * before commit d741bf41d7c7 ("kprobes: Remove kretprobe hash") (v5.11), which came with
 * freelist.h; kernels that have that header no longer have rethook.h (v5.18)
 */
static inline struct kretprobe *get_kretprobe(struct kretprobe_instance *ri)
{
	return ri->rp;
}
#endif

/**
 * typedef probe_fault_handler_t - called for a fault of another handler of a probe
 * @p:      the probe
 * @regs:   registers at the faulting instruction
 * @trapnr: number of the trap
 *
 * Return: 0 to have the kernel go on: with the fixup, or the oops; 1 to resume at
 * instruction_pointer(@regs), where that is possible.
 */
typedef int (*probe_fault_handler_t)(struct kprobe *p, struct pt_regs *regs, int trapnr);

/**
 * probe_fault_handler_set() - let the kernel call the fault handler of a probe
 * @p:       the kprobe, not registered
 * @handler: the fault handler
 *
 * Context: any.
 * Return: false if this kernel has no such thing, or not for all faults.
 */
static inline bool probe_fault_handler_set(struct kprobe *p, probe_fault_handler_t handler)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0) && defined(CONFIG_X86_64)
	/*
	 * before commit ec6aba3d2be1 ("kprobes: Remove kprobe::fault_handler") (v5.14), of
	 * which neither a macro nor a header tells; arm64 called it for addresses of users only
	 */
	p->fault_handler = handler;
	return true;
#else
	return false;
#endif
}

#if defined(CONFIG_X86_64)

/* What a probe changes: a byte, or a call or jump of five. */
#define PROBE_TEXT_BYTES 5

/*
 * The first byte in the text tells: int3; the call of an ftrace site; the jump
 * to the detour buffer of an optimised probe. An ftrace site has an int3, too, for the
 * moment in which another user of it comes or goes: see text_poke_bp().
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
	/* The kernel optimises no jump, so where one was, it is the original instruction. */
	if (byte == 0xe9 && p->opcode != 0xe9)
		return "optimized";
	return NULL;
}

/**
 * probe_is_stepped() - is this where a probe's instruction is single-stepped?
 * @p:  a kprobe
 * @ip: an instruction pointer
 *
 * An int3 takes the place of the instruction, of which a copy is executed then.
 *
 * Context: any, the fault's own too.
 */
static __always_inline bool probe_is_stepped(const struct kprobe *p, unsigned long ip)
{
	return ip && ip == (unsigned long)p->ainsn.insn;
}

/**
 * probe_enters_nmi() - are this probe's handlers called as if in an NMI?
 * @p: the kprobe that was hit; NULL: not known
 *
 * exc_int3() calls irqentry_nmi_enter(), which adds a level to preempt_count(). At an
 * ftrace site and in an optimised probe nothing does.
 *
 * Context: a handler of @p, with in_nmi().
 * Return: true also if that is not known.
 */
static __always_inline bool probe_enters_nmi(const struct kprobe *p)
{
	return !p || (!(p->flags & KPROBE_FLAG_FTRACE) && READ_ONCE(*(u8 *)p->addr) == 0xcc);
}

#elif defined(CONFIG_ARM64)

#define PROBE_TEXT_BYTES 4

/* BRK #4; arch/arm64/include/asm/brk-imm.h: KPROBES_BRK_IMM */
static inline const char *probe_mode_of_text(const struct kprobe *p)
{
	u32 insn;

	if (copy_from_kernel_nofault(&insn, p->addr, sizeof(insn)))
		return NULL;
	return le32_to_cpu((__force __le32)insn) == 0xd4200080 ? "brk" : NULL;
}

/* arm64_enter_el1_dbg() does not change preempt_count(): in_nmi() is then a real NMI. */
static __always_inline bool probe_enters_nmi(const struct kprobe *p)
{
	return false;
}

/* arm64 has no tracepoint for kernel page faults. */
static __always_inline bool probe_is_stepped(const struct kprobe *p, unsigned long ip)
{
	return false;
}

#else
#error "How a probe looks in the text is not known here: x86-64 and arm64 are supported."
#endif

/**
 * probe_text_read() - the bytes at a probed place, as they are now
 * @bytes: set to them
 * @addr:  the place
 *
 * Context: process context.
 * Return: true, or false if nothing is there.
 */
static inline bool probe_text_read(u8 bytes[PROBE_TEXT_BYTES], const void *addr)
{
	return !copy_from_kernel_nofault(bytes, addr, PROBE_TEXT_BYTES);
}

/**
 * probe_mode() - in which way a registered probe is armed
 * @p: a registered kprobe, or a kretprobe's kp
 *
 * Asks the text itself: since commit 587e8e6d640b ("kprobes: Adopt guard() and
 * scoped_guard()") (v6.14) register_kprobe() can return 0 for a probe that could not be
 * armed, and with debugfs kprobes/enabled at 0 it always does, as enable_kprobe().
 *
 * Context: process context, may sleep.
 * Return: "int3", "ftrace", "optimized", "brk"; NULL if it is not armed.
 */
static inline const char *probe_mode(const struct kprobe *p)
{
	if (p->flags & (KPROBE_FLAG_DISABLED | KPROBE_FLAG_GONE))
		return NULL;
	return probe_mode_of_text(p);
}

#endif
