// SPDX-License-Identifier: GPL-2.0-only
/* Fill sets of processes, keep them up to date, and the parameter skip=. */

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include <compat/errname.h>
#include <probe/gate.h>
#include <common/pidset.h>

static struct {
	struct tracepoint *fork;
	unsigned int users;	/* number of sets in use */
} probe_pidsets;

/* Copy the bit of a process to its new child. */
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
 * Callback of the tracepoint: the child is on the list of all processes and has not run yet.
 * It runs at every fork, whatever locks the forking task holds, so it takes no lock and
 * allocates nothing.
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
 * Add the existing processes whose parent is in the set, until a pass over the list finds no
 * more. The list has parents before their children, so the second pass mostly finds none.
 *
 * This races with probe_pidset_inherit() for a child of a process that was just added.
 * Either probe_pidset_inherit() sees the parent's bit and sets the child's. Or it has cleared
 * the child's bit, and the child is on the list, before the next pass, which sets it.
 */
static void probe_pidset_find_descendants(struct probe_pidset *set)
{
	const struct task_struct *task;
	bool found;

	do {
		found = false;
		/* Bits that were set are visible before the list is read. */
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
 * @set: the set; nothing is done if it is not in use
 *
 * Waits until the tracepoint's callback does not access the set any more.
 *
 * Context: process context, under probe_mutex, may sleep.
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
 * probe_pidset_fill() - fill a set with a process and its present and future descendants
 * @set:  the set; its previous contents are lost
 * @root: tgid of the process
 *
 * Context: process context, under probe_mutex, may sleep.
 * Return: 0; -EOPNOTSUPP without CONFIG_TRACEPOINTS; -ENOMEM. On error the set is unchanged.
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
		/* Publish the bits after they were zeroed. */
		smp_store_release(&set->bits, bits);
	}
	err = probe_pidset_follow();
	if (err)
		return err;
	probe_pidset_clear(set);
	bitmap_zero(set->bits, PID_MAX_LIMIT);
	set_bit(root, set->bits);
	/* The callback sees the bits before it sees that the set is in use. */
	smp_store_release(&set->root, root);
	probe_pidset_find_descendants(set);
	return 0;
}

/**
 * probe_pidset_free() - free a set
 * @set: the set; no handler may be running any more
 *
 * Context: process context, may sleep.
 */
static void probe_pidset_free(struct probe_pidset *set)
{
	probe_pidset_clear(set);
	kvfree(set->bits);
	set->bits = NULL;
}

/**
 * struct probe_pidset_param - a parameter that is a process, or one and its descendants
 * @set:      filled with the process and its descendants, if they are included
 * @apply:    called after the set was filled, under probe_mutex
 * @expected: describes a valid value, for messages
 * @plus:     descendants are included only with a plus; if false, always
 * @tree:     descendants are included
 * @written:  the written process ID, in the writer's PID namespace; 0: none
 */
struct probe_pidset_param {
	struct probe_pidset *set;
	void (*apply)(pid_t tgid, bool tree);
	const char *expected;
	bool plus;
	bool tree;
	unsigned int written;
};

/*
 * Translate a process ID from the writer's PID namespace to the initial one. If there is no
 * such process, returns 0 with @tree, as there are no descendants to find. Otherwise returns
 * an ID that no process has: in the initial namespace the ID itself, for a process that is
 * yet to be started, else -1.
 */
static pid_t probe_pidset_param_find(const struct kernel_param *kp, unsigned int nr, bool tree)
{
	struct task_struct *task;
	pid_t tgid = 0, shown = 0;
	bool thread = false;

	rcu_read_lock();
	task = pid_task(find_vpid(nr), PIDTYPE_PID);
	if (task) {
		tgid = task->tgid;
		shown = task_tgid_vnr(task);
		thread = task->pid != tgid;
	}
	rcu_read_unlock();
	if (thread)
		pr_info("%s=%u is a thread of process %d: using that process with all its threads\n",
			kp->name, nr, shown);
	if (tgid)
		return tgid;
	pr_warn("%s=%u: there is no such process\n", kp->name, nr);
	if (tree)
		return 0;
	return task_active_pid_ns(current) == &init_pid_ns ? nr : -1;
}

/* Called under probe_mutex. */
static int probe_pidset_param_change(const struct kernel_param *kp, unsigned int nr, bool tree)
{
	struct probe_pidset_param *pid = kp->arg;
	pid_t tgid = nr ? probe_pidset_param_find(kp, nr, tree) : 0;
	int err;

	if (nr && !tgid)
		return -EINVAL;	/* not ESRCH: insmod prints "Module has wrong symbol version" */
	err = tree ? probe_pidset_fill(pid->set, tgid) : 0;
	if (err == -EOPNOTSUPP)
		pr_err("%s=%s%u: descendants cannot be followed: this kernel has no tracepoint sched_process_fork (CONFIG_TRACEPOINTS)\n",
		       kp->name, pid->plus ? "+" : "", nr);
	else if (err)
		pr_err("%s=%s%u: descendants cannot be followed: " PROBE_ERR "\n", kp->name,
		       pid->plus ? "+" : "", nr, probe_err(err));
	if (err)
		return err;
	pid->apply(tgid, tree);
	if (!tree)
		probe_pidset_clear(pid->set);
	pid->tree = tree;
	pid->written = nr;
	return 0;
}

static int probe_pidset_param_set(const char *val, const struct kernel_param *kp)
{
	const struct probe_pidset_param *pid = kp->arg;
	const char *digits = val + (*val == '+');
	unsigned int nr;
	bool tree;
	int err;

	/* kstrtouint() would accept a second sign. */
	if (!isdigit(*digits) || kstrtouint(digits, 0, &nr) || nr > PID_MAX_LIMIT ||
	    (!nr && digits != val))
		return probe_param_error(val, kp, pid->expected);
	tree = nr && (digits != val || !pid->plus);
	mutex_lock(&probe_mutex);
	err = probe_pidset_param_change(kp, nr, tree);
	mutex_unlock(&probe_mutex);
	return err;
}

static int probe_pidset_param_get(char *buffer, const struct kernel_param *kp)
{
	const struct probe_pidset_param *pid = kp->arg;

	return scnprintf(buffer, PAGE_SIZE, "%s%u\n", pid->plus && pid->tree ? "+" : "",
			 pid->written);
}

/* Called when loading has failed or the module is removed. */
static void probe_pidset_param_free(void *arg)
{
	const struct probe_pidset_param *pid = arg;

	probe_pidset_free(pid->set);
}

static const struct kernel_param_ops probe_pidset_param_ops = {
	.set = probe_pidset_param_set,
	.get = probe_pidset_param_get,
	.free = probe_pidset_param_free,
};

static void probe_pidset_apply_skip(pid_t tgid, bool tree)
{
	probe_gate_set(skip, tree);
}

static struct probe_pidset_param probe_skip_param = {
	.set = &probe_skip_pids, .apply = probe_pidset_apply_skip,
	.expected = "a process id, or 0 for none",
};

module_param_cb(skip, &probe_pidset_param_ops, &probe_skip_param, 0600);
MODULE_PARM_DESC(skip, "count hits of this process and its descendants as self, before any other check (default: 0, none)");
