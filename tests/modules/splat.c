// SPDX-License-Identifier: GPL-2.0-only
/*
 * splat: causes a kernel fault for the tests of the test runner. what= is warn, oops, spin (on
 * all CPUs with interrupts off) or print.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bug.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/processor.h>
#include <linux/smp.h>
#include <linux/string.h>

static char *what = "warn";
module_param(what, charp, 0444);
MODULE_PARM_DESC(what, "warn, oops, spin or print");

static void spin(void *unused)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static int __init splat_init(void)
{
	int *nowhere = NULL;

	if (!strcmp(what, "warn"))
		WARN(1, "splat: warned on purpose\n");
	else if (!strcmp(what, "oops"))
		WRITE_ONCE(*nowhere, 1);
	else if (!strcmp(what, "spin"))
		on_each_cpu(spin, NULL, 1);
	else if (!strcmp(what, "print"))
		pr_info("printed on purpose\n");
	else
		return -EINVAL;
	return 0;
}

static void __exit splat_exit(void)
{
}

module_init(splat_init);
module_exit(splat_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("A module that misbehaves, to test the test runner");
