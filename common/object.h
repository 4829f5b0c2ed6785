/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Read objects of the kernel that an argument points to: files, directory entries, sockets,
 * addresses of sockets, tasks.
 *
 * Nothing is locked, and no reference is taken: a handler may have interrupted the holder of
 * any lock. Each member is read by itself, at the offset that the kernel's headers give, with
 * functions that fail instead of faulting. What changes meanwhile is read partly old and
 * partly new. Handlers run with preemption disabled, which is a read-side critical section
 * of RCU: a dentry or a name that can be reached from a file that is in use is not freed
 * before the handler ends, but a rename may reuse the memory of a short name.
 */
#ifndef PROBE_OBJECT_H
#define PROBE_OBJECT_H

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/math64.h>
#include <linux/mount.h>
#include <linux/path.h>
#include <linux/sched.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/un.h>
#include <net/sock.h>

#include <common/args.h>
#include <probe/memory.h>

#define PROBE_PATH_DEPTH	16
#define PROBE_PATH_CUT		"..."	/* before a path whose beginning is missing */
#define PROBE_PATH_CUT_LEN	3
#define PROBE_PATH_NAME_MAX	(PROBE_STRING_MAX - PROBE_PATH_CUT_LEN - 1)

/* The part of a struct sockaddr_in that has a meaning. */
#define PROBE_SOCKADDR_IN_LEN	offsetofend(struct sockaddr_in, sin_addr)

/* Read @member, of an object that must not be dereferenced, into @to. Returns 0 or -errno. */
#define probe_object_read(to, member)						\
({										\
	BUILD_BUG_ON(sizeof(*(to)) != sizeof(member));				\
	probe_memory_read_kernel(to, (unsigned long)&(member), sizeof(member));	\
})

/*
 * Read the first @max bytes of a name. Its length may be that of another name, if it is changing;
 * so it also ends at a 0. Returns its length, or -EFAULT.
 */
static inline int probe_object_name(char *to, const struct qstr *name, unsigned int max)
{
	unsigned int len = min_t(unsigned int, name->len, max);

	if (probe_memory_read_kernel(to, (unsigned long)name->name, len))
		return -EFAULT;
	return probe_memory_strnlen(to, len);
}

/**
 * probe_object_dentry() - read the name of a directory entry
 * @to:     for the name, PROBE_STRING_ROOM bytes
 * @dentry: the directory entry
 *
 * Context: a handler.
 * Return: the length; greater than PROBE_STRING_MAX if the name is cut to that; or -EFAULT.
 */
static inline int probe_object_dentry(char *to, const struct dentry *dentry)
{
	struct qstr name;

	if (probe_object_read(&name, dentry->d_name))
		return -EFAULT;
	return probe_object_name(to, &name, PROBE_STRING_MAX + 1);
}

/* Write a number in decimal. Returns its length. */
static inline unsigned int probe_object_decimal(char *to, u64 number)
{
	char digits[20];
	unsigned int n = 0, len = 0;
	u32 digit;

	do {
		number = div_u64_rem(number, 10, &digit);
		digits[n++] = '0' + digit;
	} while (number);
	while (n)
		to[len++] = digits[--n];
	return len;
}

/* Append the name of a directory entry. Returns the length of the whole, or -EFAULT. */
static inline int probe_object_append(char *to, const char *prefix, const struct dentry *dentry)
{
	unsigned int len = strlen(prefix);
	struct qstr name;
	int n;

	memcpy(to, prefix, len);
	if (probe_object_read(&name, dentry->d_name))
		return -EFAULT;
	n = probe_object_name(to + len, &name, PROBE_STRING_MAX - len);
	return n < 0 ? n : len + n;
}

/*
 * Describe a file that is in no directory, as /proc/PID/fd does: "pipe:[123]", "socket:[123]",
 * "anon_inode:[eventpoll]", "/memfd:name". If it has no name, by its file system: "nsfs:[123]".
 */
