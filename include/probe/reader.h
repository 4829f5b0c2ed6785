/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log readers: the processes that read the kernel log. With vfs_read probed, each line
 * that journald or `dmesg -w` reads would be a hit, thus a line, thus a read.
 *
 * A log reader has a file open for reading that is /dev/kmsg or /proc/kmsg, and the
 * file was opened with the right to read the log: CAP_SYSLOG in the initial user
 * namespace. The file's credentials decide, not those of the process: a daemon may drop
 * its rights once it has opened the log. And an ordinary user to whom the device's mode
 * permits to open it must not be able to hide from a probe by that.
 */
#ifndef PROBE_READER_H
#define PROBE_READER_H

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/magic.h>
#include <linux/major.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include <probe/gate.h>
#include <probe/self.h>

#define PROBE_KMSG_MINOR 11	/* drivers/char/mem.c: devlist[] */

/* Log readers are looked for anew after this: they may have closed the log. */
#define PROBE_READER_PERIOD (10 * HZ)

/*
 * To look through a process's files takes long: look at the first so many, and hold the
 * locks for some of them at a time only.
 */
#define PROBE_READER_FILES 1024U
#define PROBE_READER_FILES_LOCKED 64U

/*
 * Remember which processes were no log readers. One that is going to be has hits before
 * it opens the log, at the latest when it was started. So they are looked at again:
 * first after few hits, then after this time.
 */
#define PROBE_NON_READERS 256
#define PROBE_NON_READER_AGAIN (HZ / 10 + 1)

/**
 * struct probe_non_reader - a process that was no log reader when it was looked at
 * @tgid:    its process id
 * @hits:    hits of it since it is in the cache
 * @checked: jiffies when it was last looked at
 */
struct probe_non_reader {
	pid_t tgid;
	unsigned int hits;
	unsigned long checked;
};

extern struct probe_readers {
	unsigned long since;	/* jiffies when the log readers were last forgotten */
	unsigned int next;	/* where to look for an entry to replace */
	struct probe_non_reader non_readers[PROBE_NON_READERS];	/* at tgid modulo size */
} probe_readers;
PROBE_SHARED struct probe_readers probe_readers;

static inline bool probe_is_kernel_log(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	if (!(file->f_mode & FMODE_READ) || file->f_cred->user_ns != &init_user_ns ||
	    !cap_raised(file->f_cred->cap_effective, CAP_SYSLOG))
		return false;
	if (S_ISCHR(inode->i_mode))
		return inode->i_rdev == MKDEV(MEM_MAJOR, PROBE_KMSG_MINOR);
	return inode->i_sb->s_magic == PROC_SUPER_MAGIC &&
	       !strcmp(file->f_path.dentry->d_name.name, "kmsg");
}

/* Look at a task's files from *@fd on. Returns true if there are more of them. */
static inline bool probe_reader_look(struct task_struct *task, unsigned int *fd, bool *reads)
{
	unsigned int end = min(*fd + PROBE_READER_FILES_LOCKED, PROBE_READER_FILES);
	struct files_struct *files;
	const struct file *file;
	struct fdtable *fdt;
	bool more = false;

	task_lock(task);
	files = task->files;
	if (files) {
		/* A file in the table stays open while this lock is held. */
		spin_lock(&files->file_lock);
		fdt = files_fdtable(files);
		more = end < min_t(unsigned int, fdt->max_fds, PROBE_READER_FILES);
		end = min(end, fdt->max_fds);
		for (; *fd < end && !*reads; ++*fd) {
			file = rcu_dereference_protected(fdt->fd[*fd],
						lockdep_is_held(&files->file_lock));
			*reads = file && probe_is_kernel_log(file);
		}
		spin_unlock(&files->file_lock);
	}
	task_unlock(task);
	return more && !*reads;
}

/* Does a thread's process read the kernel log? If so, set when it was started. */
static inline bool probe_reader_reads(pid_t tgid, pid_t tid, u64 *started)
{
	struct task_struct *task;
	unsigned int fd = 0;
	bool reads = false;

	rcu_read_lock();
	task = pid_task(find_vpid(tid), PIDTYPE_PID);
	if (task && task->tgid == tgid) {
		*started = task->group_leader->start_time;
		get_task_struct(task);
	} else {
		task = NULL;
	}
	rcu_read_unlock();
	if (!task)
		return false;
	while (probe_reader_look(task, &fd, &reads))
		cond_resched();
	put_task_struct(task);
	return reads;
}

/* Was it no log reader, so short a time ago that it is not to be looked at again? */
static inline bool probe_reader_is_cached(pid_t tgid)
{
	struct probe_non_reader *entry = &probe_readers.non_readers[tgid % PROBE_NON_READERS];

	if (entry->tgid != tgid) {
		entry->tgid = tgid;
		entry->hits = 0;
	}
	if (!is_power_of_2(++entry->hits) &&
	    time_before(jiffies, entry->checked + PROBE_NON_READER_AGAIN))
		return true;
	entry->checked = jiffies;
	return false;
}

static inline void probe_reader_forget(void)
{
	unsigned int i;

	probe_readers.since = jiffies;
	for (i = 0; i < PROBE_LOG_READERS; i++)
		WRITE_ONCE(probe_self.readers[i].tgid, 0);
	probe_gate_set(readers, false);
}

/*
 * An entry for one more log reader: the next that is free, or whose process was not hit
 * since it was last passed over. So those that read, and are hit for each line, are
 * found among any number that have the log open and do not.
 */
static inline struct probe_log_reader *probe_reader_entry(void)
{
	struct probe_log_reader *reader;
	unsigned int tries = 0;

	do {
		reader = &probe_self.readers[probe_readers.next++ % PROBE_LOG_READERS];
		if (!reader->tgid || !READ_ONCE(reader->active))
			break;
		WRITE_ONCE(reader->active, false);
	} while (tries++ < PROBE_LOG_READERS);
	return reader;
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
	struct probe_log_reader *reader;
	unsigned int i;
	u64 started;

	if (time_after(jiffies, probe_readers.since + PROBE_READER_PERIOD))
		probe_reader_forget();
	/* Hits from before it was known may still come out of the rings. */
	for (i = 0; i < PROBE_LOG_READERS; i++)
		if (probe_self.readers[i].tgid == tgid)
			return;
	if (probe_reader_is_cached(tgid) || !probe_reader_reads(tgid, tid, &started))
		return;
	reader = probe_reader_entry();
	WRITE_ONCE(reader->started, started);
	WRITE_ONCE(reader->active, true);
	/* Not ordered: until the handlers see all of it, a hit more is logged. */
	WRITE_ONCE(reader->tgid, tgid);
	probe_gate_set(readers, true);
}

#endif
