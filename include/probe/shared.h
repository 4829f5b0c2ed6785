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

#define PROBE_SHARED __weak

#endif
