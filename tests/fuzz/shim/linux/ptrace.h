/* SPDX-License-Identifier: GPL-2.0-only */
/* As on x86-64; compiled with -DCONFIG_X86_64. */
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax, ip, cs, flags, sp, ss;
};
