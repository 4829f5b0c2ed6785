/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdint.h>
#define S32_MAX INT32_MAX
#define U64_MAX UINT64_MAX
