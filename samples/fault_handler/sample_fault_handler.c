// SPDX-License-Identifier: GPL-2.0-only
/* A kprobe with a fault handler: how often is the buffer of a read not in memory yet? */
#include <linux/module.h>
#include <linux/uaccess.h>

#include <fault_handler.h>

static atomic_t faults;

static int handler_pre(struct kprobe *p, struct pt_regs *regs)
{
	const void __user *buf = (const void __user *)regs_get_kernel_argument(regs, 1);
	char first;

	if (copy_from_user_nofault(&first, buf, 1))
		fault_handler_note();	/* arm64 has no other way to know */
	return 0;
}

static int handler_fault(struct kprobe *p, struct pt_regs *regs, int trapnr)
{
	atomic_inc(&faults);
	return 0;
}

static struct fault_kprobe fk = {
	.kp = { .symbol_name = "vfs_read", .pre_handler = handler_pre },
	.fault_handler = handler_fault,
};

static int __init sample_init(void)
{
	return register_fault_kprobe(&fk);
}

static void __exit sample_exit(void)
{
	unregister_fault_kprobe(&fk);
	pr_info("sample_fault_handler: %d faults\n", atomic_read(&faults));
}

module_init(sample_init);
module_exit(sample_exit);
MODULE_DESCRIPTION("A kprobe with a fault handler");
MODULE_LICENSE("GPL");
