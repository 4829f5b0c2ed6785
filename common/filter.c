// SPDX-License-Identifier: GPL-2.0-only
/* The parameters pid=, comm= and uid=. */

#include <linux/ctype.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/threads.h>

#include <probe/gate.h>
#include <common/filter.h>

/**
 * probe_filter_get() - the filter in use, to be changed and set
 *
 * Context: process context; the caller serialises the changes.
 */
static struct probe_filter probe_filter_get(void)
{
	return *probe_filter;
}

/**
 * probe_filter_set_comm() - let a filter want one name
 * @f:    the filter
 * @comm: the name, less than TASK_COMM_LEN characters; "": any
 *
 * Context: any.
 */
static void probe_filter_set_comm(struct probe_filter *f, const char *comm)
{
	size_t len = strlen(comm);

	memset(f->comm, 0, sizeof(f->comm));
	memset(f->comm_mask, 0, sizeof(f->comm_mask));
	if (!len)
		return;
	memcpy(f->comm, comm, len);
	memset(f->comm_mask, 0xff, len + 1);
}

/**
 * probe_filter_set() - use another filter
 * @f: the filter
 *
 * Context: process context; the caller serialises the changes.
 * Return: does it filter anything?
 */
static bool probe_filter_set(const struct probe_filter *f)
{
	struct probe_filter *other = &probe_filter_slots[probe_filter == probe_filter_slots];

	*other = *f;
	/* Pairs with the dependency through the pointer in probe_filter_wants(). */
	smp_store_release(&probe_filter, other);
	return f->pid || f->tree || f->comm_mask[0] || uid_valid(f->uid);
}

/* skip=, pid= */

/**
 * struct probe_pid - a parameter that is a process
 * @set:      filled with it and its descendants, if those are meant
 * @apply:    called when the set is filled, under probe_mutex
 * @expected: what a valid value is, for messages
 * @plus:     a process alone can be given, too; with its descendants it has a plus
 * @tree:     it was given with its descendants
 * @written:  as it was written, in the writer's PID namespace; 0: none
 */
struct probe_pid {
	struct probe_pidset *set;
	void (*apply)(pid_t tgid, bool tree);
	const char *expected;
	bool plus;
	bool tree;
	unsigned int written;
};

/*
 * The process that the writer means, as the initial PID namespace knows it. If there
 * is none: 0 if its descendants are meant as well; else what no process, or no process
 * yet, has.
 */
static pid_t probe_pid_find(const struct kernel_param *kp, unsigned int nr, bool tree)
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
		pr_info("%s=%u is a thread of process %d, which is taken with all its threads\n",
			kp->name, nr, shown);
	if (tgid)
		return tgid;
	pr_warn("%s=%u: there is no such process\n", kp->name, nr);
	if (tree)
		return 0;
	return task_active_pid_ns(current) == &init_pid_ns ? nr : -1;
}

/* Under probe_mutex. */
static int probe_pid_change(const struct kernel_param *kp, unsigned int nr, bool tree)
{
	struct probe_pid *pid = kp->arg;
	pid_t tgid = nr ? probe_pid_find(kp, nr, tree) : 0;
	int err;

	if (nr && !tgid)
		return -EINVAL;	/* for ESRCH, insmod says "Module has wrong symbol version" */
	err = tree ? probe_pidset_fill(pid->set, tgid) : 0;
	if (err == -EOPNOTSUPP)
		pr_err("%s=%s%u: descendants can not be followed: this kernel has no tracepoint sched_process_fork (CONFIG_TRACEPOINTS)\n",
		       kp->name, pid->plus ? "+" : "", nr);
	else if (err)
		pr_err("%s=%s%u: descendants can not be followed: %d %pe\n", kp->name,
		       pid->plus ? "+" : "", nr, err, ERR_PTR(err));
	if (err)
		return err;
	pid->apply(tgid, tree);
	if (!tree)
		probe_pidset_clear(pid->set);
	pid->tree = tree;
	pid->written = nr;
	return 0;
}

