// SPDX-License-Identifier: GPL-2.0-only
/*
 * burst: calls a function many times with interrupts off, so that nothing else runs on this CPU
 * until the last call. The records of its probes are then still in the rings. If the kernel
 * panics at that point, only the panic notifier can print them.
 *
 * Write to these parameters:
 *   hits    N: call the function N times
 *   prints  N: print N lines with printk(), "burst: line 1 of N"
 *   panic   hits=N or prints=N: do the same, then panic
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

void burst_function(long n, const char *text);

noinline void burst_function(long n, const char *text)
{
	/* The compiler must not remove the calls or the arguments. */
	asm volatile("" : : "r" (n), "r" (text) : "memory");
}

static void burst_hits(unsigned int count)
{
	static char text[200];
	unsigned int i;

	memset(text, 'x', sizeof(text) - 1);
	for (i = 0; i < count; i++)
		burst_function(i + 1, text);
}

static void burst_prints(unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		pr_info("line %u of %u\n", i + 1, count);
}

static int burst_set(const char *val, const struct kernel_param *kp)
{
	void (*burst)(unsigned int count) = kp->arg;
	unsigned long flags;
	unsigned int count;
	int err;

	err = kstrtouint(val, 0, &count);
	if (err)
		return err;
	local_irq_save(flags);
	burst(count);
	local_irq_restore(flags);
	return 0;
}

static int panic_set(const char *val, const struct kernel_param *kp)
{
	void (*burst)(unsigned int count);
	unsigned int count;

	if (!strncmp(val, "hits=", 5))
		burst = burst_hits;
	else if (!strncmp(val, "prints=", 7))
		burst = burst_prints;
	else
		return -EINVAL;
	if (kstrtouint(strchr(val, '=') + 1, 0, &count))
		return -EINVAL;
	local_irq_disable();
	burst(count);
	panic("burst: on purpose");
}

static const struct kernel_param_ops burst_ops = {
	.set = burst_set,
};

static const struct kernel_param_ops panic_ops = {
	.set = panic_set,
};

module_param_cb(hits, &burst_ops, burst_hits, 0200);
MODULE_PARM_DESC(hits, "write N: call burst_function() N times with interrupts off");
module_param_cb(prints, &burst_ops, burst_prints, 0200);
MODULE_PARM_DESC(prints, "write N: print N lines with interrupts off");
module_param_cb(panic, &panic_ops, NULL, 0200);
MODULE_PARM_DESC(panic, "write hits=N or prints=N: the same, then panic");

static int __init burst_init(void)
{
	return 0;
}

static void __exit burst_exit(void)
{
}

module_init(burst_init);
module_exit(burst_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("Many hits at once, for the tests of buffers");
