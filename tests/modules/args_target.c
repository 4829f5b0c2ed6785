// SPDX-License-Identifier: GPL-2.0-only
/*
 * args_target: functions with arguments of every type, and strings at difficult addresses,
 * for tests of args=.
 *
 * Write to /sys/kernel/debug/args_target:
 *   scalars        calls args_scalars() with sixteen integers
 *   memory         calls args_memory() with pointers to a struct of all types and to a list
 *   string WHICH   calls args_string() with a kernel pointer or a user pointer; with "at HEX"
 *                  both pointers have that address
 *   changed        calls args_changed(), which changes the objects its arguments point to
 *   structs        calls the functions of struct_args.h
 *   syscalls       calls functions of a system call with a kernel and a user pointer
 *   chosen WHICH   calls args_string() with a kernel string whose address is also an argument
 *                  of the current system call
 *   device         calls args_string() with the address of device memory
 *   file FD        calls args_objects() with an open file of the process
 *   net WHICH      calls args_net() with a socket and other addresses
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/in.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/mman.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/un.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "args_target.h"
#include "long_constant.h"
#include "struct_args.h"

/* Call through a pointer whose value the compiler cannot know, so that it does not call a clone. */
#define CALL(function) READ_ONCE(called_##function)

static typeof(args_scalars) *called_scalars = args_scalars;
static typeof(args_memory) *called_memory = args_memory;
static typeof(args_string) *called_string = args_string;
static typeof(args_changed) *called_changed = args_changed;
static typeof(args_returns_string) *called_returns = args_returns_string;
static typeof(args_objects) *called_objects = args_objects;
static typeof(args_net) *called_net = args_net;
static typeof(args_syscall) *called_syscall = args_syscall;
static typeof(args_syscall_32) *called_syscall_32 = args_syscall_32;
static typeof(args_syscall_body) *called_syscall_body = args_syscall_body;
static typeof(struct_back) *called_back = struct_back;
static typeof(struct_split) *called_split = struct_split;
static typeof(struct_large) *called_large = struct_large;

#define SIXTY_CHARS "123456789 123456789 123456789 123456789 123456789 123456789 "

static const struct args_types types = {
	.u64 = 0xfedcba9876543210, .s64 = -0x7edcba9876543210,
	.u32 = 0xfedcba98, .s32 = -0x7edcba98, .u16 = 0xfedc, .s16 = -0x7edc,
	.u8 = 0xfe, .s8 = -0x7e, .yes = 1, .no = 0,
	.errno = -ENOENT, .number = 832, .function = args_memory,
	.text = "in the struct",
	.names = {
		"one", "", "three",
		SIXTY_CHARS SIXTY_CHARS,
	},
	.bytes = { 0x45, 0, 1, [63] = 0xff },
	.bits = 0x9abcdef5,
	.chars = { 'a', '~', ' ', '"', '\'', '\\', '\n', '\xe4' },
};

static const struct args_link links[] = {
	{ &links[1], "first", 1 }, { &links[2], "second", 2 }, { &links[3], "third", 3 },
	{ NULL, "fourth", 4 },
};

/* A page that is followed by an unmapped one. */
static char *page;
static struct dentry *file;
static void __iomem *device;

static unsigned long iomem;
module_param(iomem, ulong, 0400);
MODULE_PARM_DESC(iomem, "physical address of a device");

noinline long args_scalars(long a, long b, long c, long d, long e, long f, long g, long h,
			   long i, long j, long k, long l, long m, long n, long o, long p)
{
	barrier();
	return a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p;
}

noinline long args_memory(const struct args_types *t, const struct args_link *link)
{
	barrier();
	return READ_ONCE(t->number) + READ_ONCE(link->depth);
}

noinline long args_string(const char *kernel, const char __user *user)
{
	barrier();
	return -ENXIO;
}

noinline long args_changed(char *buffer, u64 *number)
{
	strscpy(buffer, "after", 8);
	*number = 2;
	barrier();
	return 5;
}

noinline const char *args_returns_string(void)
{
	barrier();
	return "returned";
}

noinline long args_objects(const struct file *file, const struct dentry *dentry,
			   const struct task_struct *task, const struct file *const *files)
{
	barrier();
	return 1;
}

noinline long args_net(const struct sock *sk, const struct sockaddr *addr, const u8 *mac,
		       const struct in6_addr *ip6, __be32 ip4)
{
	barrier();
	return 1;
}

noinline long args_syscall(const struct pt_regs *regs)
{
	barrier();
	return 1;
}

noinline long args_syscall_32(const struct pt_regs *regs)
{
	barrier();
	return 2;
}

noinline long args_syscall_body(const char __user *path, int n)
{
	barrier();
	return 3;
}

noinline long struct_back(long a, long b, long c, long d, long e, struct pair f, long g, long h)
{
	barrier();
	return a + b + c + d + e + f.first + f.second + g + h;
}

