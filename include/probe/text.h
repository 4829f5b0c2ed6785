/* SPDX-License-Identifier: GPL-2.0-only */
/* Read the code bytes at a probe, and derive from them how the probe is armed. */
#ifndef PROBE_TEXT_H
#define PROBE_TEXT_H

#include <linux/kprobes.h>

#include <probe/arch.h>

/**
 * probe_text_read() - read the current code bytes at an address
 * @bytes: filled
 * @addr:  the address
 *
 * Context: process context.
 * Return: false if the address cannot be read.
 */
static inline bool probe_text_read(u8 bytes[PROBE_TEXT_BYTES], const void *addr)
{
	return !copy_from_kernel_nofault(bytes, addr, PROBE_TEXT_BYTES);
}

/**
 * probe_text_mode() - how a registered probe is armed
 * @p: a registered kprobe, or the kp of a kretprobe
 *
 * Looks at the code bytes. Since commit 587e8e6d640b ("kprobes: Adopt guard() and
 * scoped_guard()") (v6.14) register_kprobe() may return 0 for a probe that could not be
 * armed; with debugfs kprobes/enabled at 0 it always does, and so does enable_kprobe().
 *
 * Context: process context, may sleep.
 * Return: "int3", "ftrace", "optimized", "brk", "undef" or "ebreak"; NULL if it is not
 * armed.
 */
static inline const char *probe_text_mode(const struct kprobe *p)
{
	if (p->flags & (KPROBE_FLAG_DISABLED | KPROBE_FLAG_GONE))
		return NULL;
	return probe_mode_of_text(p);
}

#endif
