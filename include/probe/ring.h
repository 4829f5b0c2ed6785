/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring that carries records from the handlers of one CPU to the drain thread, and the
 * handshake by which the thread sleeps without missing a record.
 *
 * Only the algorithm: no memory is allocated and no task is woken here, so that tests/ring
 * can compile the same code in user space under a sanitizer.
 *
 * There is one producer and one consumer. The producer is the handler that runs on this CPU:
 * handlers of kprobes, jprobes and kretprobes do not nest on a CPU (the kernel counts the
 * inner one as missed), so they need no lock among them. Each record is contiguous in
 * memory: the data is mapped twice in a row, so that a record may cross the end (buffer.h).
 */
#ifndef PROBE_RING_H
#define PROBE_RING_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

/**
 * struct probe_ring - a ring of variable-length records
 * @head:  bytes ever written; stored by the producer
 * @limit: the position up to which the producer may write: an old @tail and the ring's
 *         size. So a hit reads the consumer's cache line only when the ring looks full.
 * @data:  the memory, mapped twice
 * @mask:  @size - 1
 * @size:  in bytes, a power of two
 * @tail:  bytes ever consumed; stored by the consumer, on a line of its own
 * @end:   the position up to which the consumer reads at present; only the consumer uses it
 *
 * At a hit only the first cache line is written, by its own CPU.
 */
struct probe_ring {
	unsigned long head;
	unsigned long limit;
	char *data;
	unsigned long mask;
	unsigned long size;

	unsigned long tail ____cacheline_aligned_in_smp;
	unsigned long end;
};

/**
 * probe_ring_next() - where to write the next record
 * @ring: the ring of this CPU
 *
 * Without a reservation if there is known to be room, because the last reservation was for
 * more than was then published.
 *
 * Context: a handler, that is, the producer.
 * Return: where to write, aligned to 8.
 */
static __always_inline void *probe_ring_next(const struct probe_ring *ring)
{
	return ring->data + (ring->head & ring->mask);
}

/**
 * probe_ring_has_room() - is there room for a record?
 * @ring: the ring of this CPU
 * @len:  bytes, a multiple of 8
 *
 * Context: a handler, that is, the producer.
 */
static __always_inline bool probe_ring_has_room(struct probe_ring *ring, unsigned long len)
{
	unsigned long end = ring->head + len;

	/* The difference, as positions overflow on 32-bit machines. */
	if (likely((long)(ring->limit - end) >= 0))
		return true;
	/* Pairs with the release in probe_ring_consume(). */
	ring->limit = smp_load_acquire(&ring->tail) + ring->size;
	return (long)(ring->limit - end) >= 0;
}

/**
 * probe_ring_reserve() - reserve room for a record, in place
 * @ring: the ring of this CPU
 * @len:  bytes, a multiple of 8
 *
 * Nothing is published, so there is nothing to undo: a reservation has no effect until
 * probe_ring_publish().
 *
 * Context: a handler, that is, the producer.
 * Return: where to write, aligned to 8; NULL if the ring is full.
 */
static __always_inline void *probe_ring_reserve(struct probe_ring *ring, unsigned long len)
{
	return probe_ring_has_room(ring, len) ? probe_ring_next(ring) : NULL;
}

/**
 * probe_ring_publish_up_to() - pass what was written to the consumer
 * @ring: the ring of this CPU
 * @end:  the position after it
 *
 * Context: a handler, that is, the producer.
 */
static __always_inline void probe_ring_publish_up_to(struct probe_ring *ring, unsigned long end)
{
	/* Pairs with the acquire in probe_ring_end(). */
	smp_store_release(&ring->head, end);
}

/**
 * probe_ring_publish() - pass what was reserved to the consumer
 * @ring: the ring of this CPU
 * @len:  bytes that were written, a multiple of 8, at most what was reserved
 *
 * Context: a handler, that is, the producer.
 */
static __always_inline void probe_ring_publish(struct probe_ring *ring, unsigned long len)
{
	probe_ring_publish_up_to(ring, ring->head + len);
}

/**
 * probe_ring_end() - the position up to which the ring may be read now
 * @ring: any CPU's ring
 *
 * Context: the consumer.
 * Return: the position after the last published record.
 */
