/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page faults of a probe: of its handler, when what it was told to read is not there,
 * and of the probed instruction, when that is single-stepped. They are counted beside
 * the hits, and a hit that was logged is followed by a record of its fault.
 *
 * A fault of a handler is known from two sides. The guarded read returns an error,
 * everywhere; and on x86-64 the tracepoint has seen it before and knows the
 * instruction. It is counted once, by whichever sees it first. A fault of the
 * instruction only the tracepoint sees.
 *
 * All modules count; kprobe_example alone starts the tracepoint, and logs.
 */
#ifndef PROBE_FAULT_H
#define PROBE_FAULT_H

#include <linux/kprobes.h>
#include <linux/percpu.h>

#include <compat/compiler_types.h>
#include <probe/arch.h>
#include <probe/record.h>
#include <probe/pagefault.h>
#include <common/counts.h>
#include <common/target.h>

/* probe_record.type of struct probe_fault_record; a module's own begin at 0. */
#define PROBE_RECORD_FAULT 255

/**
 * struct probe_fault_record - what is logged of a hit's faults
 * @rec:  that of the hit, its time included, but for the type
 * @addr: the address that could not be accessed, by the first fault
 * @ip:   the instruction that could not; 0 if nobody has told
 * @nr:   how many faults there were
 */
struct probe_fault_record {
	struct probe_record rec;
	unsigned long addr;
	unsigned long ip;
	unsigned long nr;
};

/* What a hit must keep room for: faults of its handler, and then of the instruction. */
#define PROBE_FAULT_ROOM (2 * sizeof(struct probe_fault_record))

/**
 * struct probe_fault_slot - what is going on with faults on a CPU
 * @reading: the probe whose handler is reading what may not be there, or NULL
 * @context: probe_pagefault_context() of that handler
 * @noticed: the tracepoint has told of a fault of that read
 * @nr:      faults of the handler since the last record
 * @addr:    the address that the first of them was about
 * @ip:      the instruction, or 0
 * @open:    the record of the hit that was logged and whose instruction comes next, or
 *           NULL
 */
struct probe_fault_slot {
	struct probe_target *reading;
	unsigned int context;
	bool noticed;
	unsigned long nr;
	unsigned long addr;
	unsigned long ip;
	const struct probe_record *open;
};

static DEFINE_PER_CPU(struct probe_fault_slot, probe_fault_slot);

/* raw_: the checked ones call functions on debug kernels, which could be probed. */
static __always_inline void probe_fault_note(struct probe_target *target, unsigned long addr,
					     unsigned long ip)
{
	struct probe_fault_slot *slot = raw_cpu_ptr(&probe_fault_slot);

	raw_cpu_inc(target->counts->faults);
	if (slot->nr++)
		return;
	slot->addr = addr;
	slot->ip = ip;
}

static __always_inline void probe_fault_fill(struct probe_fault_record *fault,
					     const struct probe_record *hit,
					     unsigned long addr, unsigned long ip,
					     unsigned long nr)
{
	fault->rec = *hit;
	fault->rec.type = PROBE_RECORD_FAULT;
	fault->rec.flags |= PROBE_RECORD_EXTRA;
	fault->rec.len = sizeof(*fault);
	fault->addr = addr;
	fault->ip = ip;
	fault->nr = nr;
}

/*
 * Behind the record of the hit, where it left room. Wakes nobody: where a fault is
 * noticed, nothing may be called.
 */
static __always_inline void probe_fault_publish(const struct probe_record *hit,
						unsigned long addr, unsigned long ip,
						unsigned long nr)
{
	struct probe_ring *ring = raw_cpu_ptr(&probe_rings);

	probe_fault_fill(probe_ring_next(ring), hit, addr, ip, nr);
	probe_ring_publish(ring, sizeof(struct probe_fault_record));
}

/* As probe_pagefault_callback_t says: calls nothing. */
static noinstr __maybe_unused void probe_fault_notice(void *unused, unsigned long addr,
						      struct pt_regs *regs, unsigned long error)
{
	struct probe_fault_slot *slot = raw_cpu_ptr(&probe_fault_slot);
	unsigned long ip = instruction_pointer(regs);
	const struct probe_record *hit;
	unsigned int i;

