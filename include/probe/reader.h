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
#include <linux/magic.h>
#include <linux/major.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>

#include <probe/echo.h>
#include <probe/gate.h>

#define PROBE_KMSG_MINOR 11	/* drivers/char/mem.c: devlist[] */

/* A reader may end and its pid go to another process: ask again after this. */
#define PROBE_READER_PERIOD (10 * HZ)

static struct {
	unsigned long since;	/* jiffies, when the list was last emptied */
	pid_t last_other;	/* the last process that was found not to read */
} probe_readers;

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

/**
 * probe_reader_check() - if a process reads the kernel log, its hits are `self`
 * @tgid: a process whose hit is about to be printed
 *
 * Context: the drain thread.
 */
static inline void probe_reader_check(pid_t tgid)
{
	struct task_struct *task;
	bool reads = false;

	if (time_after(jiffies, probe_readers.since + PROBE_READER_PERIOD)) {
		probe_readers.since = jiffies;
		probe_readers.last_other = 0;
		WRITE_ONCE(probe_echo.nr_readers, 0);
		probe_gate_set(readers, false);
	}
	if (!tgid || tgid == probe_readers.last_other ||
	    probe_echo.nr_readers == PROBE_ECHO_READERS)
		return;

	rcu_read_lock();
	task = pid_task(find_vpid(tgid), PIDTYPE_PID);
	if (task) {
		task_lock(task);
		reads = task->files && iterate_fd(task->files, 0, probe_reader_file, NULL);
		task_unlock(task);
	}
	rcu_read_unlock();

	if (!reads) {
		probe_readers.last_other = tgid;
		return;
	}
	WRITE_ONCE(probe_echo.readers[probe_echo.nr_readers], tgid);
	/* Pairs with the acquire in probe_echo_of_reader(). */
	smp_store_release(&probe_echo.nr_readers, probe_echo.nr_readers + 1);
	probe_gate_set(readers, true);
}

#endif
