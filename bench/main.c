// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe_bench - measures the calls of functions in a loop, with and without probes, and has
 * probes that do nothing, with which all others are compared
 *
 *	exec 3<>/sys/kernel/debug/probe_bench/run
 *	echo traced 50 200 0 >&3; cat <&3
 *	2817
 *
 * With QEMU's -icount one executed instruction is one nanosecond of the guest's time, so the
 * result is the number of instructions of 200 calls and their loop.
 */

#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <net/sock.h>

#include "targets.h"

#define CALLS_MAX 1000000

/*
 * A hit causes work later: an interrupt that wakes a drain thread, which prints the line. Only
 * the hit itself is measured, so interrupts are off during the measured calls. But while the
 * wake-up is pending, each hit checks it again, and with interrupts on it is pending only
 * until the first hit is over. So interrupts are on during the warm-up, and because preemption
 * is off, the drain thread does not run before the measured calls are over.
 *
 * With a pause between the warm-up and the measured calls, the drain thread prints all lines
 * and then polls, which is its usual state while hits arrive.
 */
#define TIMED(call)					\
({							\
	unsigned long flags;				\
	unsigned int n;					\
	u64 ns;						\
							\
	meet(parties);					\
	preempt_disable();				\
	for (n = 0; n < warm_up; n++)			\
		call;					\
	if (pause_us) {					\
		preempt_enable();			\
		usleep_range(pause_us, pause_us);	\
		preempt_disable();			\
	}						\
	local_irq_save(flags);				\
	ns = ktime_get_ns();				\
	for (n = 0; n < calls; n++)			\
		call;					\
	ns = ktime_get_ns() - ns;			\
	local_irq_restore(flags);			\
	preempt_enable();				\
	ns;						\
})

static const struct bench_link links[] = { { &links[1], 1 }, { NULL, 2 } };

/* No real socket: only members that are read are set. */
static const struct sock sk = {
	.__sk_common = {
		.skc_family = AF_INET,
		.skc_num = 41234,
	},
};

/* Wait until @parties tasks are here, so that their runs begin at the same time. */
static void meet(int parties)
{
	static atomic_t arrived;
	int wait_for = roundup(atomic_inc_return(&arrived), parties);

	while (atomic_read(&arrived) < wait_for && !signal_pending(current))
		cond_resched();
}

/*
 * Writing starts a run. Reading returns the time of the last run of the same open file, so that
 * two processes can measure at the same time.
 */
static ssize_t run_write(struct file *file, const char __user *text, size_t len, loff_t *pos)
{
	unsigned int warm_up, calls, pause_us, parties = 1;
	char line[64], target[16];
	u64 ns;

	if (len >= sizeof(line) || copy_from_user(line, text, len))
		return -EINVAL;
	line[len] = '\0';
	if (sscanf(line, "%15s %u %u %u %u", target, &warm_up, &calls, &pause_us, &parties) < 4 ||
	    warm_up > CALLS_MAX || calls > CALLS_MAX || !parties)
		return -EINVAL;

	if (!strcmp(target, "loop"))
		ns = TIMED(barrier());
	else if (!strcmp(target, "traced"))
		ns = TIMED(bench_traced(1, 2, 3, 4, 5, 6));
	else if (!strcmp(target, "untraced"))
		ns = TIMED(bench_untraced(1, 2, 3, 4, 5, 6));
	else if (!strcmp(target, "pointed"))
		ns = TIMED(bench_pointed("thirty-two characters, as a path", &links[0]));
	else if (!strcmp(target, "objects"))
		ns = TIMED(bench_objects(file, &sk));
	else
		return -EINVAL;

	file->private_data = (void *)(unsigned long)ns;
	*pos = 0;
	return len;
}

static ssize_t run_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	char line[32];
	int len = scnprintf(line, sizeof(line), "%lu\n", (unsigned long)file->private_data);

	return simple_read_from_buffer(to, size, pos, line, len);
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.write = run_write,
	.read = run_read,
};

/* bare= registers one of the probes that do nothing. */

static int nothing_pre(struct kprobe *p, struct pt_regs *regs)
{
	return 0;
}

static int nothing_ret(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return 0;
}

static struct kprobe bare_kprobe;
static struct kretprobe bare_kretprobe;
static char bare[16] = "off";

static int bare_register(const char *what)
{
	if (!strcmp(what, "kprobe")) {
		memset(&bare_kprobe, 0, sizeof(bare_kprobe));
		bare_kprobe.symbol_name = "bench_traced";
		bare_kprobe.pre_handler = nothing_pre;
		return register_kprobe(&bare_kprobe);
	}
	if (!strcmp(what, "kretprobe")) {
		memset(&bare_kretprobe, 0, sizeof(bare_kretprobe));
		bare_kretprobe.kp.symbol_name = "bench_traced";
		bare_kretprobe.handler = nothing_ret;
		return register_kretprobe(&bare_kretprobe);
	}
	return strcmp(what, "off") ? -EINVAL : 0;
}

static void bare_unregister(void)
{
	if (!strcmp(bare, "kprobe"))
		unregister_kprobe(&bare_kprobe);
	if (!strcmp(bare, "kretprobe"))
		unregister_kretprobe(&bare_kretprobe);
	strscpy(bare, "off", sizeof(bare));
}

static int bare_set(const char *val, const struct kernel_param *kp)
{
	char what[sizeof(bare)];
	int err;

	if (sscanf(val, "%15s", what) != 1)
		return -EINVAL;
	bare_unregister();
	err = bare_register(what);
	if (!err)
		strscpy(bare, what, sizeof(bare));
	return err;
}

static int bare_get(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%s\n", bare);
}

static const struct kernel_param_ops bare_ops = {
	.set = bare_set,
	.get = bare_get,
};
module_param_cb(bare, &bare_ops, NULL, 0600);
MODULE_PARM_DESC(bare, "write kprobe, kretprobe or off: a probe on bench_traced that does nothing");

static struct dentry *folder;

static int __init bench_init(void)
{
	folder = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("run", 0600, folder, NULL, &run_fops);
	return 0;
}

static void __exit bench_exit(void)
{
	debugfs_remove(folder);
	bare_unregister();
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("functions to probe and measure");
MODULE_LICENSE("GPL");
