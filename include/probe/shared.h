/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Define variables and functions in a header so that all C files of a module share one
 * instance.
 *
 * A probe that one C file of a module registers may be used and unregistered by another one.
 * So both must use the same state, and the same function where its address identifies what
 * was registered. These definitions are weak: the linker keeps the first one. Each follows a
 * declaration, because the compiler warns about definitions without one that are not static.
 */
#ifndef PROBE_SHARED_H
#define PROBE_SHARED_H

#include <linux/compiler.h>
#include <linux/percpu.h>

#define PROBE_SHARED __weak

/*
 * The same for a per-CPU variable. BTF lists the per-CPU variables of a module; with a
 * definition in each C file it would list one twice, and newer kernels reject such a module
 * ("failed to validate module ... BTF"). So the variable is defined in assembly, for which no
 * debugging information is generated. The asm statement is in a function that is never
 * called, because there it can get the size from C.
 */
#define PROBE_SHARED_PER_CPU(type, name)					\
DECLARE_PER_CPU(type, name);							\
static __used noinline notrace void name##_define(void)			\
{										\
	asm volatile(".pushsection " PER_CPU_BASE_SECTION ", \"aw\", %%progbits\n"	\
		     ".weak " #name "\n"					\
		     ".type " #name ", %%object\n"				\
		     ".size " #name ", %c0\n"					\
		     ".balign %c1\n"						\
		     #name ": .zero %c0\n"					\
		     ".popsection"						\
		     : : "i" (sizeof(type)), "i" (__alignof__(type)));		\
}

#endif
