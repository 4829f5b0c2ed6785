// SPDX-License-Identifier: GPL-2.0-only
/*
 * many_target: many functions to probe, and counts of their calls
 *
 *	echo 5 >/sys/kernel/debug/many_target
 *	cat /sys/kernel/debug/many_target
 *	many_00 5
 *	...
 *	plain_fe 35
 *
 * There are 256 functions many_00 to many_ff, as the compiler makes them, and 256 functions
 * plain_00 to plain_ff without an ftrace site. Writing N calls the function of number n
 * (n % 8 + 1) * N times, those that end in f never. Those that end in 3, 7 or b fail.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

/* M is called with the digits of all numbers from 00 to ff. */
#define SIXTEEN(m, set, x)						\
	m(set, x##0) m(set, x##1) m(set, x##2) m(set, x##3)		\
	m(set, x##4) m(set, x##5) m(set, x##6) m(set, x##7)		\
	m(set, x##8) m(set, x##9) m(set, x##a) m(set, x##b)		\
	m(set, x##c) m(set, x##d) m(set, x##e) m(set, x##f)
#define ALL(m, set)							\
	SIXTEEN(m, set, 0) SIXTEEN(m, set, 1) SIXTEEN(m, set, 2) SIXTEEN(m, set, 3) \
	SIXTEEN(m, set, 4) SIXTEEN(m, set, 5) SIXTEEN(m, set, 6) SIXTEEN(m, set, 7) \
	SIXTEEN(m, set, 8) SIXTEEN(m, set, 9) SIXTEEN(m, set, a) SIXTEEN(m, set, b) \
	SIXTEEN(m, set, c) SIXTEEN(m, set, d) SIXTEEN(m, set, e) SIXTEEN(m, set, f)

#define FUNCTIONS 256

static atomic_t calls_many[FUNCTIONS];
static atomic_t calls_plain[FUNCTIONS];

static __always_inline long count(atomic_t *calls, unsigned int number)
{
	atomic_inc(&calls[number]);
	return number % 4 == 3 ? -ENOENT : (long)number;
}

#define attributes_many noinline
#define attributes_plain noinline notrace

#define DEFINE(set, number)						\
long set##_##number(void);						\
attributes_##set long set##_##number(void)				\
{									\
	return count(calls_##set, 0x##number);				\
}

ALL(DEFINE, many)
ALL(DEFINE, plain)

/* One that the kernel does not allow to be probed. */
long many_refused(void);
noinline long many_refused(void)
{
	return count(calls_many, 0);
}
NOKPROBE_SYMBOL(many_refused);

#define ENTRY(set, number) { #set "_" #number, set##_##number, &calls_##set[0x##number] },

static const struct function {
	const char *name;
	long (*call)(void);
	atomic_t *calls;
} functions[] = { ALL(ENTRY, many) ALL(ENTRY, plain) };

static ssize_t calls_write(struct file *file, const char __user *text, size_t len, loff_t *pos)
{
	unsigned int rounds, i, n;
	int err = kstrtouint_from_user(text, len, 0, &rounds);

	if (err)
		return err;
	for (; rounds; rounds--) {
		for (i = 0; i < ARRAY_SIZE(functions); i++)
			for (n = 0; i % 16 != 15 && n < i % 8 + 1; n++)
				READ_ONCE(functions[i].call)();
		cond_resched();
	}
	return len;
}

static int calls_show(struct seq_file *file, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		seq_printf(file, "%s %d\n", functions[i].name, atomic_read(functions[i].calls));
	return 0;
}

static int calls_open(struct inode *inode, struct file *file)
{
	return single_open(file, calls_show, NULL);
}

static const struct file_operations calls_fops = {
	.owner = THIS_MODULE,
	.open = calls_open,
	.read = seq_read,
	.write = calls_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static struct dentry *file;

static int __init many_init(void)
{
	file = debugfs_create_file(KBUILD_MODNAME, 0600, NULL, NULL, &calls_fops);
	return 0;
}

static void __exit many_exit(void)
{
	debugfs_remove(file);
}

module_init(many_init);
module_exit(many_exit);
MODULE_DESCRIPTION("many functions to probe");
MODULE_LICENSE("GPL");
