// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions that the exercises put probes on, beside those of the kernel itself.
 *
 * In /sys/kernel/debug/exercise/:
 *   run    a line that is written here calls one of the functions
 *   truth  what was called, as the functions themselves count it
 *   cmp    the place of the instruction that exercise 5 is about
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/sched/clock.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define SLOW_MS 50
#define BIG_ROWS 1000

static struct dentry *dir;
static unsigned long queries, slow, big, compared, equal, leaked, copied, fresh;

/* Exercises 4 and 9 */

static noinline __noclone long exercise_query(long rows, unsigned int ms)
{
	u64 since = local_clock();

	queries++;
	if (rows >= BIG_ROWS)
		big++;
	if (ms)
		msleep(ms);
	if (local_clock() - since > SLOW_MS * NSEC_PER_MSEC)
		slow++;
	return rows;
}

/*
 * Exercise 5. The instruction before the comparison sets the zero flag, so that this flag differs
 * before and after the comparison if the numbers differ.
 */
static noinline __noclone notrace bool exercise_compare(long a, long b)
{
	bool same;

	compared++;
	asm volatile("xorl %%eax, %%eax\n"
		     "1: cmpq %1, %2\n\t"
		     "sete %%al\n\t"
		     "movb %%al, %0\n"
		     ".pushsection .data\n"
		     ".balign 8\n"
		     ".globl exercise_cmp\n"
		     "exercise_cmp: .quad 1b - exercise_compare\n"
		     ".popsection"
		     : "=m"(same) : "r"(a), "r"(b) : "rax", "cc");
	if (same)
		equal++;
	return same;
}

/* The offset of that instruction */
extern unsigned long exercise_cmp;

/* Exercise 8 */

struct exercise_object {
	struct list_head list;
};

static LIST_HEAD(objects);

static noinline __noclone struct exercise_object *exercise_get(void)
{
	struct exercise_object *object = kzalloc(sizeof(*object), GFP_KERNEL);

	if (object)
		list_add(&object->list, &objects);
	return object;
}

static noinline __noclone void exercise_put(struct exercise_object *object)
{
	if (!object)
		return;
	list_del(&object->list);
	kfree(object);
}

/* One of these functions forgets some of its objects. */
#define EXERCISE_CALLER(name)							\
	static noinline __noclone void exercise_##name(bool forget)		\
	{									\
		struct exercise_object *object = exercise_get();		\
										\
		if (forget && object)						\
			leaked++;						\
		else								\
			exercise_put(object);					\
		barrier();							\
	}

EXERCISE_CALLER(open)
EXERCISE_CALLER(lookup)
EXERCISE_CALLER(refresh)
EXERCISE_CALLER(rename)

static void (* const callers[])(bool forget) = {
	exercise_open, exercise_lookup, exercise_refresh, exercise_rename,
};

static void call_all(unsigned int guilty, unsigned int calls)
{
	unsigned int call, i;

	for (call = 0; call < calls; call++)
		for (i = 0; i < ARRAY_SIZE(callers); i++)
			READ_ONCE(callers[i])(i == guilty && call % 2);
}

/* Exercise 10 */

static noinline __noclone long exercise_copy(const void __user *from, size_t count)
{
	char buf[16] = "";

	copied++;
	return copy_from_user(buf, from, min(count, sizeof(buf))) ? -EFAULT : 0;
}

/* Call it with a page of the writer that is in memory, or with one that is not yet. */
static long copy_a_page(bool present)
{
	unsigned long page = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
				     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	long err = 0;

	if (IS_ERR_VALUE(page))
		return page;
	if (present)
		err = put_user('x', (char __user *)page);
	else
		fresh++;
	err = err ?: exercise_copy((const void __user *)page, 8);
	vm_munmap(page, PAGE_SIZE);
	return err;
}

static ssize_t run_write(struct file *file, const char __user *from, size_t n, loff_t *pos)
{
	long a = 0, b = 0;
	char text[48], name[16];

	if (n >= sizeof(text))
		return -E2BIG;
	if (copy_from_user(text, from, n))
		return -EFAULT;
	text[n] = '\0';
	if (sscanf(text, "%15s %ld %ld", name, &a, &b) < 2)
		return -EINVAL;
	if (!strcmp(name, "query"))
		exercise_query(a, b);
	else if (!strcmp(name, "compare"))
		exercise_compare(a, b);
	else if (!strcmp(name, "objects"))
		call_all(a, b);
	else if (!strcmp(name, "copy"))
		return copy_a_page(a) ?: n;
	else
		return -EINVAL;
	return n;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.write = run_write,
};

static int truth_show(struct seq_file *m, void *v)
{
	seq_printf(m, "queries %lu\nslow %lu\nbig %lu\n", queries, slow, big);
	seq_printf(m, "compared %lu\nequal %lu\n", compared, equal);
	seq_printf(m, "leaked %lu\ncopied %lu\nfresh %lu\n", leaked, copied, fresh);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(truth);

static int cmp_show(struct seq_file *m, void *v)
{
	seq_printf(m, "exercise_compare+0x%lx\n", exercise_cmp);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(cmp);

static int __init exercise_init(void)
{
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	debugfs_create_file("run", 0200, dir, NULL, &run_fops);
	debugfs_create_file("truth", 0400, dir, NULL, &truth_fops);
	debugfs_create_file("cmp", 0400, dir, NULL, &cmp_fops);
	return 0;
}

static void __exit exercise_exit(void)
{
	struct exercise_object *object, *next;

	debugfs_remove_recursive(dir);
	list_for_each_entry_safe(object, next, &objects, list)
		kfree(object);
}

module_init(exercise_init);
module_exit(exercise_exit);
MODULE_DESCRIPTION("Functions for the exercises on probes");
MODULE_LICENSE("GPL");
