// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compiled by tests/scripts/run for its BTF, which is to tell what these functions are
 * called with: once as if it were the kernel, once as a module, MODULE, which has one
 * of the functions otherwise and one of its own.
 */
#include <stdbool.h>

#ifdef MODULE

long both(const char *module, bool is_ours)
{
	return *module + is_ours;
}

void only_module(unsigned char byte)
{
	(void)byte;
}

/* Only the declaration is in the kernel. */
struct elsewhere {
	int before, here;
};

int has_elsewhere(struct elsewhere *elsewhere)
{
	return elsewhere->here;
}

#else
#include "../modules/struct_args.h"

/* Members of all kinds. The test compares their offsets in pahole and probe-btf. */
enum kind { KIND_A, KIND_B };
enum sign { SIGN_MINUS = -1, SIGN_PLUS };
struct elsewhere;

struct part {
	char letter;
	struct {
		short number;
		union {
			int deep;
			unsigned char bytes[4];
		};
	};
	long long last;
};

struct members {
	struct members *next;
	bool is_ours;
	unsigned char byte;
	unsigned short flags;
	enum kind kind;
	enum sign sign;
	unsigned int low : 3;
	unsigned int high : 5;
	unsigned int whole : 8;
	int minus : 16;
	struct part left, right[3];
	union {
		struct part *pointer;
		unsigned long word;
		struct {
			unsigned int first, second;
		};
	};
	const char *text;
	char here[16];
	const char *const list[4];
	int matrix[2][3];
	double floating;
	__int128 wide;
	long (*call)(int number);
	void *private;
	struct elsewhere *elsewhere;
	struct pair by_value;
	struct members *robust_list;
	unsigned int tail[];
};

long members_of(struct members *m, struct pair two, struct large large, void *private, unsigned long address)
{
	return m->byte + two.first + large.word[0] + !private + address;
}

/* Objects that args= has types for. */
struct sockaddr {
	unsigned short family;
	char data[14];
};
struct sock;
struct task_struct;
struct file;
struct dentry;

struct objects {
	struct file *file;
	struct sockaddr *name, inside;
	const struct dentry *dentry;
	struct sock *sk;
	struct sockaddr *umsg;
	unsigned char ip[16];
};

long objects_of(struct file *file, const struct dentry *dentry, struct sock *sk,
		struct task_struct *p, struct sockaddr *addr, struct objects *all)
{
	return !file + !dentry + !sk + !p + addr->family + all->name->family;
}

long user_objects(struct sockaddr *uservaddr, struct file *uptr)
{
	return uservaddr->family + !uptr;
}

long protocol_connect(struct sock *sk, struct sockaddr *uaddr)
{
	return !sk + uaddr->family;
}

struct file *returns_file(void)
{
	return 0;
}

struct members *returns_members(void)
{
	return 0;
}

/* Text in user memory according to a name, in kernel memory, or in unknown memory. */
long do_sys_text(int dfd, const char *filename, const char *text, unsigned long len, struct pair *how)
{
	return dfd + *filename + *text + len + how->first;
}

long do_readlinkat(int dfd, const char *pathname, char *buf)
{
	return dfd + *pathname + *buf;
}

long getname_flags(const char *name, int flags)
{
	return *name + flags;
}

long getname_kernel(const char *name)
{
	return *name;
}

long kern_path(const char *name, const char *ubuf)
{
	return *name + *ubuf;
}

long do_mount(const char *dev_name, const char *dir_name, const char *ustr)
{
	return *dev_name + *dir_name + *ustr;
}

long match_user(const char *src, const char *name)
{
	return *src + *name;
}

long log_to_user(const char *src, const char *fmt)
{
	return *src + *fmt;
}

const char *returns_text(void)
{
	return "";
}

/* The inner function of a 32-bit program's system call, with 32-bit arguments. */
long __do_compat_sys_thirty_two(int fd, const char *name, long offset, unsigned long flags, void *data, short mode)
{
	return fd + *name + offset + flags + !data + mode;
}

long __do_sys_sixty_four(int fd, const char *name, long offset, struct pair *data)
{
	return fd + *name + offset + data->first;
}

long both(int kernel)
{
	return kernel;
}

/* The names show which numbers are bit fields, and which text has a length. */
long names(unsigned int flags, int gfp_mask, unsigned short mode, long model,
	   const char *name, const char *text, unsigned long len)
{
	return flags + gfp_mask + mode + model + *name + *text + len;
}

/* args= accepts eight values. */
int nine(int a, long b, void *c, unsigned int d, short e, unsigned long f, int g, const char *h, long i)
{
	return a + b + !c + d + e + f + g + *h + i;
}

/* There is no $arg17. */
int beyond(struct large a, struct large b, struct large c, struct large d, struct large e, int f)
{
	return a.word[0] + b.word[0] + c.word[0] + d.word[0] + e.word[0] + f;
}

/* Floating-point arguments are in other registers. */
double floating(double a, int b)
{
	return a + b;
}

void nothing(void)
{
}

long struct_back(long a, long b, long c, long d, long e, struct pair f, long g, long h)
{
	return a + b + c + d + e + f.first + g + h;
}

long struct_split(struct pair a, struct pair b, struct pair c, long d, struct pair e, long f)
{
	return a.first + b.first + c.first + d + e.first + f;
}

struct large struct_large(struct four a, struct large b, struct none none, long c, struct pair d)
{
	(void)none;
	b.word[0] += a.word + c + d.first;
	return b;
}

#endif
