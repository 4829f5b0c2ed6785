/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/kprobes.h, evened out: whose instance a kretprobe_instance is, and in
 * which way a registered probe is armed.
 */
#ifndef COMPAT_KPROBES_H
#define COMPAT_KPROBES_H

#include <linux/kprobes.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
/* before commit d741bf41d7c7 ("kprobes: Remove kretprobe hash") (v5.11) */
static inline struct kretprobe *get_kretprobe(struct kretprobe_instance *ri)
{
	return ri->rp;
}
#endif

#if defined(CONFIG_X86_64)

/*
 * The first byte in the text tells: int3; the call of an ftrace site; the jump
 * to the detour buffer of an optimised probe.
 */
static inline const char *probe_mode_of_text(const struct kprobe *p)
{
	u8 byte;

	if (copy_from_kernel_nofault(&byte, p->addr, sizeof(byte)))
		return NULL;
	if (p->flags & KPROBE_FLAG_FTRACE)
		return byte == 0xe8 ? "ftrace" : NULL;
	if (byte == 0xcc)
		return "int3";
	if (byte == 0xe9)
		return "optimized";
	return NULL;
}

#elif defined(CONFIG_ARM64)

/* BRK #4; arch/arm64/include/asm/brk-imm.h: KPROBES_BRK_IMM */
static inline const char *probe_mode_of_text(const struct kprobe *p)
{
	u32 insn;

	if (copy_from_kernel_nofault(&insn, p->addr, sizeof(insn)))
		return NULL;
	return le32_to_cpu((__force __le32)insn) == 0xd4200080 ? "brk" : NULL;
}

#else
#error "How a probe looks in the text is not known here: x86-64 and arm64 are supported."
#endif

/**
 * probe_mode() - in which way a registered probe is armed
 * @p: a registered kprobe, or a kretprobe's kp
 *
 * Asks the text itself: since commit 12af2b83d0b1 ("kprobes: Remove unneeded
 * goto" and its series, v6.14) register_kprobe() can return 0 for a probe that
 * could not be armed, and with debugfs kprobes/enabled at 0 it always does.
 *
 * Context: process context.
 * Return: "int3", "ftrace", "optimized", "brk"; NULL if it is not armed.
 */
static inline const char *probe_mode(const struct kprobe *p)
{
	if (p->flags & (KPROBE_FLAG_DISABLED | KPROBE_FLAG_GONE))
		return NULL;
	return probe_mode_of_text(p);
}

#endif
