/* SPDX-License-Identifier: GPL-2.0-only */
/* linux/compiler_types.h, evened out: the attribute of kernel CFI. */
#ifndef COMPAT_COMPILER_TYPES_H
#define COMPAT_COMPILER_TYPES_H

#include <linux/compiler.h>

/* commit cf68fffb66d6 ("add support for Clang CFI") (v5.13); no CFI before */
#ifndef __nocfi
#define __nocfi
#endif

#endif
