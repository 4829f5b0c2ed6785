/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdbool.h>
#include <stdint.h>
typedef uint8_t u8;
typedef int32_t s32;
typedef int64_t s64;
