/* SPDX-License-Identifier: GPL-2.0-only */
/* All that the parser asks an architecture for; its names as on x86-64. */
#define PROBE_REG_NAMES "ax bx cx dx si di bp sp r8 ... r15 ip flags"

#define PROBE_REG_STACK (9 * sizeof(long))

struct pt_regs {
	unsigned long regs[18];
};

static inline int probe_arch_reg_offset(const char *name, unsigned int len)
{
	static const char * const regs[] = {
		"di", "si", "dx", "cx", "r8", "r9", "ax", "bx", "bp", "sp",
		"r10", "r11", "r12", "r13", "r14", "r15", "ip", "flags",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		if (strlen(regs[i]) == len && !strncmp(regs[i], name, len))
			return i * sizeof(long);
	return -1;
}

static inline bool probe_is_kernel_addr(unsigned long addr)
{
	return addr >> 63;
}
