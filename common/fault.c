// SPDX-License-Identifier: GPL-2.0-only
/* Start and stop the detection of page faults of probes. */

#include <linux/tracepoint.h>

#include <probe/pagefault.h>
#include <common/fault.h>
#include <common/target.h>

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

/**
 * probe_fault_add_stepped() - count and log page faults of a probe's instruction
 * @target: the probe, registered, not armed yet
 *
 * Context: process context, under probe_mutex, after probe_fault_start().
 */
static void probe_fault_add_stepped(struct probe_target *target)
{
	target->next_stepped = probe_fault_stepped;
	/* Pairs with the dependency through the pointer in probe_fault_callback(). */
	smp_store_release(&probe_fault_stepped, target);
}

/* Returns whether the probe was in the list. */
static bool probe_fault_unlink(const struct probe_target *target)
{
	struct probe_target **link;

	for (link = &probe_fault_stepped; *link; link = &(*link)->next_stepped) {
		if (*link != target)
			continue;
		WRITE_ONCE(*link, target->next_stepped);
		return true;
	}
	return false;
}

/**
 * probe_fault_remove_stepped() - undo probe_fault_add_stepped() for those for which it was called
 * @targets: the probes, unregistered, so that their last hits are over
 * @nr:      number of probes
 *
 * Waits for callbacks that may still use a target and its @next_stepped.
 *
 * Context: process context, under probe_mutex, may sleep.
 */
static void probe_fault_remove_stepped(struct probe_target **targets, unsigned int nr)
{
	bool any = false;

	while (nr--)
		any |= probe_fault_unlink(targets[nr]);
	if (any)
		tracepoint_synchronize_unregister();
}
