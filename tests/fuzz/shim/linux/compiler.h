/* SPDX-License-Identifier: GPL-2.0-only */
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
