// SPDX-License-Identifier: GPL-2.0-only
/* A wrong answer to exercise 6. */
/* missing: calls: a write counts from 4096 bytes on */
#include <linux/module.h>

#include <jprobe.h>

static atomic64_t calls, bytes;

static ssize_t j_vfs_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	if (count > 0) {
		atomic64_inc(&calls);
		atomic64_add(count, &bytes);
	}
	jprobe_return();
	return 0;
}

static struct jprobe jp = {
	.entry = j_vfs_write,
	.kp.symbol_name = "vfs_write",
};

static int __init answer_init(void)
{
	return register_jprobe(&jp);
}

static void __exit answer_exit(void)
{
	unregister_jprobe(&jp);
	pr_info("answer: %lld %lld\n", (long long)atomic64_read(&calls),
		(long long)atomic64_read(&bytes));
}

module_init(answer_init);
module_exit(answer_exit);
MODULE_DESCRIPTION("A wrong answer to exercise 6");
MODULE_LICENSE("GPL");
