/* SPDX-License-Identifier: GPL-2.0-only */
/* linux/errname.h, evened out: the name of an error beside its number. */
#ifndef COMPAT_ERRNAME_H
#define COMPAT_ERRNAME_H

#include <linux/err.h>

/*
 * PROBE_ERR	the conversion for an errno, with its name if the kernel has it
 * probe_err()	what is printed with it
 */
#if __has_include(<linux/errname.h>)
#define PROBE_ERR "%d %pe"
#define probe_err(err) (err), ERR_PTR(err)
#else
/*
 * before commit 57f5677e535b ("printf: add support for printing symbolic error names") (v5.5),
 * where %pe prints an address
 */
#define PROBE_ERR "%d"
#define probe_err(err) (err)
#endif

#endif
