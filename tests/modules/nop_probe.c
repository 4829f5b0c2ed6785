// SPDX-License-Identifier: GPL-2.0-only
/*
 * nop_probe: a kprobe, or with ret=1 a kretprobe, whose handlers do nothing. If the kernel fails
 * with this probe, the fault is not in our modules.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/string.h>

static char *symbol = "kernel_clone";
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "the function to probe");

static bool ret;
module_param(ret, bool, 0444);
MODULE_PARM_DESC(ret, "a kretprobe instead of a kprobe");

static bool post;
module_param(post, bool, 0444);
MODULE_PARM_DESC(post, "a kprobe with a post handler, too");

static int nop_pre(struct kprobe *p, struct pt_regs *regs)
{
	return 0;
}

static void nop_post(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
}

static int nop_ret(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return 0;
}

static struct kprobe kp = {
	.pre_handler = nop_pre,
};

static struct kretprobe rp = {
	.handler = nop_ret,
};

static int __init nop_init(void)
{
	int err;

	if (ret) {
		rp.kp.symbol_name = symbol;
		err = register_kretprobe(&rp);
	} else {
		kp.symbol_name = symbol;
		kp.post_handler = post ? nop_post : NULL;
		err = register_kprobe(&kp);
	}
	if (err)
		pr_info("%s on %s: %d\n", ret ? "kretprobe" : "kprobe", symbol, err);
	return err;
}

static void __exit nop_exit(void)
{
	if (ret)
		unregister_kretprobe(&rp);
	else
		unregister_kprobe(&kp);
}

module_init(nop_init);
module_exit(nop_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("A probe that does nothing");