static int probe_pid_set(const char *val, const struct kernel_param *kp)
{
	const struct probe_pid *pid = kp->arg;
	const char *digits = val + (*val == '+');
	unsigned int nr;
	bool tree;
	int err;

	/* Of kstrtouint()'s forms, not those with a second sign. */
	if (!isdigit(*digits) || kstrtouint(digits, 0, &nr) || nr > PID_MAX_LIMIT ||
	    (!nr && digits != val))
		return probe_param_error(val, kp, pid->expected);
	tree = nr && (digits != val || !pid->plus);
	mutex_lock(&probe_mutex);
	err = probe_pid_change(kp, nr, tree);
	mutex_unlock(&probe_mutex);
	return err;
}

static int probe_pid_get(char *buffer, const struct kernel_param *kp)
{
	const struct probe_pid *pid = kp->arg;

	return scnprintf(buffer, PAGE_SIZE, "%s%u\n", pid->plus && pid->tree ? "+" : "",
			 pid->written);
}

/* When loading has failed, or the module is freed. */
static void probe_pid_free(void *arg)
{
	const struct probe_pid *pid = arg;

	probe_pidset_free(pid->set);
}

static const struct kernel_param_ops probe_pid_ops = {
	.set = probe_pid_set,
	.get = probe_pid_get,
	.free = probe_pid_free,
};

static void probe_skip_apply(pid_t tgid, bool tree)
{
	probe_gate_set(skip, tree);
}

static struct probe_pid probe_skip = {
	.set = &probe_skip_pids, .apply = probe_skip_apply,
	.expected = "a process id, or 0 for none",
};

module_param_cb(skip, &probe_pid_ops, &probe_skip, 0600);
MODULE_PARM_DESC(skip, "count hits of this process and its descendants as self, before all else (default: 0, none)");

static void probe_filter_apply_pid(pid_t tgid, bool tree)
{
	struct probe_filter filter = probe_filter_get();

	filter.pid = tree ? 0 : tgid;
	filter.tree = tree;
	probe_gate_set(filter, probe_filter_set(&filter));
}

static struct probe_pid probe_pid = {
	.set = &probe_filter_pids, .apply = probe_filter_apply_pid, .plus = true,
	.expected = "a process id, +ID for a process and its descendants, or 0 for all",
};

module_param_cb(pid, &probe_pid_ops, &probe_pid, 0600);
MODULE_PARM_DESC(pid, "log only hits of this process; +ID: of it and its descendants (default: 0, all)");

/* comm=, uid= */

static int probe_filter_apply_uid(unsigned long value)
{
	struct probe_filter filter = probe_filter_get();

	filter.uid = (long)value < 0 ? INVALID_UID : KUIDT_INIT(value);
	probe_gate_set(filter, probe_filter_set(&filter));
	return 0;
}

static struct probe_param_number probe_uid_param = {
	.value = -1, .min = -1, .max = (uid_t)-2, .apply = probe_filter_apply_uid,
	.expected = "a user id, or -1 for all",
};

module_param_cb(uid, &probe_param_number_ops, &probe_uid_param, 0600);
MODULE_PARM_DESC(uid, "log only hits of this user (default: -1, all)");

static char probe_comm[TASK_COMM_LEN];

static int probe_filter_param_comm_set(const char *val, const struct kernel_param *kp)
{
	struct probe_filter filter;
	int len = probe_param_len(val);

	if (len >= TASK_COMM_LEN)
		return probe_param_error(val, kp, "at most 15 bytes, as in /proc/PID/comm");
	mutex_lock(&probe_mutex);
	filter = probe_filter_get();
	strscpy(probe_comm, val, len + 1);
	probe_filter_set_comm(&filter, probe_comm);
	probe_gate_set(filter, probe_filter_set(&filter));
	mutex_unlock(&probe_mutex);
	return 0;
}

static int probe_filter_param_comm_get(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%s\n", probe_comm);
}

static const struct kernel_param_ops probe_comm_ops = {
	.set = probe_filter_param_comm_set,
	.get = probe_filter_param_comm_get,
};

module_param_cb(comm, &probe_comm_ops, NULL, 0600);
MODULE_PARM_DESC(comm, "log only hits of tasks of this name (default: empty, all)");
