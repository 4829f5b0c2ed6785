/* SPDX-License-Identifier: GPL-2.0-only */
/* The functions of probe_target, which only the tests call. */
#ifndef TARGET_FUNCTIONS_H
#define TARGET_FUNCTIONS_H

#include <linux/atomic.h>
#include <linux/types.h>

#include "long_constant.h"

/*
 * An element x(NAME) is for target_NAME(). Every function counts its calls. The tests compare
 * the counters of a probe with these counts.
 */
#define TARGET_LIST(x)							\
	x(empty) x(nine) x(sixteen)					\
	x(ret_zero) x(ret_832) x(ret_int) x(ret_long) x(ret_enoent_int)	\
	x(ret_enoent_long) x(ret_max_errno) x(ret_min_int) x(ret_uint)	\
	x(ret_bool) x(ret_pointer) x(ret_null) x(ret_err_ptr)		\
	x(recurse) x(sleep) x(spin) x(string) x(offset) x(notrace)	\
	x(saves) x(blacklisted) x(user) x(jump) x(cloned) x(cloned_too)

#define TARGET_ENUM(name) TARGET_##name,
enum target_id { TARGET_LIST(TARGET_ENUM) TARGET_COUNT };

extern atomic_long_t target_calls[TARGET_COUNT];

/* The arguments with which target_nine() returns 9. */
#define NINE_A		1
#define NINE_B		LONG_CONSTANT(0x2222222222222222)
#define NINE_C		((void *)target_calls)
#define NINE_D		0x44444444u
#define NINE_E		5
#define NINE_F		((unsigned long)LONG_CONSTANT(0x6666666666666666))
#define NINE_G		-7
#define NINE_H		"eight"
#define NINE_I		-9L

/* Argument n of the sixteen with which target_sixteen() returns 16. */
#define SIXTEEN(n)	((long)((n) * 0x0101010101010101ULL))

void target_empty(void);
int target_nine(int a, long b, void *c, unsigned int d, int e, unsigned long f,
		int g, const char *h, long i);
int target_sixteen(long a, long b, long c, long d, long e, long f, long g, long h,
		   long i, long j, long k, long l, long m, long n, long o, long p);

int target_ret_zero(void);
long target_ret_832(void);
int target_ret_int(int value);
long target_ret_long(long value);
int target_ret_enoent_int(void);
long target_ret_enoent_long(void);
long target_ret_max_errno(void);
int target_ret_min_int(void);
unsigned int target_ret_uint(void);
bool target_ret_bool(void);
void *target_ret_pointer(void);
void *target_ret_null(void);
void *target_ret_err_ptr(void);

int target_recurse(int depth);
int target_sleep(unsigned int ms);
int target_spin(unsigned int us);
int target_string(const char *s);
long target_offset(long n);
long target_notrace(long a, long b);
long target_saves(long n);
long target_jump(long n);
int target_blacklisted(int n);
long target_user(const unsigned long __user *from);

/* These are called by other modules only, and their calls are not counted. */
struct six { long word[6]; };
long target_struct(struct six six, long last);
long target_varargs(int n, ...);
struct six target_big(long a, long b);

/* These have the names of clones made by a compiler. No symbol target_cloned exists. */
int target_cloned(int n) asm("target_cloned.isra.0");
int target_cloned_too(int n) asm("target_cloned.constprop.7");

/* The address of an instruction inside target_offset(). */
extern unsigned long target_offset_middle;

/* The duration of the last target_sleep() in nanoseconds of local_clock(). */
extern u64 target_slept;

#endif
