/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which processes read the kernel log. With vfs_read probed, each line that
 * journald or `dmesg -w` reads would be a hit, thus a line, thus a read.
 */
#ifndef PROBE_READER_H
#define PROBE_READER_H

#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/magic.h>
#include <linux/major.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include <probe/echo.h>
#include <probe/gate.h>

#define PROBE_KMSG_MINOR 11	/* drivers/char/mem.c: devlist[] */

/* A reader may end and its pid go to another process: ask again after this. */
#define PROBE_READER_PERIOD (10 * HZ)

/*
 * To look through a process's files takes long: remember those that did not read. A
 * program that is going to has had hits before it opens the log, at the latest when it
 * was started, so they are looked at again: first after few hits, then after this.
 */
#define PROBE_READER_OTHERS 256
#define PROBE_READER_AGAIN (HZ / 10 + 1)

/**
 * struct probe_other - a process that did not read the log when it was looked at
 * @tgid:  which one
 * @hits:  of it, since it is here
 * @asked: jiffies, when it was last looked at
 */
struct probe_other {
	pid_t tgid;
	unsigned int hits;
	unsigned long asked;
};

extern struct probe_readers {
	unsigned long since;	/* jiffies, when the readers were last forgotten */
	struct probe_other others[PROBE_READER_OTHERS];	/* each at tgid modulo size */
} probe_readers;
PROBE_SHARED struct probe_readers probe_readers;

static inline int probe_reader_file(const void *unused, struct file *file, unsigned int fd)
{
	const struct inode *inode = file_inode(file);

	if (!(file->f_mode & FMODE_READ))
		return 0;
	if (S_ISCHR(inode->i_mode))
		return inode->i_rdev == MKDEV(MEM_MAJOR, PROBE_KMSG_MINOR);
	return inode->i_sb->s_magic == PROC_SUPER_MAGIC &&
	       !strcmp(file->f_path.dentry->d_name.name, "kmsg");
}

static inline bool probe_reader_reads(pid_t tid)
{
	struct task_struct *task;
	bool reads = false;

	rcu_read_lock();
	task = pid_task(find_vpid(tid), PIDTYPE_PID);
	if (task) {
		task_lock(task);
		reads = task->files && iterate_fd(task->files, 0, probe_reader_file, NULL);
		task_unlock(task);
	}
	rcu_read_unlock();
	return reads;
}

/* Is it one that did not read, and not yet to be looked at again? */
static inline bool probe_reader_is_other(pid_t tgid)
{
	struct probe_other *other = &probe_readers.others[tgid % PROBE_READER_OTHERS];

	if (other->tgid != tgid) {
		other->tgid = tgid;
		other->hits = 0;
	}
	if (!is_power_of_2(++other->hits) &&
	    time_before(jiffies, other->asked + PROBE_READER_AGAIN))
		return true;
	other->asked = jiffies;
	return false;
}

/**
 * probe_reader_check() - if a process reads the kernel log, its hits are `self`
 * @tgid: a process whose hit is about to be printed
 * @tid:  its thread that was hit
 *
 * Context: the drain thread.
 */
static inline void probe_reader_check(pid_t tgid, pid_t tid)
{
	unsigned int i, nr = probe_echo.nr_readers;

	if (time_after(jiffies, probe_readers.since + PROBE_READER_PERIOD)) {
		probe_readers.since = jiffies;
		WRITE_ONCE(probe_echo.nr_readers, 0);
		probe_gate_set(readers, false);
		nr = 0;
	}
	/* Hits from before it was known may still come out of the rings. */
	for (i = 0; i < nr; i++)
		if (probe_echo.readers[i] == tgid)
			return;
	if (nr == PROBE_ECHO_READERS || probe_reader_is_other(tgid) ||
	    !probe_reader_reads(tid))
		return;
	WRITE_ONCE(probe_echo.readers[nr], tgid);
	/* Pairs with the acquire in probe_echo_of_reader(). */
	smp_store_release(&probe_echo.nr_readers, nr + 1);
	probe_gate_set(readers, true);
}

#endif
