/* SPDX-License-Identifier: GPL-2.0-only */
/* Interpret a register of unknown type as a number, in particular as an errno. */
#ifndef PROBE_VALUE_H
#define PROBE_VALUE_H

#include <linux/err.h>
#include <linux/kernel.h>

/**
 * probe_value_is_errno() - does a register hold an errno?
 * @value: the register
 *
 * The type is not known: a small negative number counts as an errno, both as a long and as
 * an int, which leaves the upper half of the register zero.
 *
 * Context: any.
 */
static __always_inline bool probe_value_is_errno(unsigned long value)
{
	return unlikely((u32)value >= (u32)-MAX_ERRNO) &&
	       (value <= U32_MAX || IS_ERR_VALUE(value));
}

/**
 * probe_value_number() - the number that a register holds
 * @value: the register
 *
 * Context: any.
 * Return: the number; an errno that is an int is sign-extended.
 */
static inline long probe_value_number(unsigned long value)
{
	return probe_value_is_errno(value) ? (int)value : (long)value;
}

#endif
