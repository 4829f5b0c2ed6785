// SPDX-License-Identifier: GPL-2.0-only
/* Fill the sets of processes and keep them up to date. */

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include <common/pidset.h>

static struct {
	struct tracepoint *fork;
	unsigned int users;	/* sets in use */
} probe_pidsets;

static void probe_pidset_inherit(struct probe_pidset *set, pid_t parent, pid_t child)
{
	/* Pairs with the release in probe_pidset_fill(). */
	if (!smp_load_acquire(&set->root))
		return;
	clear_bit(child, set->bits);
	/* Pairs with the barrier in probe_pidset_find_descendants(). */
	smp_mb__after_atomic();
	if (test_bit(parent, set->bits))
		set_bit(child, set->bits);
}

/*
 * The tracepoint: the child is on the list of all processes, and has not run yet. Fork
 * may be called by anybody with any of our probes in it: no locks, no memory.
 */
static void probe_pidset_fork(void *unused, struct task_struct *parent,
				     struct task_struct *child)
{
	if (child->pid != child->tgid)
		return;		/* a thread */
	probe_pidset_inherit(&probe_skip_pids, parent->tgid, child->tgid);
	probe_pidset_inherit(&probe_filter_pids, parent->tgid, child->tgid);
}

/*
 * Adds the processes that exist and whose parent is in the set, until there are no more;
 * the list has parents first, so the second pass mostly finds none. Races with
 * probe_pidset_inherit(): either that one sees the parent's bit, or has cleared the
 * child's before a pass that begins after the parent's was set; and that pass sees the
 * child.
 */
static void probe_pidset_find_descendants(struct probe_pidset *set)
{
	const struct task_struct *task;
	bool found;

	do {
		found = false;
		/* Orders the bits that were set before the list that is read. */
		smp_mb();
		rcu_read_lock();
		for_each_process(task) {
			pid_t parent = rcu_dereference(task->real_parent)->tgid;

			if (test_bit(parent, set->bits) &&
			    !test_and_set_bit(task->tgid, set->bits))
				found = true;
		}
		rcu_read_unlock();
	} while (found);
}

static void probe_pidset_find_tracepoint(struct tracepoint *point, void *unused)
{
	if (!strcmp(point->name, "sched_process_fork"))
		probe_pidsets.fork = point;
}

static int probe_pidset_follow(void)
{
	int err = 0;

	if (!probe_pidsets.users) {
		for_each_kernel_tracepoint(probe_pidset_find_tracepoint, NULL);
		err = probe_pidsets.fork ?
			tracepoint_probe_register(probe_pidsets.fork, probe_pidset_fork, NULL) :
			-EOPNOTSUPP;
	}
	if (!err)
		probe_pidsets.users++;
	return err;
}

/**
 * probe_pidset_clear() - stop using a set
 * @set: the set; in use or not
 *
 * Waits until the tracepoint's callback does not access the set any more.
 *
 * Context: process context, may sleep; the caller serialises the changes.
 */
static void probe_pidset_clear(struct probe_pidset *set)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS) || !set->root)
		return;
	WRITE_ONCE(set->root, 0);
	if (!--probe_pidsets.users)
		tracepoint_probe_unregister(probe_pidsets.fork, probe_pidset_fork, NULL);
	tracepoint_synchronize_unregister();
}

/**
 * probe_pidset_fill() - let a set be a process, its descendants now and those to come
 * @set:  the set; in use or not
 * @root: tgid of the process
 *
 * Context: process context, may sleep; the caller serialises the changes.
 * Return: 0; -EOPNOTSUPP without CONFIG_TRACEPOINTS; -ENOMEM. On error the set is as it
 * was.
 */
static int probe_pidset_fill(struct probe_pidset *set, pid_t root)
{
	int err;

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return -EOPNOTSUPP;
	if (!set->bits) {
		unsigned long *bits = kvzalloc(BITS_TO_LONGS(PID_MAX_LIMIT) * sizeof(*bits),
					       GFP_KERNEL);

		if (!bits)
			return -ENOMEM;
		/* Zeroed before a handler sees it. */
		smp_store_release(&set->bits, bits);
	}
	err = probe_pidset_follow();
	if (err)
		return err;
	probe_pidset_clear(set);
	bitmap_zero(set->bits, PID_MAX_LIMIT);
	set_bit(root, set->bits);
	/* The bits before the callback changes them. */
	smp_store_release(&set->root, root);
	probe_pidset_find_descendants(set);
	return 0;
}

/**
 * probe_pidset_free() - the end of a set
 * @set: the set; no handler runs any more
 *
 * Context: process context, may sleep.
 */
static void probe_pidset_free(struct probe_pidset *set)
{
	probe_pidset_clear(set);
	kvfree(set->bits);
	set->bits = NULL;
}
