/* SPDX-License-Identifier: GPL-2.0-only */
/* What number a register holds. */
#ifndef PROBE_VALUE_H
#define PROBE_VALUE_H

#include <linux/err.h>
#include <linux/kernel.h>

/**
 * probe_value_is_errno() - is what a register holds an errno?
 * @value: the register
 *
 * It does not tell the type. A small negative number is an errno, as a long or as an
 * int, whose upper half is zero then.
 *
 * Context: any.
 */
static __always_inline bool probe_value_is_errno(unsigned long value)
{
	return unlikely((u32)value >= (u32)-MAX_ERRNO) &&
	       (value <= U32_MAX || IS_ERR_VALUE(value));
}

/**
 * probe_value_number() - what number a register holds
 * @value: the register
 *
 * Context: any.
 * Return: the number.
 */
static inline long probe_value_number(unsigned long value)
{
	return probe_value_is_errno(value) ? (int)value : (long)value;
}

#endif