noinline long struct_split(struct pair a, struct pair b, struct pair c, long d, struct pair e,
			   long f)
{
	barrier();
	return a.first + b.first + c.first + d + e.first + f;
}

noinline struct large struct_large(struct four a, struct large b, struct none none, long c,
				   struct pair d)
{
	b.word[0] += a.word + c + d.first;
	barrier();
	return b;
}

/* Return the string that a test has named. */
static const char *kernel_string(const char *which)
{
	static char text[10001];
	unsigned int len;

	if (!kstrtouint(which, 10, &len) && len < sizeof(text)) {
		memset(text, 'x', len);
		text[len] = '\0';
		return text;
	}
	if (!strcmp(which, "control"))
		return "a\"b\\c\n\t\x01\x7f\xe4z";
	if (!strcmp(which, "lines"))
		return "one\nkprobe_example: forged";
	/* These end at the last byte of the page, or beyond. */
	memset(page, 'y', PAGE_SIZE);
	page[PAGE_SIZE - 1] = '\0';
	if (!strcmp(which, "page-end"))
		return page + PAGE_SIZE - 6;
	page[PAGE_SIZE - 1] = 'y';
	if (!strcmp(which, "not-terminated"))
		return page + PAGE_SIZE - 6;
	if (!strcmp(which, "unmapped"))
		return page + PAGE_SIZE;
	if (!strcmp(which, "not-canonical"))
		return (const char *)LONG_CONSTANT(0xdead000000000000);
	return NULL;
}

static const unsigned short syscall_args[] = { PROBE_SYSCALL_REGS };

/*
 * The arguments are an int -100 with garbage in the upper half of its register, a kernel
 * string and a user string.
 */
static void set_syscall_args(struct pt_regs *regs, const unsigned short *args)
{
	*(unsigned long *)((char *)regs + args[0]) = LONG_CONSTANT(0xdeadbeefffffff9c);
	*(unsigned long *)((char *)regs + args[1]) = (unsigned long)kernel_string("5");
	*(unsigned long *)((char *)regs + args[2]) = current->mm->arg_start;
}

static long call_syscalls(void)
{
	static const unsigned short args_32[] = { PROBE_SYSCALL_REGS_COMPAT };
	struct pt_regs regs = {};
	long result;

	set_syscall_args(&regs, syscall_args);
	result = CALL(syscall)(&regs);
	set_syscall_args(&regs, args_32);
	result += CALL(syscall_32)(&regs);
	return result + CALL(syscall_body)((const char __user *)kernel_string("5"), 1);
}

static long string_chosen(const char *string)
{
	unsigned long *arg = (void *)task_pt_regs(current) +
			     syscall_args[PROBE_SYSCALL_ARGS - 1];
	unsigned long saved = *arg;
	long result;

	*arg = (unsigned long)string;
	result = CALL(string)(string, NULL);
	*arg = saved;
	return result;
}

static long objects(unsigned int fd)
{
	const struct file *files[1];
	struct file *open = fget(fd);
	long result;

	if (!open)
		return -EBADF;
	files[0] = open;
	result = CALL(objects)(open, open->f_path.dentry, current, files);
	fput(open);
	return result;
}

