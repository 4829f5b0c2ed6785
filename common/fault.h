/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page faults of a probe: of its handler, when it reads memory that is not accessible, and
 * of the probed instruction, when that is single-stepped. They are counted in addition to
 * the hits, and the record of a logged hit is followed by one of its fault.
 *
 * A fault of a handler shows in two ways. The read, which has a fixup, returns an error, on
 * all architectures. And on x86-64 the tracepoint is called before that, with the address of
 * the instruction. The fault is counted once, by the first of the two. A fault of the probed
 * instruction shows in the tracepoint only.
 *
 * All modules count faults; kprobe_example alone uses the tracepoint, and logs them.
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

/* probe_record.type of struct probe_fault_record; those of a module begin at 0. */
#define PROBE_RECORD_FAULT 255

/**
 * struct probe_fault_record - the faults of a hit
 * @rec:  a copy of the hit's, with its time, but of type PROBE_RECORD_FAULT
 * @addr: the address that the first fault was about
 * @ip:   the instruction of the first fault; 0 if not known
 * @nr:   number of faults
 */
struct probe_fault_record {
	struct probe_record rec;
	unsigned long addr;
	unsigned long ip;
	unsigned long nr;
};

/* Room to reserve at a hit: for faults of its handler, and then of the instruction. */
#define PROBE_FAULT_ROOM (2 * sizeof(struct probe_fault_record))

/**
 * struct probe_fault_state - faults on a CPU
 * @reading: the probe whose handler is reading memory that may not be accessible, or NULL
 * @context: probe_pagefault_context() of that handler
 * @seen:    the tracepoint was called for a fault of that read
 * @nr:      faults of the handler since the last record
 * @addr:    the address that the first of them was about
 * @ip:      the instruction of the first of them, or 0
 * @open:    the record of the last hit, if it was logged and its instruction may still
 *           fault, or NULL
 */
struct probe_fault_state {
	struct probe_target *reading;
	unsigned int context;
	bool seen;
	unsigned long nr;
	unsigned long addr;
	unsigned long ip;
	const struct probe_record *open;
};

static DEFINE_PER_CPU(struct probe_fault_state, probe_fault_state);

/* The probes whose instruction is single-stepped, and may fault then: a list (fault.c). */
static struct probe_target *probe_fault_stepped;

