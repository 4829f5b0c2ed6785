// SPDX-License-Identifier: GPL-2.0-only
/* A jprobe: counts the calls of vfs_write() and the bytes that they are to write. */
#include <linux/module.h>

#include <jprobe.h>

static atomic64_t calls, bytes;

/* Called at each entry of vfs_write(), with its arguments. It must not sleep or print. */
static ssize_t j_vfs_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	atomic64_inc(&calls);
	atomic64_add(count, &bytes);
	jprobe_return();
	return 0;
}

static struct jprobe jp = {
	.entry = j_vfs_write,
	.kp.symbol_name = "vfs_write",
};

static int __init sample_init(void)
{
	return register_jprobe(&jp);
}

static void __exit sample_exit(void)
{
	unregister_jprobe(&jp);
	pr_info("sample_jprobe: %lld calls of vfs_write() with %lld bytes\n",
		(long long)atomic64_read(&calls), (long long)atomic64_read(&bytes));
}

module_init(sample_init);
module_exit(sample_exit);
MODULE_DESCRIPTION("A jprobe that counts");
MODULE_LICENSE("GPL");
