/* SPDX-License-Identifier: GPL-2.0-only */
/* What a probe has changed in the text of the kernel, and its mode, which is told by that. */
#ifndef PROBE_TEXT_H
#define PROBE_TEXT_H

#include <linux/kprobes.h>

#include <probe/arch.h>

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
