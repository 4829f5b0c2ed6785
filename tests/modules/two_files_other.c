// SPDX-License-Identifier: GPL-2.0-only
/* The other C file of two_files. */
#include "two_files.h"

static void log_number(int number)
{
	probe_log("%d, logged in the other file\n", number);
}

const struct two_files_api two_files_other = TWO_FILES_API(log_number);
