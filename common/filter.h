/* SPDX-License-Identifier: GPL-2.0-only */
/* Filters: pid=, comm= and uid=. */
#ifndef PROBE_FILTER_H
#define PROBE_FILTER_H

#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uidgid.h>

#include <common/pidset.h>

#define PROBE_COMM_WORDS (TASK_COMM_LEN / sizeof(u64))

/**
 * struct probe_filter - the tasks whose hits are wanted
 * @pid:       process id (tgid); 0: any; negative: none
 * @tree:      the process must be in probe_filter_pids; @pid is 0 then
 * @uid:       real user id in the initial user namespace; INVALID_UID: any
 * @comm:      name, as two words
 * @comm_mask: the bytes of @comm to compare: up to and including the terminating zero, as
 *             the bytes behind it are not always cleared
 */
struct probe_filter {
	pid_t pid;
	bool tree;
	kuid_t uid;
	u64 comm[PROBE_COMM_WORDS];
	u64 comm_mask[PROBE_COMM_WORDS];
};

/*
 * Two buffers, one of them in use: a change is written to the other one, so a handler sees
 * the old filter or the new one. If two changes follow each other while a handler reads,
 * that one hit may be judged by a mixture of both. Any protection in the handler would cost
 * all other hits more than that is worth.
 */
static struct probe_filter probe_filter_buffers[2] = {
	{ .uid = { (uid_t)-1 } },
};
static const struct probe_filter *probe_filter = &probe_filter_buffers[0];

/**
 * probe_filter_wants() - does a task match the filter?
 * @task: current
 *
 * Context: a handler.
 */
static __always_inline bool probe_filter_wants(const struct task_struct *task)
{
	const struct probe_filter *f = READ_ONCE(probe_filter);
	unsigned int i;

	if (f->pid && task->tgid != f->pid)
		return false;
	if (f->comm_mask[0]) {
		const u64 *comm = (const u64 *)task->comm;

		for (i = 0; i < PROBE_COMM_WORDS; i++)
			if ((comm[i] ^ f->comm[i]) & f->comm_mask[i])
				return false;
	}
	if (f->tree && !probe_pidset_has(&probe_filter_pids, task))
		return false;
	return !uid_valid(f->uid) || uid_eq(current_uid(), f->uid);
}

/**
 * probe_filter_requested() - the process that pid= or pid=+ names
 *
 * The hits of that process are wanted even if it reads the kernel log. Those of its
 * descendants are not: with pid=+1, each line that journald reads would cause the next.
 *
 * Context: a handler.
 * Return: its tgid; 0 if neither is set.
 */
static __always_inline pid_t probe_filter_requested(void)
{
	const struct probe_filter *f = READ_ONCE(probe_filter);

	return f->tree ? READ_ONCE(probe_filter_pids.root) : f->pid;
}

#endif
