/* SPDX-License-Identifier: GPL-2.0-only */
/* The headers' functions, of which each of the two C files of two_files has its own copy. */
#ifndef TWO_FILES_H
#define TWO_FILES_H

#include <fault_handler.h>
#include <jprobe.h>
#include <probe_log.h>

struct two_files_api {
	int (*register_jprobe)(struct jprobe *jp);
	void (*unregister_jprobe)(struct jprobe *jp);
	void (*unregister_jprobes)(struct jprobe **jps, int num);
	struct jprobe *(*jprobe_running)(void);
	struct pt_regs *(*jprobe_regs)(void);
	int (*register_fault_kprobe)(struct fault_kprobe *fk);
	void (*unregister_fault_kprobe)(struct fault_kprobe *fk);
	int (*register_fault_kretprobe)(struct fault_kretprobe *fk);
	void (*unregister_fault_kretprobe)(struct fault_kretprobe *fk);
	void (*fault_handler_note)(void);
	void (*log)(int number);
	int (*log_start)(void);
	void (*log_stop)(void);
};

extern const struct two_files_api two_files_other;

#define TWO_FILES_API(log_function) {						\
	.register_jprobe = register_jprobe,					\
	.unregister_jprobe = unregister_jprobe,					\
	.unregister_jprobes = unregister_jprobes,				\
	.jprobe_running = jprobe_running,					\
	.jprobe_regs = jprobe_regs,						\
	.register_fault_kprobe = register_fault_kprobe,				\
	.unregister_fault_kprobe = unregister_fault_kprobe,			\
	.register_fault_kretprobe = register_fault_kretprobe,			\
	.unregister_fault_kretprobe = unregister_fault_kretprobe,		\
	.fault_handler_note = fault_handler_note,				\
	.log = log_function,							\
	.log_start = probe_log_start,						\
	.log_stop = probe_log_stop,						\
}

#endif
