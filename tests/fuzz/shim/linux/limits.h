/* SPDX-License-Identifier: GPL-2.0-only */
#include <limits.h>
#include <stdint.h>
#define S32_MAX INT32_MAX
#define S64_MAX INT64_MAX
#define U64_MAX UINT64_MAX
