/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 64-bit counters that one CPU writes, and others read while it does.
 *
 * A 64-bit machine writes them with plain instructions. On a 32-bit machine such a write is
 * two, and between them a reader would get half of the old value and half of the new one.
 * There they are written and read with the atomic operations, each of which is one access.
 * Only the access is atomic: an addition is not, so two CPUs must not write one counter.
 */
#ifndef PROBE_COUNTER_H
#define PROBE_COUNTER_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/percpu.h>
#include <linux/types.h>

/**
 * probe_counter_read() - read a counter that another CPU may be writing
 * @counter: the counter
 *
 * Context: any.
 * Return: the value before or after a write, never a mixture.
 */
static __always_inline u64 probe_counter_read(const u64 *counter)
{
#ifdef CONFIG_64BIT
	return READ_ONCE(*counter);
#else
	return atomic64_read((const atomic64_t *)counter);
#endif
}

/**
 * probe_counter_set() - write a counter
 * @counter: the counter; only this CPU writes it
 * @value:   its new value
 *
 * Context: a handler.
 */
static __always_inline void probe_counter_set(u64 *counter, u64 value)
{
#ifdef CONFIG_64BIT
	*counter = value;
#else
	atomic64_set((atomic64_t *)counter, value);
#endif
}

/**
 * probe_counter_add() - add to a counter
 * @counter: the counter; only this CPU writes it
 * @value:   what is added
 *
 * Context: a handler.
 */
static __always_inline void probe_counter_add(u64 *counter, u64 value)
{
	probe_counter_set(counter, *counter + value);
}

/**
 * probe_counter_this_cpu_add() - add to this CPU's instance of a per-CPU counter
 * @counter: the counter, an lvalue such as counts->of[i] with a __percpu pointer
 * @value:   what is added
 *
 * With raw_ operations: on debug kernels the checked ones call functions, which could be probed.
 *
 * Context: a handler.
 */
#ifdef CONFIG_64BIT
#define probe_counter_this_cpu_add(counter, value) raw_cpu_add(counter, value)
#else
#define probe_counter_this_cpu_add(counter, value)	\
	probe_counter_add(raw_cpu_ptr(&(counter)), value)
#endif

#endif
