/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Definitions in a header of which all C files of a module share one instance.
 *
 * What a C file of a module registers, another one may use and unregister: the state
 * behind it, and any function whose address identifies what was registered, must be the
 * same in both. So these definitions are weak, and the linker keeps the first one. Such a
 * definition follows a declaration, for a definition that is not static needs one.
 */
#ifndef PROBE_SHARED_H
#define PROBE_SHARED_H

#include <linux/compiler.h>
#include <linux/percpu.h>

#define PROBE_SHARED __weak

/*
 * A per-CPU variable of a module. The kernel's debugging information lists these; with a
 * definition in each C file it would list one twice, and newer kernels refuse such
 * a module ("failed to validate module ... BTF"). So the definition is the assembler's,
 * which has none, in a function that is never called, where C tells the size.
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