/* Count a fault of a handler. */
static __always_inline void probe_fault_count(struct probe_target *target, unsigned long addr,
					      unsigned long ip)
{
	struct probe_fault_state *state = raw_cpu_ptr(&probe_fault_state);

	probe_counter_this_cpu_add(target->counts->faults, 1);
	if (state->nr++)
		return;
	state->addr = addr;
	state->ip = ip;
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
 * Publish the record of a fault behind that of the hit, which has reserved room for it.
 * Without a wake-up: in the callback of a page fault nothing may be called.
 */
static __always_inline void probe_fault_publish(const struct probe_record *hit,
						unsigned long addr, unsigned long ip,
						unsigned long nr)
{
	struct probe_ring *ring = raw_cpu_ptr(&probe_rings);

	probe_fault_fill(probe_ring_next(ring), hit, addr, ip, nr);
	probe_ring_publish(ring, sizeof(struct probe_fault_record));
}

/* The callback of the tracepoint: see probe_pagefault_callback_t for what it must not do. */
static noinstr __maybe_unused void probe_fault_callback(void *unused, unsigned long addr,
							struct pt_regs *regs, unsigned long error)
{
	struct probe_fault_state *state = raw_cpu_ptr(&probe_fault_state);
	unsigned long ip = instruction_pointer(regs);
	const struct probe_target *target;
	const struct probe_record *hit;

	/* The kernel may repeat a copy that faulted in another way: count one fault per read. */
	if (state->reading && state->context == probe_pagefault_context() && !state->seen) {
		state->seen = true;
		probe_fault_count(state->reading, addr, ip);
	}
	for (target = READ_ONCE(probe_fault_stepped); target;
	     target = READ_ONCE(target->next_stepped)) {
		if (!probe_is_stepped(target->kp, ip))
			continue;
		probe_counter_this_cpu_add(target->counts->faults, 1);
		/*
		 * The faulting instruction may belong to a missed hit, and ->open to another
		 * task's hit.
		 */
		hit = state->open;
		if (!hit || hit->target != target->index || hit->tid != current->pid)
			continue;
		/* After the fault the probe is hit again, or the kernel never ends this hit. */
		if (this_cpu_xchg(probe_fault_state.open, NULL) == hit)
			probe_fault_publish(hit, addr, (unsigned long)target->kp->addr, 1);
	}
}

/**
 * probe_fault_begin() - a handler begins to read memory that may not be accessible
 * @target: the probe that was hit
 *
 * The tracepoint counts and locates only faults between this and probe_fault_end().
 *
 * Context: a handler.
 */
static __always_inline void probe_fault_begin(struct probe_target *target)
{
	struct probe_fault_state *state = this_cpu_ptr(&probe_fault_state);

	state->context = probe_pagefault_context();
	state->seen = false;
	barrier();
	WRITE_ONCE(state->reading, target);
	barrier();
}

/**
 * probe_fault_end() - the handler has finished the reads
 *
 * Context: a handler.
 */
static __always_inline void probe_fault_end(void)
{
	barrier();
	__this_cpu_write(probe_fault_state.reading, NULL);
}

/**
 * probe_fault_read_failed() - a read of a handler returned an error
 * @target: the probe that was hit
 * @addr:   the address that was read
 *
 * Counts a fault, unless the tracepoint was called and has counted it. A read that is
 * refused without an attempt is a fault, too: copy_from_kernel_nofault() refuses user
 * addresses.
 *
 * Context: a handler.
 */
static __always_inline void probe_fault_read_failed(struct probe_target *target,
						    unsigned long addr)
{
	if (__this_cpu_read(probe_fault_state.seen))
		__this_cpu_write(probe_fault_state.seen, false);
	else
		probe_fault_count(target, addr, 0);
}

/**
 * probe_fault_mark() - begin reads whose faults are not logged with the hit
 *
 * Context: a handler.
 * Return: for probe_fault_rewind().
 */
static __always_inline unsigned long probe_fault_mark(void)
{
	return __this_cpu_read(probe_fault_state.nr);
}

/**
 * probe_fault_rewind() - end reads whose faults are not logged with the hit
 * @target:   the probe that was hit
 * @mark:     from probe_fault_mark()
 * @repeated: the same reads follow, and their faults are counted then
 *
 * Context: a handler.
 */
static __always_inline void probe_fault_rewind(struct probe_target *target, unsigned long mark,
					       bool repeated)
{
	unsigned long more = __this_cpu_read(probe_fault_state.nr) - mark;

	if (likely(!more))
		return;
	__this_cpu_write(probe_fault_state.nr, mark);
	if (repeated)
		probe_counter_this_cpu_add(target->counts->faults, -(u64)more);
}

/**
 * probe_fault_log() - log the faults of a hit's handler, if there were any
 * @hit: the record of the hit, just published, with PROBE_FAULT_ROOM reserved behind it
 *
 * Context: a handler.
 */
static __always_inline void probe_fault_log(const struct probe_record *hit)
{
	if (likely(!__this_cpu_read(probe_fault_state.nr)))
		return;
	probe_fault_publish(hit, __this_cpu_read(probe_fault_state.addr),
			    __this_cpu_read(probe_fault_state.ip),
			    __this_cpu_read(probe_fault_state.nr));
	__this_cpu_write(probe_fault_state.nr, 0);
	probe_record_wake(hit);
}

/**
 * probe_fault_append() - the same, for a hit whose records are not published yet
 * @hit: the record of the hit, complete with its length
 * @end: where to store the next record, in the PROBE_FAULT_ROOM reserved behind @hit
 *
 * Context: a handler.
 * Return: where to store the record after that.
 */
static __always_inline void *probe_fault_append(const struct probe_record *hit, void *end)
{
	if (likely(!__this_cpu_read(probe_fault_state.nr)))
		return end;
	probe_fault_fill(end, hit, __this_cpu_read(probe_fault_state.addr),
			 __this_cpu_read(probe_fault_state.ip),
			 __this_cpu_read(probe_fault_state.nr));
	__this_cpu_write(probe_fault_state.nr, 0);
	return end + sizeof(struct probe_fault_record);
}

/**
 * probe_fault_hit_open() - the probed instruction of a logged hit is executed next
 * @hit: the record of the hit, just published, with PROBE_FAULT_ROOM reserved behind it
 *
 * Until probe_fault_hit_close() a fault of the instruction may use the room behind @hit.
 *
 * Context: a handler.
 */
static __always_inline void probe_fault_hit_open(const struct probe_record *hit)
{
	barrier();
	__this_cpu_write(probe_fault_state.open, hit);
}

/**
 * probe_fault_hit_close() - the probed instruction of the last hit on this CPU has been executed
 *
 * Atomic, as the same instruction may fault in an NMI and use the room.
 *
 * Context: the post handler of the hit.
 * Return: true if the hit was logged and the room behind its record is still unused.
 */
static __always_inline bool probe_fault_hit_close(void)
{
	return this_cpu_xchg(probe_fault_state.open, NULL);
}

/**
 * probe_fault_hit_forget() - a new hit begins: the last one is over, however it ended
 *
 * Context: a handler, before it writes to the ring.
 */
static __always_inline void probe_fault_hit_forget(void)
{
	__this_cpu_write(probe_fault_state.open, NULL);
}

#endif