static inline unsigned long probe_ring_end(const struct probe_ring *ring)
{
	/* Pairs with the release in probe_ring_publish_up_to(). */
	return smp_load_acquire(&ring->head);
}

/**
 * probe_ring_at() - the record at a position
 * @ring: any CPU's ring
 * @pos:  a position from probe_ring.tail up to probe_ring_end()
 *
 * Context: the consumer.
 * Return: the record, which is valid until probe_ring_consume().
 */
static inline void *probe_ring_at(const struct probe_ring *ring, unsigned long pos)
{
	return ring->data + (pos & ring->mask);
}

/**
 * probe_ring_consume() - return the room of a record to the producer
 * @ring: any CPU's ring
 * @len:  its length in bytes
 *
 * Context: the consumer.
 */
static inline void probe_ring_consume(struct probe_ring *ring, unsigned long len)
{
	/* Pairs with the acquire in probe_ring_has_room(). */
	smp_store_release(&ring->tail, ring->tail + len);
}

/**
 * enum probe_wake - which records wake the consumer
 * @PROBE_WAKE_NONE:   none: the consumer runs, or polls
 * @PROBE_WAKE_URGENT: an urgent one, and any record in a ring that is a quarter full
 * @PROBE_WAKE_ANY:    every record: the consumer sleeps without a timeout
 */
enum probe_wake {
	PROBE_WAKE_NONE,
	PROBE_WAKE_URGENT,
	PROBE_WAKE_ANY,
};

/**
 * probe_ring_is_filling() - is a ring a quarter full?
 * @ring: any CPU's ring
 *
 * Context: any. The producer may see an old @tail, and then overestimates the fill level.
 */
static inline bool probe_ring_is_filling(const struct probe_ring *ring)
{
	return READ_ONCE(ring->head) - READ_ONCE(ring->tail) >= ring->size / 4;
}

/**
 * probe_ring_is_empty() - has all that was published been consumed?
 * @ring: any CPU's ring
 *
 * Context: the consumer.
 */
static inline bool probe_ring_is_empty(const struct probe_ring *ring)
{
	return READ_ONCE(ring->head) == ring->tail;
}

/**
 * probe_ring_may_wake() - is the consumer asleep, so that a record may have to wake it?
 * @wake: the enum probe_wake that the consumer has set
 *
 * To be called after probe_ring_publish(); if it returns true, probe_ring_must_wake()
 * decides. The counterpart in the consumer is probe_ring_sleep(). Each side stores its own
 * variable and then loads the other's, with a full barrier in between. So at least one of
 * them sees the other's store: either the producer sees @wake, or the consumer sees the
 * record and does not go to sleep.
 *
 * Context: a handler, that is, the producer.
 */
static __always_inline bool probe_ring_may_wake(const u8 *wake)
{
	smp_mb(); /* store of head before load of *wake */
	return unlikely(READ_ONCE(*wake) != PROBE_WAKE_NONE);
}

/**
 * probe_ring_must_wake() - must the producer wake the consumer now?
 * @ring:   the ring of this CPU
 * @wake:   the enum probe_wake that the consumer has set
 * @urgent: is the record just published an urgent one?
 *
 * Context: a handler, that is, the producer, after probe_ring_may_wake().
 */
static inline bool probe_ring_must_wake(const struct probe_ring *ring, const u8 *wake,
					bool urgent)
{
	switch (READ_ONCE(*wake)) {
	case PROBE_WAKE_ANY:
		return true;
	case PROBE_WAKE_URGENT:
		return urgent || probe_ring_is_filling(ring);
	default:
		return false;
	}
}

/**
 * probe_ring_sleep() - announce that the consumer is about to sleep
 * @wake: the variable that producers load
 * @how:  the records that are to wake it, not PROBE_WAKE_NONE
 *
 * The consumer must then check every ring again, and may sleep only if none has a record
 * that @how names: for PROBE_WAKE_ANY, if all are empty; for PROBE_WAKE_URGENT, if none is a
 * quarter full and none has an urgent record. After it was woken it sets *@wake to
 * PROBE_WAKE_NONE.
 *
 * Context: the consumer.
 */
static inline void probe_ring_sleep(u8 *wake, enum probe_wake how)
{
	WRITE_ONCE(*wake, how);
	smp_mb(); /* store of *wake before the loads of every head */
}

#endif