/* No real socket: only members that are read are set. */
static long net(const char *which)
{
	static const u8 mac[] = { 0x52, 0x54, 0, 0x12, 0x34, 0xff };
	static const struct in6_addr ip6 = { .s6_addr = { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
	static struct sock sk;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} addr = {};
	bool connected = strcmp(which, "unconnected");

	sk.__sk_common.skc_num = 41234;
	sk.__sk_common.skc_dport = connected ? htons(443) : 0;
	if (!strcmp(which, "4") || !connected) {
		sk.__sk_common.skc_family = addr.in.sin_family = AF_INET;
		sk.__sk_common.skc_rcv_saddr = htonl(connected ? 0x0a00020f : 0);
		sk.__sk_common.skc_daddr = htonl(connected ? 0x5db8d80e : 0);
		addr.in.sin_addr.s_addr = htonl(0x7f000001);
		addr.in.sin_port = htons(80);
	} else if (!strcmp(which, "6")) {
		sk.__sk_common.skc_family = addr.in6.sin6_family = AF_INET6;
#if IS_ENABLED(CONFIG_IPV6)
		sk.__sk_common.skc_v6_rcv_saddr = ip6;
		sk.__sk_common.skc_v6_daddr = (struct in6_addr){ .s6_addr = { [15] = 1 } };
#endif
		addr.in6.sin6_addr = ip6;
		addr.in6.sin6_port = htons(8080);
	} else if (!strcmp(which, "unix") || !strcmp(which, "abstract")) {
		sk.__sk_common.skc_family = addr.un.sun_family = AF_UNIX;
		strscpy(addr.un.sun_path + (*which == 'a'), "/run/a \"b\"",
			sizeof(addr.un.sun_path) - 1);
	} else {
		sk.__sk_common.skc_family = AF_NETLINK;
		addr.any.sa_family = 99;
	}
	return CALL(net)(&sk, &addr.any, mac, &ip6, htonl(0xc0a80001));
}

/* A kernel thread runs with the memory of some process mapped, but has no user memory. */
struct in_kthread {
	struct work_struct work;
	const char __user *user;
};

static void in_kthread(struct work_struct *work)
{
	CALL(string)(NULL, container_of(work, struct in_kthread, work)->user);
}

static void string_in_kthread(unsigned long addr)
{
	struct in_kthread in = { .user = (const char __user *)addr };

	INIT_WORK_ONSTACK(&in.work, in_kthread);
	schedule_work_on(raw_smp_processor_id(), &in.work);
	flush_work(&in.work);
	destroy_work_on_stack(&in.work);
}

static ssize_t args_write(struct file *f, const char __user *from, size_t n, loff_t *pos)
{
	char text[32] = "", buffer[8] = "before", *word;
	u64 number = 1;
	long result = 0;

	if (n >= sizeof(text))
		return -E2BIG;
	if (copy_from_user(text, from, n))
		return -EFAULT;
	word = strim(text);
	if (!strcmp(word, "scalars")) {
		result = CALL(scalars)(-1, 0x80, 0x8000, 0x80000000, -2, 6, LONG_CONSTANT(0x7777777777777777),
				      8, 9, 10, 11, 12, 13, 14, 15, 16);
	} else if (!strcmp(word, "memory")) {
		result = CALL(memory)(&types, links);
	} else if (!strcmp(word, "changed")) {
		result = CALL(changed)(buffer, &number);
	} else if (!strcmp(word, "returns")) {
		result = (long)CALL(returns)();
	} else if (!strcmp(word, "structs")) {
		struct large large = { { 2, 20, 200 } };

		result = CALL(back)(1, 2, 3, 4, 5, (struct pair){ 6, 60 }, 7, 8);
		result += CALL(split)((struct pair){ 1, 10 }, (struct pair){ 2, 20 },
				      (struct pair){ 3, 30 }, 4, (struct pair){ 5, 50 }, 6);
		result += CALL(large)((struct four){ 1 }, large, (struct none){}, 3,
				      (struct pair){ 4, 40 }).word[0];
	} else if (!strcmp(word, "syscalls")) {
		result = call_syscalls();
	} else if (!strncmp(word, "chosen ", 7)) {
		result = string_chosen(kernel_string(word + 7));
	} else if (!strncmp(word, "file ", 5)) {
		unsigned int fd;

		if (kstrtouint(word + 5, 10, &fd))
			return -EINVAL;
		result = objects(fd);
	} else if (!strncmp(word, "net ", 4)) {
		result = net(word + 4);
	} else if (!strcmp(word, "device")) {
		result = CALL(string)((const char __force *)device, NULL);
	} else if (!strncmp(word, "string at ", 10)) {
		unsigned long addr;

		if (kstrtoul(word + 10, 16, &addr))
			return -EINVAL;
		result = CALL(string)((const char *)addr, (const char __user *)addr);
	} else if (!strcmp(word, "string border")) {
		result = CALL(string)(NULL, (const char __user *)TASK_SIZE_MAX - 4);
	} else if (!strcmp(word, "string user")) {
		result = CALL(string)(NULL, (const char __user *)current->mm->arg_start);
	} else if (!strcmp(word, "string tagged")) {
		/* Only arm64 ignores the highest byte of a user pointer. */
		result = CALL(string)(NULL, (const char __user *)
				      (current->mm->arg_start | (unsigned long)(0x5aULL << 56)));
	} else if (!strcmp(word, "string kthread")) {
		string_in_kthread(current->mm->arg_start);
		result = n;
	} else if (!strcmp(word, "string absent")) {
		/* The page is mapped, but not present until the first access. */
		unsigned long absent = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ,
					       MAP_PRIVATE | MAP_ANONYMOUS, 0);

		if (IS_ERR_VALUE(absent))
			return absent;
		result = CALL(string)(NULL, (const char __user *)absent);
		vm_munmap(absent, PAGE_SIZE);
	} else if (!strncmp(word, "string ", 7)) {
		result = CALL(string)(kernel_string(word + 7), NULL);
	} else {
		return -EINVAL;
	}
	barrier();
	return result ? n : -EIO;
}

static const struct file_operations args_fops = {
	.owner = THIS_MODULE,
	.write = args_write,
};

static int __init args_init(void)
{
	page = vmalloc(PAGE_SIZE);
	if (!page)
		return -ENOMEM;
	if (iomem)
		device = ioremap(iomem, PAGE_SIZE);
	file = debugfs_create_file(KBUILD_MODNAME, 0200, NULL, NULL, &args_fops);
	return 0;
}

static void __exit args_exit(void)
{
	debugfs_remove(file);
	if (device)
		iounmap(device);
	vfree(page);
}

module_init(args_init);
module_exit(args_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("Functions with arguments of every type, for tests of args=");
