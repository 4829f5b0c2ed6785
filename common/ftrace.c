// SPDX-License-Identifier: GPL-2.0-only
/* The sysctl that switches ftrace off, and with it every probe on an ftrace entry. */

#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fs.h>

/**
 * probe_ftrace_is_off() - is kernel.ftrace_enabled 0?
 *
 * register_kprobe() on an ftrace entry returns 0 then, and nothing is armed. The variable
 * behind that sysctl is not exported, so its file is read.
 *
 * Context: process context, may sleep.
 * Return: false also where that file is not there: procfs may not be mounted.
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
