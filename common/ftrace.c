// SPDX-License-Identifier: GPL-2.0-only
/* Read the sysctl that disables ftrace, and with it all ftrace-based probes. */

#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fs.h>

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
