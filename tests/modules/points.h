/* SPDX-License-Identifier: GPL-2.0-only */
/* For modules that run checks. Each check prints a line "ok: ..." or "FAILED: ...". */
#ifndef POINTS_H
#define POINTS_H

#include <linux/printk.h>

static int points, failures;

static inline void point(bool good, const char *what, long expected, long got)
{
	points++;
	if (good) {
		pr_info("ok: %s\n", what);
		return;
	}
	failures++;
	pr_info("FAILED: %s: expected %ld, got %ld\n", what, expected, got);
}

#define EXPECT(what, expected, got)				\
do {								\
	long e = (long)(expected), g = (long)(got);			\
								\
	point(e == g, what, e, g);				\
} while (0)

/* Print the number of checks in the last line, which is missing if the module did not finish. */
static inline void points_end(void)
{
	pr_info("%d points, %d failures\n", points, failures);
}

#endif
