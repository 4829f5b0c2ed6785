// SPDX-License-Identifier: GPL-2.0-only
/*
 * nothing - registers probes that do nothing, all at once, as the kernel's interface allows it
 *
 * The time to load and unload this module is what the kernel itself needs for these probes.
 */

#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

static bool ret;
module_param(ret, bool, 0400);
MODULE_PARM_DESC(ret, "kretprobes instead of kprobes");

static bool post;
module_param(post, bool, 0400);
MODULE_PARM_DESC(post, "kprobes with a post handler");

static char *symbols;
static unsigned int nr;
static struct kprobe **kps;
static struct kretprobe **rps;

static int symbol_set(const char *val, const struct kernel_param *kp)
{
	symbols = kstrdup(val, GFP_KERNEL);
	return symbols ? 0 : -ENOMEM;
}

static const struct kernel_param_ops symbol_ops = { .set = symbol_set };
module_param_cb(symbol, &symbol_ops, NULL, 0);
MODULE_PARM_DESC(symbol, "functions to probe, comma-separated");

static int nothing_pre(struct kprobe *p, struct pt_regs *regs)
{
	return 0;
}

static void nothing_post(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
}

static int nothing_ret(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return 0;
}

static void nothing_free(void)
{
	while (nr--)
		kfree(rps[nr]);
	kvfree(rps);
	kvfree(kps);
	kfree(symbols);
}

static int __init nothing_init(void)
{
	unsigned int max = 1;
	const char *comma;
	char *rest, *name, *plus;
	int err = -ENOMEM;

	if (!symbols)
		return -EINVAL;
	for (comma = symbols; (comma = strchr(comma, ',')); comma++)
		max++;
	kps = kvcalloc(max, sizeof(*kps), GFP_KERNEL);
	rps = kvcalloc(max, sizeof(*rps), GFP_KERNEL);
	rest = symbols;
	while (kps && rps && (name = strsep(&rest, ","))) {
		rps[nr] = kzalloc(sizeof(*rps[nr]), GFP_KERNEL);
		if (!rps[nr])
			break;
		rps[nr]->handler = nothing_ret;
		kps[nr] = &rps[nr]->kp;
		plus = strchr(name, '+');
		if (plus && kstrtouint(plus + 1, 0, &kps[nr]->offset))
			break;
		if (plus)
			*plus = '\0';
		kps[nr]->symbol_name = name;
		if (!ret)
			kps[nr]->pre_handler = nothing_pre;
		if (post)
			kps[nr]->post_handler = nothing_post;
		nr++;
	}
	if (nr == max)
		err = ret ? register_kretprobes(rps, nr) : register_kprobes(kps, nr);
	if (err)
		nothing_free();
	return err;
}

static void __exit nothing_exit(void)
{
	if (ret)
		unregister_kretprobes(rps, nr);
	else
		unregister_kprobes(kps, nr);
	nothing_free();
}

module_init(nothing_init);
module_exit(nothing_exit);
MODULE_DESCRIPTION("register probes that do nothing");
MODULE_LICENSE("GPL");
