/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory of a ring: pages of its CPU's node, mapped twice in a row. */
#ifndef PROBE_BUFFER_H
#define PROBE_BUFFER_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include <probe/ring.h>

/**
 * struct probe_buffer - what a ring's memory is made of
 * @pages: @nr pages, then the same @nr again, as they are mapped
 * @nr:    how many there are
 */
struct probe_buffer {
	struct page **pages;
	unsigned int nr;
};

/**
 * probe_buffer_free() - take a ring's memory back
 * @buf:  its memory, whole, or what there is of it
 * @ring: the ring; nobody uses it any more
 *
 * Context: process context, may sleep.
 */
static inline void probe_buffer_free(struct probe_buffer *buf, struct probe_ring *ring)
{
	unsigned int i;

	vunmap(ring->data);
	for (i = 0; buf->pages && i < buf->nr && buf->pages[i]; i++)
		__free_page(buf->pages[i]);
	kvfree(buf->pages);
	memset(buf, 0, sizeof(*buf));
	memset(ring, 0, sizeof(*ring));
}

/**
 * probe_buffer_alloc() - give a ring its memory
 * @buf:  to be filled
 * @ring: to be filled
 * @cpu:  the CPU that will write
 * @size: bytes, a power of two, at least PAGE_SIZE
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM; on error nothing stays allocated.
 */
static inline int probe_buffer_alloc(struct probe_buffer *buf, struct probe_ring *ring,
			      int cpu, unsigned long size)
{
	/* Give up rather than have other processes killed for a large ring=. */
	gfp_t gfp = GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN | __GFP_ZERO;
	unsigned int i;

	memset(ring, 0, sizeof(*ring));
	buf->nr = size >> PAGE_SHIFT;
	buf->pages = kvcalloc(2 * buf->nr, sizeof(*buf->pages), gfp);
	if (!buf->pages)
		goto fail;
	for (i = 0; i < buf->nr; i++) {
		buf->pages[i] = alloc_pages_node(cpu_to_node(cpu), gfp, 0);
		if (!buf->pages[i])
			goto fail;
		buf->pages[buf->nr + i] = buf->pages[i];
	}
	ring->data = vmap(buf->pages, 2 * buf->nr, VM_MAP, PAGE_KERNEL);
	if (!ring->data)
		goto fail;
	ring->size = size;
	return 0;

fail:
	probe_buffer_free(buf, ring);
	return -ENOMEM;
}

#endif
