// SPDX-License-Identifier: GPL-2.0-only
/*
 * old_jprobe: a module as written for Linux 4.14; the Kbuild includes jprobe.h. Its entry
 * function prints the nine arguments of target_nine().
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/kprobes.h>

static int jtarget_nine(int a, long b, void *c, unsigned int d, int e, unsigned long f,
			int g, const char *h, long i)
{
	pr_info("jprobe: a = %d, b = 0x%lx, c = 0x%lx, d = 0x%x, e = %d, f = 0x%lx, g = %d, h = %s, i = %ld\n",
		a, b, (unsigned long)c, d, e, f, g, h, i);

	/* Always end with a call to jprobe_return(). */
	jprobe_return();
	return 0;
}

static struct jprobe my_jprobe = {
	.entry			= jtarget_nine,
	.kp = {
		.symbol_name	= "target_nine",
	},
};

static int __init jprobe_init(void)
{
	int ret;

	ret = register_jprobe(&my_jprobe);
	if (ret < 0) {
		pr_err("register_jprobe failed, returned %d\n", ret);
		return -1;
	}
	pr_info("Planted jprobe at %px, handler addr %px\n",
		my_jprobe.kp.addr, my_jprobe.entry);
	return 0;
}

static void __exit jprobe_exit(void)
{
	unregister_jprobe(&my_jprobe);
	pr_info("jprobe at %px unregistered\n", my_jprobe.kp.addr);
}

module_init(jprobe_init)
module_exit(jprobe_exit)
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A jprobe as of Linux 4.14");
