// SPDX-License-Identifier: GPL-2.0-only
/* The parameters pid=, comm= and uid=: change the active filter. */

#include <linux/string.h>

#include <compat/errname.h>
#include <probe/gate.h>
#include <common/filter.h>

/**
 * probe_filter_get() - get a copy of the active filter, to be changed and set
 *
 * Context: process context, under probe_mutex.
 */
static struct probe_filter probe_filter_get(void)
{
	return *probe_filter;
}

/**
 * probe_filter_set_comm() - set the name that a filter matches
 * @f:    the filter
 * @comm: the name, less than TASK_COMM_LEN characters; "": any name
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
 * probe_filter_set() - make a filter the active one
 * @f: the filter
 *
 * Context: process context, under probe_mutex.
 * Return: false if it matches all tasks.
 */
static bool probe_filter_set(const struct probe_filter *f)
{
	struct probe_filter *inactive = &probe_filter_buffers[probe_filter == probe_filter_buffers];

	*inactive = *f;
	/* Pairs with the dependency through the pointer in probe_filter_wants(). */
	smp_store_release(&probe_filter, inactive);
	return f->pid || f->tree || f->comm_mask[0] || uid_valid(f->uid);
}

static void probe_filter_apply_pid(pid_t tgid, bool tree)
{
	struct probe_filter filter = probe_filter_get();

	filter.pid = tree ? 0 : tgid;
	filter.tree = tree;
	probe_gate_set(filter, probe_filter_set(&filter));
}

static struct probe_pidset_param probe_pid_param = {
	.set = &probe_filter_pids, .apply = probe_filter_apply_pid, .plus = true,
	.expected = "a process id, +ID for a process and its descendants, or 0 for all",
};

module_param_cb(pid, &probe_pidset_param_ops, &probe_pid_param, 0600);
MODULE_PARM_DESC(pid, "log only hits of this process; +ID: of this process and its descendants (default: 0, all)");

static int probe_filter_apply_uid(unsigned long value)
{
	struct probe_filter filter = probe_filter_get();

	filter.uid = value == -1UL ? INVALID_UID : KUIDT_INIT(value);
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
MODULE_PARM_DESC(comm, "log only hits of tasks with this name, at most 15 bytes (default: empty, all)");
