// SPDX-License-Identifier: GPL-2.0-only
/* The functions of probe_target. See target_functions.h. */

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/limits.h>
#include <linux/processor.h>
#include <linux/sched/clock.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "target_functions.h"

atomic_long_t target_calls[TARGET_COUNT];
u64 target_slept;

/* Some functions read this so that they begin with a certain kind of instruction. */
static long target_zero;

#define COUNT(name) atomic_long_inc(&target_calls[TARGET_##name])

noinline void target_empty(void)
{
	COUNT(empty);
}

noinline int target_nine(int a, long b, void *c, unsigned int d, int e, unsigned long f,
			 int g, const char *h, long i)
{
	COUNT(nine);
	if (a != NINE_A || b != NINE_B || c != NINE_C || d != NINE_D || e != NINE_E ||
	    f != NINE_F || g != NINE_G || strcmp(h, NINE_H) || i != NINE_I)
		return -EINVAL;
	return 9;
}

/* On riscv64: see Kbuild. */
#ifndef TRACED
#define TRACED
#endif

noinline TRACED int target_sixteen(long a, long b, long c, long d, long e, long f, long g, long h,
				   long i, long j, long k, long l, long m, long n, long o, long p)
{
	COUNT(sixteen);
	if (a != SIXTEEN(1) || b != SIXTEEN(2) || c != SIXTEEN(3) || d != SIXTEEN(4) ||
	    e != SIXTEEN(5) || f != SIXTEEN(6) || g != SIXTEEN(7) || h != SIXTEEN(8) ||
	    i != SIXTEEN(9) || j != SIXTEEN(10) || k != SIXTEEN(11) || l != SIXTEEN(12) ||
	    m != SIXTEEN(13) || n != SIXTEEN(14) || o != SIXTEEN(15) || p != SIXTEEN(16))
		return -EINVAL;
	return 16;
}

noinline int target_ret_zero(void)
{
	COUNT(ret_zero);
	return 0;
}

noinline long target_ret_832(void)
{
	COUNT(ret_832);
	return 832;
}

noinline int target_ret_int(int value)
{
	COUNT(ret_int);
	return value;
}

noinline long target_ret_long(long value)
{
	COUNT(ret_long);
	return value;
}

/* Leaves the upper half of the return register clear on x86-64 and arm64. */
noinline int target_ret_enoent_int(void)
{
	COUNT(ret_enoent_int);
	return -ENOENT;
}

noinline long target_ret_enoent_long(void)
{
	COUNT(ret_enoent_long);
	return -ENOENT;
}

noinline long target_ret_max_errno(void)
{
	COUNT(ret_max_errno);
	return -MAX_ERRNO;
}

noinline int target_ret_min_int(void)
{
	COUNT(ret_min_int);
	return INT_MIN;
}

noinline unsigned int target_ret_uint(void)
{
	COUNT(ret_uint);
	return 0xfffffffe;
}

noinline bool target_ret_bool(void)
{
	COUNT(ret_bool);
	return true;
}

noinline void *target_ret_pointer(void)
{
	COUNT(ret_pointer);
	return target_calls;
}

noinline void *target_ret_null(void)
{
	COUNT(ret_null);
	return NULL;
}

noinline void *target_ret_err_ptr(void)
{
	COUNT(ret_err_ptr);
	return ERR_PTR(-ENOMEM);
}

/* The compiler does not know this pointer, so it cannot turn the recursion into a loop. */
static int (*recurse_again)(int depth) = target_recurse;

noinline int target_recurse(int depth)
{
	COUNT(recurse);
	if (depth <= 1)
		return 1;
	return READ_ONCE(recurse_again)(depth - 1) + 1;
}

/*
 * The timer wheel decides how long it sleeps, and jiffies may lag behind. The duration is
 * measured with the clock that the modules use.
 */
noinline int target_sleep(unsigned int ms)
{
	u64 since = local_clock();

	COUNT(sleep);
	msleep(ms);
	WRITE_ONCE(target_slept, local_clock() - since);
	return ms;
}

