/* SPDX-License-Identifier: GPL-2.0-only */
/* As include/probe/counter.h, with atomics, so that the sanitizer takes them for what they are. */
#define probe_counter_read(counter)		__atomic_load_n((counter), __ATOMIC_RELAXED)
#define probe_counter_set(counter, value)	\
	__atomic_store_n((counter), (value), __ATOMIC_RELAXED)
#define probe_counter_add(counter, value)	probe_counter_set((counter), *(counter) + (value))