static inline int probe_object_pseudo(char *to, const struct dentry *dentry)
{
	const struct file_system_type *type;
	const struct super_block *sb;
	struct inode *inode;
	const char *text;
	typeof(inode->i_ino) ino;
	unsigned long magic;
	int len;

	if (probe_object_read(&sb, dentry->d_sb) || probe_object_read(&magic, sb->s_magic) ||
	    probe_object_read(&inode, dentry->d_inode) || probe_object_read(&ino, inode->i_ino))
		return -EFAULT;
	if (magic == ANON_INODE_FS_MAGIC)
		return probe_object_append(to, "anon_inode:", dentry);
	if (magic == PIPEFS_MAGIC || magic == SOCKFS_MAGIC) {
		text = magic == PIPEFS_MAGIC ? "pipe" : "socket";
		len = strlen(text);
		memcpy(to, text, len);
	} else {
		len = probe_object_append(to, "/", dentry);
		/* What has no name is called "" or "/". */
		if (len < 0 || (len > 1 && to[1] != '/'))
			return len;
		if (probe_object_read(&type, sb->s_type) || probe_object_read(&text, type->name))
			return -EFAULT;
		len = probe_memory_read_string(to, (unsigned long)text, PROBE_STRING_MAX / 2,
					       false);
		if (len < 0)
			return len;
	}
	to[len++] = ':';
	to[len++] = '[';
	len += probe_object_decimal(to + len, ino);
	to[len++] = ']';
	return len;
}

/**
 * probe_object_file() - read the path of a file
 * @to:   for the path, PROBE_STRING_ROOM bytes
 * @file: the file
 *
 * The path begins at the root of the file's mount. It has at most PROBE_PATH_DEPTH names; if
 * others are missing, or do not fit, it begins with PROBE_PATH_CUT.
 *
 * Context: a handler.
 * Return: the length; greater than PROBE_STRING_MAX if the last name is cut; or -EFAULT.
 */
static inline int probe_object_file(char *to, const struct file *file)
{
	const struct dentry *dentry, *parent, *root;
	bool name_cut = false, path_cut = false;
	unsigned int at = PROBE_STRING_MAX;
	unsigned int depth;
	struct path path;
	struct qstr name;
	int len;

	/* From the last name, at the end of the room, to the first. */
	if (probe_object_read(&path, file->f_path) || probe_object_read(&root, path.mnt->mnt_root))
		return -EFAULT;
	for (dentry = path.dentry, depth = 0; dentry != root; dentry = parent, depth++) {
		if (probe_object_read(&parent, dentry->d_parent) ||
		    probe_object_read(&name, dentry->d_name))
			return -EFAULT;
		if (parent == dentry && !depth)
			return probe_object_pseudo(to, dentry);
		if (parent == dentry)
			break;	/* it was moved out of its mount */
		path_cut = name_cut || depth == PROBE_PATH_DEPTH ||
			   (depth && name.len >= at - PROBE_PATH_CUT_LEN);
		if (path_cut)
			break;
		name_cut = name.len > PROBE_PATH_NAME_MAX;
		name.len = min_t(unsigned int, name.len, PROBE_PATH_NAME_MAX);
		at -= name.len;
		len = probe_object_name(to + at, &name, name.len);
		if (len < 0)
			return len;
		/* It is shorter only if it was changing. */
		memmove(to + at + name.len - len, to + at, len);
		at += name.len - len;
		to[--at] = '/';
	}
	if (path_cut || name_cut) {
		at -= PROBE_PATH_CUT_LEN;
		memcpy(to + at, PROBE_PATH_CUT, PROBE_PATH_CUT_LEN);
	} else if (at == PROBE_STRING_MAX) {
		to[--at] = '/';
	}
	len = PROBE_STRING_MAX - at;
	memmove(to, to + at, len);
	return name_cut ? PROBE_STRING_MAX + 1 : len;
}

/**
 * probe_object_sockaddr() - read the address of a socket
 * @to:   for a struct sockaddr of the address's family, cut to what has a meaning: the family
 *        and, of a unix socket, the path without its end; of unknown ones only the family
 * @addr: where it is
 * @user: in user memory
 *
 * Context: a handler.
 * Return: the length, or -EFAULT.
 */
