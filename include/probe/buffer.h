/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocate and free the memory of a ring: pages of its CPU's NUMA node, mapped twice in
 * succession, so that a record that crosses the end of the ring is contiguous.
 */
#ifndef PROBE_BUFFER_H
#define PROBE_BUFFER_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include <probe/ring.h>

/**
 * struct probe_buffer - the pages of a ring
 * @pages: the pages in the order in which they are mapped: each one twice
 * @nr:    number of different pages
 */
struct probe_buffer {
	struct page **pages;
	unsigned int nr;
};

/**
 * probe_buffer_free() - free the memory of a ring
 * @buf:  the pages; also after a failed allocation
 * @ring: the ring, which must not be in use any more
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
 * probe_buffer_alloc() - allocate the memory of a ring
 * @buf:  filled
 * @ring: filled
 * @cpu:  the CPU that will write to the ring
 * @size: size in bytes, a power of two, at least PAGE_SIZE
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM; on error nothing stays allocated.
 */
static inline int probe_buffer_alloc(struct probe_buffer *buf, struct probe_ring *ring,
				     int cpu, unsigned long size)
{
	/* Fail rather than invoke the OOM killer for a large ring=. */
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
	ring->mask = size - 1;
	ring->limit = size;
	return 0;

fail:
	probe_buffer_free(buf, ring);
	return -ENOMEM;
}

#endif
