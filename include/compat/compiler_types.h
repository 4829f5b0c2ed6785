/* SPDX-License-Identifier: GPL-2.0-only */
/* Compatibility for linux/compiler_types.h: __nocfi, noinstr. */
#ifndef COMPAT_COMPILER_TYPES_H
#define COMPAT_COMPILER_TYPES_H

#include <linux/compiler.h>

/* commit cf68fffb66d6 ("add support for Clang CFI") (v5.13); no CFI before */
#ifndef __nocfi
#define __nocfi
#endif

/*
 * commit 655389666643 ("vmlinux.lds.h: Create section for protection against
 * instrumentation") (v5.8); older kernels cannot exclude functions of modules from kprobes
 */
#ifndef noinstr
#define noinstr noinline notrace
#endif

#endif
