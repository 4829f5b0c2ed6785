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
 * struct probe_filter - what a task must be for its hits to be wanted
 * @pid:       its process (tgid); 0: any; negative: none
 * @tree:      one of probe_filter_pids, a process and its descendants; @pid is 0
 * @uid:       its real user as the initial namespace knows it; INVALID_UID: any
 * @comm:      its name, as two words
 * @comm_mask: which bytes of the name count: up to and with the terminating
 *             zero, for what is behind that one is not always cleared
 */
struct probe_filter {
	pid_t pid;
	bool tree;
	kuid_t uid;
	u64 comm[PROBE_COMM_WORDS];
	u64 comm_mask[PROBE_COMM_WORDS];
};

/*
 * Two slots, one in use: a handler sees an old filter or a new one. One that
 * still reads the old slot while a second change is written to it may judge a
 * hit by a mixture, once; that is cheaper than anything a handler could do
 * against it.
 */
static struct probe_filter probe_filter_slots[2] = {
	{ .uid = { (uid_t)-1 } },
};
static const struct probe_filter *probe_filter = &probe_filter_slots[0];

/**
 * probe_filter_wants() - does the filter want this task's hits?
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

#endif
