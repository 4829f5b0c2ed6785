// SPDX-License-Identifier: GPL-2.0-only
/* Start and stop the detection of page faults of probes. */

#include <probe/pagefault.h>
#include <common/fault.h>

/**
 * probe_fault_start() - start to detect page faults of handlers and probed instructions
 *
 * Context: process context, may sleep.
 * Return: 0, to be undone by probe_fault_stop(); -errno if that is not possible: then only
 * failed reads of handlers are detected.
 */
static int probe_fault_start(void)
{
	return probe_pagefault_start(probe_fault_callback, NULL);
}

/**
 * probe_fault_stop() - undo probe_fault_start()
 *
 * Context: process context, may sleep.
 */
static void probe_fault_stop(void)
{
	probe_pagefault_stop(probe_fault_callback, NULL);
}
