/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Find log readers: processes that read the kernel log. If vfs_read is probed, each line
 * that journald or `dmesg -w` reads would cause a hit, which is logged in a new line.
 *
 * A log reader has /dev/kmsg or /proc/kmsg open for reading and had CAP_SYSLOG in the
 * initial user namespace when it opened the file. The file's credentials decide, not those
 * of the process, because a daemon may drop its capabilities after it has opened the log.
 * An ordinary user may open /dev/kmsg if its mode permits that, but does not become a log
 * reader and cannot hide from a probe in this way.
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

/* The list of log readers is rebuilt after this time, as some may have closed the log. */
#define PROBE_READER_PERIOD (10 * HZ)

/*
 * A process may have a large number of files: look at this many at most, and hold the locks
 * only for some of them at a time.
 */
#define PROBE_READER_FILES 1024U
#define PROBE_READER_FILES_LOCKED 64U

/*
 * A cache of processes that were not log readers when they were checked. A process mostly
 * has hits before it opens the log, so each one is checked again: after 1, 2, 4, 8 ... hits,
 * and at the first hit after PROBE_NON_READER_AGAIN jiffies.
 */
#define PROBE_NON_READERS 256
#define PROBE_NON_READER_AGAIN (HZ / 10 + 1)

/**
 * struct probe_non_reader - a process that was not a log reader when it was checked
 * @tgid:    its process ID
 * @hits:    number of its hits since it was put into the cache
 * @checked: jiffies at the last check
 */
struct probe_non_reader {
	pid_t tgid;
	unsigned int hits;
	unsigned long checked;
};

/**
 * struct probe_readers - state of the search for log readers
 * @since:       jiffies when the list of log readers was last emptied
 * @next:        index in probe_self.readers where the search for a free entry begins
 * @non_readers: the cache, indexed by tgid modulo its size
 *
 * Used by the drain thread only.
 */
extern struct probe_readers {
	unsigned long since;
	unsigned int next;
	struct probe_non_reader non_readers[PROBE_NON_READERS];
} probe_readers;
PROBE_SHARED struct probe_readers probe_readers;

/* Is this the kernel log, opened for reading with CAP_SYSLOG? */
static inline bool probe_reader_is_kernel_log(const struct file *file)
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

/*
 * Check some of a task's files, from *@fd on. Sets *@reads if one of them is the kernel log.
 * Returns true if there are more files to check.
 */
static inline bool probe_reader_check_files(struct task_struct *task, unsigned int *fd, bool *reads)
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
			*reads = file && probe_reader_is_kernel_log(file);
		}
		spin_unlock(&files->file_lock);
	}
	task_unlock(task);
	return more && !*reads;
}

/* Is a thread's process a log reader? If so, sets *@started to its start time. */
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
	while (probe_reader_check_files(task, &fd, &reads))
		cond_resched();
	put_task_struct(task);
	return reads;
}

/* Is it in the cache, and need not be checked again yet? Counts a hit of it. */
static inline bool probe_reader_cache_hit(pid_t tgid)
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

/* Empty the list of log readers. */
static inline void probe_reader_clear(void)
{
	unsigned int i;

	probe_readers.since = jiffies;
	for (i = 0; i < PROBE_LOG_READERS; i++)
		WRITE_ONCE(probe_self.readers[i].tgid, 0);
	probe_gate_set(readers, false);
}

/*
 * Find an entry for a log reader: a free one, or that of a process that was not hit since the
 * entry was last considered (the CLOCK algorithm). Thus processes that read each line keep
 * their entries, whatever number of others have the log open without reading it.
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
 * probe_reader_check() - find out whether a process is a log reader
 * @tgid: a process whose hit is about to be printed
 * @tid:  its thread that was hit
 *
 * If it is, its further hits are self-induced.
 *
 * Context: the drain thread.
 */
static inline void probe_reader_check(pid_t tgid, pid_t tid)
{
	struct probe_log_reader *reader;
	unsigned int i;
	u64 started;

	if (time_after(jiffies, probe_readers.since + PROBE_READER_PERIOD))
		probe_reader_clear();
	/* It may be known already: the rings have hits from before it was found. */
	for (i = 0; i < PROBE_LOG_READERS; i++)
		if (probe_self.readers[i].tgid == tgid)
			return;
	if (probe_reader_cache_hit(tgid) || !probe_reader_reads(tgid, tid, &started))
		return;
	reader = probe_reader_entry();
	WRITE_ONCE(reader->started, started);
	WRITE_ONCE(reader->active, true);
	/* Without barriers: until handlers see all three writes, a few more hits are logged. */
	WRITE_ONCE(reader->tgid, tgid);
	probe_gate_set(readers, true);
}

#endif
