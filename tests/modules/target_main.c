// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe_target: functions to probe, with known arguments, return values and durations, which are
 * called only when a test requests it.
 *
 * In /sys/kernel/debug/probe_target/:
 *   call    write "NAME [COUNT [ARG]]": calls target_NAME() COUNT times in the writer's
 *           context. ARG is its argument if it takes one.
 *   loop    write "NAME CPU [ARG]": a thread on that CPU calls target_NAME() in a loop. "stop"
 *           ends all of these threads.
 *   calls   the number of calls of each function, one line "NAME COUNT" each
 *   values  the result of the last call, the duration of the last target_sleep() in
 *           nanoseconds, and addresses that tests compare with
 *   config  the kernel's configuration options that the tests use
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "target_functions.h"

#define LOOPS_MAX 8

static long last_result;
static struct dentry *dir;

/*
 * Prevents a tail call, so that call_NAME() is on the stack while target_NAME() runs.
 */
#define CALLED(result)			\
({					\
	long called = (long)(result);	\
					\
	barrier();			\
	called;				\
})

static long call_empty(long arg)
{
	target_empty();
	barrier();
	return 0;
}

static long call_nine(long arg)
{
	return CALLED(target_nine(NINE_A, NINE_B, NINE_C, NINE_D, NINE_E, NINE_F, NINE_G,
				  NINE_H, NINE_I));
}

static long call_sixteen(long arg)
{
	return CALLED(target_sixteen(SIXTEEN(1), SIXTEEN(2), SIXTEEN(3), SIXTEEN(4),
				     SIXTEEN(5), SIXTEEN(6), SIXTEEN(7), SIXTEEN(8),
				     SIXTEEN(9), SIXTEEN(10), SIXTEEN(11), SIXTEEN(12),
				     SIXTEEN(13), SIXTEEN(14), SIXTEEN(15), SIXTEEN(16)));
}

static long call_string(long arg)
{
	return CALLED(target_string("probe target"));
}

static long call_notrace(long arg)
{
	return CALLED(target_notrace(arg, 1));
}

/* Pass a page that is mapped but not present; if @arg is set, one that cannot be mapped. */
static long call_user(long arg)
{
	unsigned long page = PAGE_SIZE;
	long result;

	if (arg)
		return CALLED(target_user((const unsigned long __user *)page));
	page = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_ANONYMOUS | MAP_PRIVATE, 0);
	if (IS_ERR_VALUE(page))
		return page;
	result = CALLED(target_user((const unsigned long __user *)page));
	vm_munmap(page, PAGE_SIZE);
	return result;
}

/* The offset of target_user()'s access to user memory, according to the exception table. */
static unsigned long user_access_offset(void)
{
	const struct exception_table_entry *entry = THIS_MODULE->extable;
	unsigned int left = THIS_MODULE->num_exentries;
	unsigned long offset = 0;

	for (; left; left--, entry++) {
		unsigned long insn = (unsigned long)&entry->insn + entry->insn;

		offset = insn - (unsigned long)target_user;
		if (offset < 256)
			break;
	}
	return left ? offset : 0;
}

#define CALL_WITHOUT(name) \
	static long call_##name(long arg) { return CALLED(target_##name()); }
#define CALL_WITH(name) \
	static long call_##name(long arg) { return CALLED(target_##name(arg)); }

CALL_WITHOUT(ret_zero)
CALL_WITHOUT(ret_832)
CALL_WITH(ret_int)
CALL_WITH(ret_long)
CALL_WITHOUT(ret_enoent_int)
CALL_WITHOUT(ret_enoent_long)
CALL_WITHOUT(ret_max_errno)
CALL_WITHOUT(ret_min_int)
CALL_WITHOUT(ret_uint)
CALL_WITHOUT(ret_bool)
CALL_WITHOUT(ret_pointer)
CALL_WITHOUT(ret_null)
CALL_WITHOUT(ret_err_ptr)
CALL_WITH(recurse)
CALL_WITH(sleep)
CALL_WITH(spin)
CALL_WITH(offset)
CALL_WITH(saves)
CALL_WITH(jump)
CALL_WITH(blacklisted)
CALL_WITH(cloned)
CALL_WITH(cloned_too)

struct target {
	const char *name;
	long (*call)(long arg);
	void *function;
};

