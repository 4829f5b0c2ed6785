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

#else
#include "../modules/struct_args.h"

long both(int kernel)
{
	return kernel;
}

/* Names tell what is read bit by bit, and which text has a length. */
long names(unsigned int flags, int gfp_mask, unsigned short mode, long model,
	   const char *name, const char *text, unsigned long len)
{
	return flags + gfp_mask + mode + model + *name + *text + len;
}

/* args= takes eight. */
int nine(int a, long b, void *c, unsigned int d, short e, unsigned long f, int g, const char *h, long i)
{
	return a + b + !c + d + e + f + g + *h + i;
}

/* There is no $arg17. */
int beyond(struct large a, struct large b, struct large c, struct large d, struct large e, int f)
{
	return a.word[0] + b.word[0] + c.word[0] + d.word[0] + e.word[0] + f;
}

/* Those are in registers of their own. */
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
