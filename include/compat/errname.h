/* SPDX-License-Identifier: GPL-2.0-only */
/* Compatibility for linux/errname.h: print an errno and its name. */
#ifndef COMPAT_ERRNAME_H
#define COMPAT_ERRNAME_H

#include <linux/err.h>

/*
 * PROBE_ERR	printk() format of an errno, and of its name if the kernel can print that
 * probe_err()	the arguments for this format
 */
#if __has_include(<linux/errname.h>)
#define PROBE_ERR "%d %pe"
#define probe_err(err) (err), ERR_PTR(err)
#else
/*
 * before commit 57f5677e535b ("printf: add support for printing symbolic error names") (v5.5),
 * which have no %pe
 */
#define PROBE_ERR "%d"
#define probe_err(err) (err)
#endif

#endif
