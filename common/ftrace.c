// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sites of ftrace, and the two switches that prevent a registered probe from being armed: the
 * sysctl kernel.ftrace_enabled and debugfs kprobes/enabled.
 */

#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/kprobes.h>

#include <probe/arch.h>

/**
 * probe_ftrace_site_at() - is an address in a site of ftrace where there may be no probe?
 * @addr: the address
 *
 * Context: process context, under probe_mutex.
 * Return: the size of the site, which is at the start of a function; 0 if @addr is in none.
 */
static unsigned int probe_ftrace_site_at(const void *addr)
{
	unsigned long offset, size;
	unsigned int site;

	if (!PROBE_HAS_FTRACE_SITES || !addr)
		return 0;
	offset = probe_symbols_offset(addr, &size);
	site = offset == ULONG_MAX ? 0 : probe_ftrace_site(addr - offset);
	return offset < site ? site : 0;
}

/**
 * probe_ftrace_is_off() - is kernel.ftrace_enabled 0?
 *
 * With it, register_kprobe() at an ftrace site returns 0 but arms nothing. The variable of
 * the sysctl is not exported, so its file is read.
 *
 * Context: process context, may sleep.
 * Return: false also if the file does not exist, as when procfs is not mounted.
 */
static bool probe_ftrace_is_off(void)
{
	struct file *file = filp_open("/proc/sys/kernel/ftrace_enabled", O_RDONLY | O_NONBLOCK, 0);
	loff_t pos = 0;
	char first = 0;

	if (IS_ERR(file))
		return false;
	kernel_read(file, &first, 1, &pos);
	filp_close(file, NULL);
	return first == '0';
}

/* Never called, so that a probe on it is never hit. */
static noinline notrace void probe_ftrace_never_called(void)
{
	barrier();
}

/**
 * probe_ftrace_kprobes_are_off() - is debugfs kprobes/enabled 0?
 *
 * For most probes the code bytes show whether they are armed (probe_text_mode()). But an ftrace
 * site has a call, too, if another tracer uses the function. So this registers and enables
 * a probe: if the switch is 0, enable_kprobe() returns 0 and leaves the probe disabled.
 *
 * Context: process context, under probe_mutex, may sleep.
 */
static bool probe_ftrace_kprobes_are_off(void)
{
	static struct kprobe kp;
	bool off;

	kp = (struct kprobe) {
		.addr = (kprobe_opcode_t *)probe_ftrace_never_called,
		.flags = KPROBE_FLAG_DISABLED,
	};
	if (register_kprobe(&kp))
		return false;
	off = !enable_kprobe(&kp) && kprobe_disabled(&kp);
	unregister_kprobe(&kp);
	return off;
}