static inline int probe_object_sockaddr(char *to, unsigned long addr, bool user)
{
	unsigned int skip = offsetof(struct sockaddr_un, sun_path);
	sa_family_t family;
	int len = sizeof(family);

	if (probe_memory_read(&family, addr, sizeof(family), user))
		return -EFAULT;
	switch (family) {
	case AF_INET:
		len = PROBE_SOCKADDR_IN_LEN;
		break;
	case AF_INET6:
		len = sizeof(struct sockaddr_in6);
		break;
	case AF_UNIX:
		/* An abstract address begins with a 0. */
		if (probe_memory_read(to + skip, addr + skip, 1, user))
			return -EFAULT;
		if (!to[skip])
			skip++;
		len = probe_memory_read_string(to + skip, addr + skip,
					       sizeof(struct sockaddr_un) - skip, user);
		if (len < 0)
			return len;
		len = min_t(unsigned int, skip + len, sizeof(struct sockaddr_un));
		break;
	}
	if (family != AF_UNIX && probe_memory_read(to, addr, len, user))
		return -EFAULT;
	/* Also if a program has changed it in the meantime: the length depends on it. */
	memcpy(to, &family, sizeof(family));
	return len;
}

/**
 * probe_object_sock() - read the addresses of a socket
 * @to: for two addresses, its own and its peer's, as from probe_object_sockaddr(); only the
 *      family if it is not IPv4 or IPv6
 * @sk: the socket
 *
 * Only members that time-wait and request sockets have as well are read.
 *
 * Context: a handler.
 * Return: the length, or -EFAULT.
 */
static inline int probe_object_sock(char *to, const struct sock *sk)
{
	struct sockaddr_in in[2] = { { .sin_family = AF_INET }, { .sin_family = AF_INET } };
	__be16 peer_port;
	sa_family_t family;
	u16 port;

	if (probe_object_read(&family, sk->__sk_common.skc_family))
		return -EFAULT;
	memcpy(to, &family, sizeof(family));
	if (family != AF_INET && (family != AF_INET6 || !IS_ENABLED(CONFIG_IPV6)))
		return sizeof(family);
	if (probe_object_read(&port, sk->__sk_common.skc_num) ||
	    probe_object_read(&peer_port, sk->__sk_common.skc_dport))
		return -EFAULT;
	if (family == AF_INET) {
		in[0].sin_port = htons(port);
		in[1].sin_port = peer_port;
		if (probe_object_read(&in[0].sin_addr.s_addr, sk->__sk_common.skc_rcv_saddr) ||
		    probe_object_read(&in[1].sin_addr.s_addr, sk->__sk_common.skc_daddr))
			return -EFAULT;
		memcpy(to, &in[0], PROBE_SOCKADDR_IN_LEN);
		memcpy(to + PROBE_SOCKADDR_IN_LEN, &in[1], PROBE_SOCKADDR_IN_LEN);
		return 2 * PROBE_SOCKADDR_IN_LEN;
	}
#if IS_ENABLED(CONFIG_IPV6)
	{
		struct sockaddr_in6 in6[2] = {
			{ .sin6_family = AF_INET6 }, { .sin6_family = AF_INET6 },
		};

		in6[0].sin6_port = htons(port);
		in6[1].sin6_port = peer_port;
		if (probe_object_read(&in6[0].sin6_addr, sk->__sk_common.skc_v6_rcv_saddr) ||
		    probe_object_read(&in6[1].sin6_addr, sk->__sk_common.skc_v6_daddr))
			return -EFAULT;
		memcpy(to, in6, sizeof(in6));
		return sizeof(in6);
	}
#endif
	return sizeof(family);
}

/**
 * probe_object_task() - read the ID and the name of a task
 * @to:   for the ID of the thread, a pid_t, and its name
 * @task: the task
 *
 * Context: a handler.
 * Return: the length, or -EFAULT.
 */
static inline int probe_object_task(char *to, const struct task_struct *task)
{
	pid_t tid;

	if (probe_object_read(&tid, task->pid) ||
	    probe_memory_read_kernel(to + sizeof(tid), (unsigned long)task->comm, TASK_COMM_LEN))
		return -EFAULT;
	memcpy(to, &tid, sizeof(tid));
	return sizeof(tid) + probe_memory_strnlen(to + sizeof(tid), TASK_COMM_LEN);
}

#endif
