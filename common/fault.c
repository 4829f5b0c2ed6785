// SPDX-License-Identifier: GPL-2.0-only
/* Start and stop recording the page faults of probes. */

#include <probe/pagefault.h>
#include <common/fault.h>

/**
 * probe_fault_start() - begin to notice page faults where they happen
 *
 * Context: process context, may sleep.
 * Return: 0, to be undone by probe_fault_stop(); -errno where that is not possible:
 * only reads that fail are noticed then.
 */
static int probe_fault_start(void)
{
	return probe_pagefault_start(probe_fault_notice, NULL);
}

/**
 * probe_fault_stop() - end what probe_fault_start() began
 *
 * Context: process context, may sleep.
 */
static void probe_fault_stop(void)
{
	probe_pagefault_stop(probe_fault_notice, NULL);
}