/* Use the CPU for that time, measured with the clock that the modules use. */
noinline int target_spin(unsigned int us)
{
	u64 since = local_clock();

	COUNT(spin);
	/* The difference is signed, because the clock of another CPU may lag behind. */
	while ((s64)(local_clock() - since) < us * 1000LL)
		cpu_relax();
	return us;
}

noinline int target_string(const char *s)
{
	COUNT(string);
	return strlen(s);
}

#ifdef CONFIG_64BIT
#define POINTER ".quad"
#else
#define POINTER ".long"
#endif

/*
 * target_offset_middle is the address of an instruction after the first ones. The compiler may
 * move a label of C, and a local label of assembly is not in the symbol table.
 */
noinline long target_offset(long n)
{
	n += READ_ONCE(target_zero);
	asm volatile("1:\n"
		     ".pushsection .data\n"
		     ".balign 8\n"
		     ".globl target_offset_middle\n"
		     "target_offset_middle: " POINTER " 1b\n"
		     ".popsection");
	WRITE_ONCE(target_zero, 0);
	COUNT(offset);
	return n + 1;
}

/*
 * It has no ftrace site, so x86 uses int3 or a jump here. The counter is incremented last,
 * because a probe on a locked increment is not optimized before "x86/kprobes: Boost more
 * instructions from grp2/3/4/5" (v6.9).
 */
noinline notrace long target_notrace(long a, long b)
{
	long sum = a + b + READ_ONCE(target_zero);

	barrier();
	COUNT(notrace);
	return sum;
}

static noinline notrace long jumped_to(long n)
{
	COUNT(jump);
	return n + 1;
}

/* Its first instruction is a jump, which the kernel does not optimise. */
noinline notrace long target_jump(long n)
{
	return jumped_to(n);
}

/* A call through a pointer: n must be kept in a register that the first instruction saves. */
static long (*saves_calls)(long a, long b) = target_notrace;

/* Its first instruction, a push on x86, changes the stack frame. */
noinline notrace long target_saves(long n)
{
	n += READ_ONCE(saves_calls)(n, 1);
	COUNT(saves);
	return n;
}

noinline int target_blacklisted(int n)
{
	COUNT(blacklisted);
	return n + 1;
}
NOKPROBE_SYMBOL(target_blacklisted);

/*
 * One of its instructions accesses user memory. It is the only one of this file with an entry
 * in the exception table.
 */
noinline long target_user(const unsigned long __user *from)
{
	unsigned long value;

	COUNT(user);
	if (!user_access_begin(from, sizeof(*from)))
		return -EINVAL;
	unsafe_get_user(value, from, fault);
	user_access_end();
	return value;

fault:
	user_access_end();
	return -EFAULT;
}

/* 48 bytes are passed by value, on x86-64 on the stack. */
noinline long target_struct(struct six six, long last)
{
	long sum = last;
	int i;

	for (i = 0; i < 6; i++)
		sum += six.word[i] << (4 * i);
	return sum;
}

noinline long target_varargs(int n, ...)
{
	long sum = 0;
	va_list args;

	va_start(args, n);
	while (n--)
		sum = 10 * sum + va_arg(args, long);
	va_end(args);
	return sum;
}

/* The caller passes the address of the result of 48 bytes. */
noinline struct six target_big(long a, long b)
{
	return (struct six){ { a, b, a + b, a - b, 2 * a, 2 * b } };
}

noinline int target_cloned(int n)
{
	COUNT(cloned);
	return n + 2;
}

noinline int target_cloned_too(int n)
{
	COUNT(cloned_too);
	return n + 3;
}

EXPORT_SYMBOL_GPL(target_struct);
EXPORT_SYMBOL_GPL(target_varargs);
EXPORT_SYMBOL_GPL(target_big);
EXPORT_SYMBOL_GPL(target_empty);
EXPORT_SYMBOL_GPL(target_nine);
EXPORT_SYMBOL_GPL(target_sixteen);
EXPORT_SYMBOL_GPL(target_recurse);
EXPORT_SYMBOL_GPL(target_notrace);
EXPORT_SYMBOL_GPL(target_calls);
