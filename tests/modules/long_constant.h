/* SPDX-License-Identifier: GPL-2.0-only */
/* Constants of 64 bits in code that is also built for 32-bit machines. */
#ifndef LONG_CONSTANT_H
#define LONG_CONSTANT_H

/* On a 32-bit machine: the lower half. */
#define LONG_CONSTANT(n) ((long)(n##ULL))

#endif