	/* A copy that faults may be tried once more, in another way: one read, one fault. */
	if (slot->reading && slot->context == probe_pagefault_context() && !slot->noticed) {
		slot->noticed = true;
		probe_fault_note(slot->reading, addr, ip);
	}
	for (i = 0; i < probe_nr_targets; i++) {
		const struct probe_target *target = probe_targets[i];

		if (!probe_is_stepped(target->kp, ip))
			continue;
		raw_cpu_inc(target->counts->faults);
		/* A hit that was missed may be behind it, and one of another task be open. */
		hit = slot->open;
		if (!hit || hit->target != i || hit->tid != current->pid)
			continue;
		/* The kernel will have the probe hit again, or never end this hit. */
		if (this_cpu_xchg(probe_fault_slot.open, NULL) == hit)
			probe_fault_publish(hit, addr, (unsigned long)target->kp->addr, 1);
	}
}

/**
 * probe_fault_begin() - from here on a handler reads what may not be there
 * @target: the probe that was hit
 *
 * Without it, and probe_fault_end(), the instruction of a fault remains unknown.
 *
 * Context: a handler.
 */
static __always_inline void probe_fault_begin(struct probe_target *target)
{
	struct probe_fault_slot *slot = this_cpu_ptr(&probe_fault_slot);

	slot->context = probe_pagefault_context();
	slot->noticed = false;
	barrier();
	WRITE_ONCE(slot->reading, target);
	barrier();
}

/**
 * probe_fault_end() - what comes after probe_fault_begin() has been read
 *
 * Context: a handler.
 */
static __always_inline void probe_fault_end(void)
{
	barrier();
	__this_cpu_write(probe_fault_slot.reading, NULL);
}

/**
 * probe_fault_read_failed() - a guarded read of a handler returned an error
 * @target: the probe that was hit
 * @addr:   what was to be read
 *
 * Counts a fault, unless the tracepoint has seen it and done so. A read that is
 * refused without an attempt, as that of an address in the user half by
 * copy_from_kernel_nofault(), is one as well.
 *
 * Context: a handler.
 */
static __always_inline void probe_fault_read_failed(struct probe_target *target,
						    unsigned long addr)
{
	if (__this_cpu_read(probe_fault_slot.noticed))
		__this_cpu_write(probe_fault_slot.noticed, false);
	else
		probe_fault_note(target, addr, 0);
}

/**
 * probe_fault_log() - log the faults of a hit's handler, if there were any
 * @hit: the record of the hit, just published, that kept PROBE_FAULT_ROOM
 *
 * Context: a handler.
 */
static __always_inline void probe_fault_log(const struct probe_record *hit)
{
	if (likely(!__this_cpu_read(probe_fault_slot.nr)))
		return;
	probe_fault_publish(hit, __this_cpu_read(probe_fault_slot.addr),
			    __this_cpu_read(probe_fault_slot.ip),
			    __this_cpu_read(probe_fault_slot.nr));
	__this_cpu_write(probe_fault_slot.nr, 0);
	probe_record_wake(hit);
}

/**
 * probe_fault_append() - the same, for a hit whose records are not published yet
 * @hit: the record of the hit, complete with its length
 * @end: where the next record goes, in the room of PROBE_FAULT_ROOM that @hit keeps
 *
 * Context: a handler.
 * Return: where the next record goes then.
 */
static __always_inline void *probe_fault_append(const struct probe_record *hit, void *end)
{
	if (likely(!__this_cpu_read(probe_fault_slot.nr)))
		return end;
	probe_fault_fill(end, hit, __this_cpu_read(probe_fault_slot.addr),
			 __this_cpu_read(probe_fault_slot.ip),
			 __this_cpu_read(probe_fault_slot.nr));
	__this_cpu_write(probe_fault_slot.nr, 0);
	return end + sizeof(struct probe_fault_record);
}

/**
 * probe_hit_open() - the instruction of a hit that was logged comes next
 * @hit: the record of the hit, just published, that kept PROBE_FAULT_ROOM
 *
 * Until probe_hit_close() that room is taken by a fault of the instruction, if it has
 * one.
 *
 * Context: a handler.
 */
static __always_inline void probe_hit_open(const struct probe_record *hit)
{
	barrier();
	__this_cpu_write(probe_fault_slot.open, hit);
}

/**
 * probe_hit_close() - nothing more belongs to the last hit on this CPU
 *
 * In one step, for an NMI may fault in the instruction of the same probe and take the
 * room.
 *
 * Context: the post handler of the hit.
 * Return: was it open: logged, and its room not taken yet?
 */
static __always_inline bool probe_hit_close(void)
{
	return this_cpu_xchg(probe_fault_slot.open, NULL);
}

/**
 * probe_hit_forget() - a new hit begins: nothing more belongs to the last one
 *
 * Context: a handler, before anything else is written into the ring.
 */
static __always_inline void probe_hit_forget(void)
{
	__this_cpu_write(probe_fault_slot.open, NULL);
}

#endif
