/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring that carries records from the handlers of one CPU to the drain
 * thread, and the handshake by which the thread sleeps without missing one.
 *
 * The algorithm only: no memory is allocated here and nobody is woken, so that
 * tests/ring compiles the very same code in user space under a sanitizer.
 *
 * One producer, one consumer. The producer is "whatever handler runs on this
 * CPU": handlers of kprobes, jprobes and kretprobes do not nest on a CPU (the
 * kernel counts the inner one as missed), so they need no lock among them.
 * Records lie whole in memory: the data is mapped twice in a row, so that one
 * that starts near the end simply goes on (buffer.h).
 */
#ifndef PROBE_RING_H
#define PROBE_RING_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

/**
 * struct probe_ring - a ring of variable-length records
 * @head: bytes ever written; stored by the producer
 * @tail_seen: the producer's copy of @tail, so that a hit reads the consumer's
 *             cache line only when the ring looks full
 * @data: the memory, @size bytes mapped twice
 * @size: in bytes, a power of two
 * @tail: bytes ever consumed; stored by the consumer, on a line of its own
 * @end:  up to where the consumer reads at present; nobody else looks at it
 *
 * At a hit only the first line is written, by its own CPU.
 */
struct probe_ring {
	unsigned long head;
	unsigned long tail_seen;
	char *data;
	unsigned long size;

	unsigned long tail ____cacheline_aligned_in_smp;
	unsigned long end;
};

/**
 * probe_ring_next() - where the next record goes
 * @ring: the ring of this CPU
 *
 * For room that is known to be there, because the last reservation was for more
 * than was then published.
 *
 * Context: a handler, that is, the producer.
 * Return: where to write, aligned to 8.
 */
static __always_inline void *probe_ring_next(const struct probe_ring *ring)
{
	return ring->data + (ring->head & (ring->size - 1));
}

/**
 * probe_ring_reserve() - room for a record, in place
 * @ring: the ring of this CPU
 * @len:  bytes, a multiple of 8
 *
 * Nothing is published, so there is nothing to undo: a reservation that no
 * probe_ring_publish() follows never was.
 *
 * Context: a handler, that is, the producer.
 * Return: where to write, aligned to 8; NULL if the ring is full.
 */
static __always_inline void *probe_ring_reserve(struct probe_ring *ring,
						unsigned long len)
{
	unsigned long head = ring->head;

	if (unlikely(head + len - ring->tail_seen > ring->size)) {
		/* Pairs with the release in probe_ring_consume(). */
		ring->tail_seen = smp_load_acquire(&ring->tail);
		if (head + len - ring->tail_seen > ring->size)
			return NULL;
	}
	return probe_ring_next(ring);
}

/**
 * probe_ring_publish() - give what was reserved to the consumer
 * @ring: the ring of this CPU
 * @len:  bytes that were written, a multiple of 8, at most what was reserved
 *
 * Context: a handler, that is, the producer.
 */
static __always_inline void probe_ring_publish(struct probe_ring *ring,
					       unsigned long len)
{
	/* Pairs with the acquire in probe_ring_end(). */
	smp_store_release(&ring->head, ring->head + len);
}

/**
 * probe_ring_end() - up to where the ring may be read now
 * @ring: any CPU's ring
 *
 * Context: the consumer.
 * Return: the position after the last published record.
 */
static inline unsigned long probe_ring_end(const struct probe_ring *ring)
{
	/* Pairs with the release in probe_ring_publish(). */
	return smp_load_acquire(&ring->head);
}

/**
 * probe_ring_at() - the record at a position
 * @ring: any CPU's ring
 * @pos:  a position from probe_ring.tail up to probe_ring_end()
 *
 * Context: the consumer.
 * Return: the record; it stays until probe_ring_consume().
 */
static inline void *probe_ring_at(const struct probe_ring *ring, unsigned long pos)
{
	return ring->data + (pos & (ring->size - 1));
}

/**
 * probe_ring_consume() - give a record's room back to the producer
 * @ring: any CPU's ring
 * @len:  its length in bytes
 *
 * Context: the consumer.
 */
static inline void probe_ring_consume(struct probe_ring *ring, unsigned long len)
{
	/* Pairs with the acquire in probe_ring_reserve(). */
	smp_store_release(&ring->tail, ring->tail + len);
}

/**
 * probe_ring_must_wake() - must the producer wake the consumer now?
 * @asleep: the consumer's word: it will not look again unless it is woken
 *
 * To be asked after probe_ring_publish(). The other half is probe_ring_sleep().
 * Each side stores its own word, then loads the other's, with a full barrier in
 * between; so at least one of them sees the other's store, and no record is left
 * lying in front of a sleeper.
 *
 * Context: a handler, that is, the producer.
 */
static __always_inline bool probe_ring_must_wake(const bool *asleep)
{
	smp_mb(); /* store of head before load of *asleep */
	return unlikely(READ_ONCE(*asleep));
}

/**
 * probe_ring_sleep() - say that the consumer is about to sleep
 * @asleep: the consumer's word
 *
 * To be followed by probe_ring_is_empty() for every ring; only if that is true
 * for all of them may the consumer sleep. Awake again, it sets *@asleep to false.
 *
 * Context: the consumer.
 */
static inline void probe_ring_sleep(bool *asleep)
{
	WRITE_ONCE(*asleep, true);
	smp_mb(); /* store of *asleep before the loads of every head */
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

#endif
