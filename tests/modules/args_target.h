/* SPDX-License-Identifier: GPL-2.0-only */
/* The functions of args_target and the types of their arguments. */
#ifndef ARGS_TARGET_H
#define ARGS_TARGET_H

#include <linux/fs.h>
#include <linux/in6.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <net/sock.h>

#include <probe/arch.h>

/* The tests use these offsets. */
struct args_types {
	u64 u64;		/* 0 */
	s64 s64;		/* 8 */
	u32 u32;		/* 16 */
	s32 s32;		/* 20 */
	u16 u16;		/* 24 */
	s16 s16;		/* 26 */
	u8 u8;			/* 28 */
	s8 s8;			/* 29 */
	u8 yes;			/* 30 */
	u8 no;			/* 31 */
	s32 errno;		/* 32 */
	s32 number;		/* 36 */
	void *function;		/* 40 */
	char text[16];		/* 48 */
	const char *names[4];	/* 64 */
	u8 bytes[64];		/* 96 */
	u32 bits;		/* 160 */
	char chars[8];		/* 164 */
};

struct args_link {
	const struct args_link *next;	/* 0 */
	const char *name;	/* 8 */
	u64 depth;		/* 16 */
};

long args_scalars(long a, long b, long c, long d, long e, long f, long g, long h, long i,
		  long j, long k, long l, long m, long n, long o, long p);
long args_memory(const struct args_types *types, const struct args_link *link);
long args_string(const char *kernel, const char __user *user);
long args_changed(char *buffer, u64 *number);
const char *args_returns_string(void);
long args_objects(const struct file *file, const struct dentry *dentry,
		  const struct task_struct *task, const struct file *const *files);
long args_net(const struct sock *sk, const struct sockaddr *addr, const u8 *mac,
	      const struct in6_addr *ip6, __be32 ip4);

/* Their symbol names make these the functions of a system call. */
long args_syscall(const struct pt_regs *regs) __asm__(PROBE_SYSCALL_PREFIX "args_target");
long args_syscall_32(const struct pt_regs *regs) __asm__(PROBE_SYSCALL_PREFIX_COMPAT "args_target");
long args_syscall_body(const char __user *path, int n) __asm__("__do_sys_args_target");

#endif