#define TARGET_ENTRY(word) \
	[TARGET_##word] = { .name = #word, .call = call_##word, .function = target_##word },
static const struct target targets[TARGET_COUNT] = { TARGET_LIST(TARGET_ENTRY) };

static const struct target *target_find(const char *name)
{
	int i;

	for (i = 0; i < TARGET_COUNT; i++)
		if (!strcmp(targets[i].name, name))
			return &targets[i];
	return NULL;
}

/* Split the text that was written into at most three words. Returns their number. */
static int words_from_user(char *buf, size_t size, const char __user *from, size_t n,
			   char *word[3])
{
	char *rest = buf;
	int words = 0;

	if (n >= size)
		return -E2BIG;
	if (copy_from_user(buf, from, n))
		return -EFAULT;
	buf[n] = '\0';
	rest = strim(buf);
	while (words < 3 && rest) {
		word[words] = strsep(&rest, " ");
		if (*word[words])
			words++;
	}
	return words;
}

static ssize_t call_write(struct file *file, const char __user *from, size_t n, loff_t *pos)
{
	long count = 1, arg = 0;
	const struct target *t;
	char buf[64], *word[3];
	int words;

	words = words_from_user(buf, sizeof(buf), from, n, word);
	if (words < 0)
		return words;
	t = words ? target_find(word[0]) : NULL;
	if (!t || (words > 1 && kstrtol(word[1], 0, &count)) ||
	    (words > 2 && kstrtol(word[2], 0, &arg)))
		return -EINVAL;
	while (count-- > 0) {
		WRITE_ONCE(last_result, t->call(arg));
		cond_resched();
		if (signal_pending(current))
			return -EINTR;
	}
	return n;
}

static const struct file_operations call_fops = {
	.owner = THIS_MODULE,
	.write = call_write,
};

struct loop {
	struct task_struct *task;
	const struct target *target;
	long arg;
};

static struct loop loops[LOOPS_MAX];
static DEFINE_MUTEX(loops_lock);

static int loop_thread(void *data)
{
	const struct loop *loop = data;

	while (!kthread_should_stop()) {
		loop->target->call(loop->arg);
		cond_resched();
	}
	return 0;
}

static int loop_start(const struct target *t, unsigned int cpu, long arg)
{
	struct task_struct *task;
	struct loop *loop = loops;

	if (cpu >= nr_cpu_ids || !cpu_online(cpu))
		return -ENXIO;
	while (loop < loops + LOOPS_MAX && loop->task)
		loop++;
	if (loop == loops + LOOPS_MAX)
		return -EAGAIN;
	loop->target = t;
	loop->arg = arg;
	task = kthread_create(loop_thread, loop, "target/%u", cpu);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, cpu);
	loop->task = task;
	wake_up_process(task);
	return 0;
}

static void loops_stop(void)
{
	struct loop *loop;

	for (loop = loops; loop < loops + LOOPS_MAX; loop++) {
		if (loop->task)
			kthread_stop(loop->task);
		loop->task = NULL;
	}
}

static ssize_t loop_write(struct file *file, const char __user *from, size_t n, loff_t *pos)
{
	const struct target *t;
	char buf[64], *word[3];
	unsigned int cpu;
	long arg = 0;
	int words, err = 0;

	words = words_from_user(buf, sizeof(buf), from, n, word);
	if (words < 0)
		return words;
	if (!words)
		return -EINVAL;
	mutex_lock(&loops_lock);
	t = target_find(word[0]);
	if (words == 1 && !strcmp(word[0], "stop"))
		loops_stop();
	else if (!t || words < 2 || kstrtouint(word[1], 0, &cpu) ||
		 (words > 2 && kstrtol(word[2], 0, &arg)))
		err = -EINVAL;
	else
		err = loop_start(t, cpu, arg);
	mutex_unlock(&loops_lock);
	return err ?: n;
}

static const struct file_operations loop_fops = {
	.owner = THIS_MODULE,
	.write = loop_write,
};

static int calls_show(struct seq_file *m, void *v)
{
	int i;

	for (i = 0; i < TARGET_COUNT; i++)
		seq_printf(m, "%s %ld\n", targets[i].name,
			   atomic_long_read(&target_calls[i]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(calls);

static int values_show(struct seq_file *m, void *v)
{
	int i;

	seq_printf(m, "result %ld\n", READ_ONCE(last_result));
	seq_printf(m, "slept %llu\n", READ_ONCE(target_slept));
	seq_printf(m, "pointer %lx\n", (unsigned long)target_calls);
	seq_printf(m, "offset %lx\n", target_offset_middle - (unsigned long)target_offset);
	seq_printf(m, "user %lx\n", user_access_offset());
	seq_printf(m, "mm %zu\n", offsetof(struct task_struct, mm));
	seq_printf(m, "env_start %zu\n", offsetof(struct mm_struct, env_start));
	for (i = 0; i < TARGET_COUNT; i++)
		seq_printf(m, "address target_%s %lx\n", targets[i].name,
			   (unsigned long)targets[i].function);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(values);

static int config_show(struct seq_file *m, void *v)
{
#define CONFIG_SHOW(option) \
	seq_printf(m, "%s=%c\n", #option, IS_ENABLED(option) ? 'y' : 'n')
	CONFIG_SHOW(CONFIG_KPROBES_ON_FTRACE);
	CONFIG_SHOW(CONFIG_OPTPROBES);
	CONFIG_SHOW(CONFIG_PREEMPT_RT);
	CONFIG_SHOW(CONFIG_KASAN);
	CONFIG_SHOW(CONFIG_PROVE_LOCKING);
	CONFIG_SHOW(CONFIG_DEBUG_KMEMLEAK);
	CONFIG_SHOW(CONFIG_FAILSLAB);
	CONFIG_SHOW(CONFIG_HOTPLUG_CPU);
	CONFIG_SHOW(CONFIG_KPROBE_EVENTS);
	CONFIG_SHOW(CONFIG_TRACEPOINTS);
	CONFIG_SHOW(CONFIG_FUNCTION_TRACER);
#undef CONFIG_SHOW
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(config);

static int __init target_init(void)
{
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	debugfs_create_file("call", 0200, dir, NULL, &call_fops);
	debugfs_create_file("loop", 0200, dir, NULL, &loop_fops);
	debugfs_create_file("calls", 0400, dir, NULL, &calls_fops);
	debugfs_create_file("values", 0400, dir, NULL, &values_fops);
	debugfs_create_file("config", 0400, dir, NULL, &config_fops);
	return 0;
}

static void __exit target_exit(void)
{
	debugfs_remove_recursive(dir);
	loops_stop();
}

module_init(target_init);
module_exit(target_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("Functions to probe, called by tests only");
