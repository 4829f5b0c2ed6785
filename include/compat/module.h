/* SPDX-License-Identifier: GPL-2.0-only */
/* Compatibility for linux/module.h: the code of a module. */
#ifndef COMPAT_MODULE_H
#define COMPAT_MODULE_H

#include <linux/module.h>

/**
 * probe_is_module_data() - is this address in this module, but not in its code?
 * @addr: any address
 *
 * Context: process context.
 */
static inline bool probe_is_module_data(const void *addr)
{
	unsigned long offset;

	if (!within_module_core((unsigned long)addr, THIS_MODULE))
		return false;
#ifdef mod_mem_type_is_init
	offset = addr - THIS_MODULE->mem[MOD_TEXT].base;
	return offset >= THIS_MODULE->mem[MOD_TEXT].size;
#else
	/*
	 * before commit ac3b43283923 ("module: replace module_layout with module_memory") (v6.4),
	 * which introduced that macro; RHEL 9.5 has it on 5.14
	 */
	offset = addr - THIS_MODULE->core_layout.base;
	return offset >= THIS_MODULE->core_layout.text_size;
#endif
}

#endif
