/* SPDX-License-Identifier: GPL-2.0-only */
/* linux/compiler_types.h, evened out: attributes of functions. */
#ifndef COMPAT_COMPILER_TYPES_H
#define COMPAT_COMPILER_TYPES_H

#include <linux/compiler.h>

/* commit cf68fffb66d6 ("add support for Clang CFI") (v5.13); no CFI before */
#ifndef __nocfi
#define __nocfi
#endif

/*
 * commit 655389433e7e ("vmlinux.lds.h: Create section for protection against
 * instrumentation") (v5.8); before, a function of a module cannot be kept from being probed
 */
#ifndef noinstr
#define noinstr noinline notrace
#endif

#endif
