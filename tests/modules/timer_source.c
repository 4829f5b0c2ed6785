// SPDX-License-Identifier: GPL-2.0-only
/*
 * timer_source: calls two functions in the hard interrupt of a timer, as a device's driver
 * would. One has an ftrace site, the other has none.
 *
 * Parameters:
 *   us     write N: call them every N microseconds; 0: stop
 *   calls  read: the number of calls of each of the two
 */
#include <linux/kernel.h>
#include <linux/module.h>

#include <compat/hrtimer.h>

void timer_traced(unsigned long n);

noinline void timer_traced(unsigned long n)
{
	asm volatile("" : : "r" (n) : "memory");
}

void timer_untraced(unsigned long n);

noinline notrace void timer_untraced(unsigned long n)
{
	asm volatile("" : : "r" (n) : "memory");
}

static unsigned long calls;
module_param(calls, ulong, 0444);

static struct hrtimer timer;
static unsigned int period;

static enum hrtimer_restart timer_expired(struct hrtimer *unused)
{
	calls++;
	timer_traced(calls);
	timer_untraced(calls);
	hrtimer_forward_now(&timer, ns_to_ktime(period * 1000ULL));
	return HRTIMER_RESTART;
}

static int us_set(const char *val, const struct kernel_param *kp)
{
	unsigned int us;
	int err = kstrtouint(val, 0, &us);

	if (err)
		return err;
	hrtimer_cancel(&timer);
	period = us;
	if (us)
		hrtimer_start(&timer, ns_to_ktime(us * 1000ULL), HRTIMER_MODE_REL_HARD);
	return 0;
}

static const struct kernel_param_ops us_ops = { .set = us_set };
module_param_cb(us, &us_ops, NULL, 0200);

static int __init timer_source_init(void)
{
	probe_hrtimer_init(&timer, timer_expired, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	return 0;
}

static void __exit timer_source_exit(void)
{
	hrtimer_cancel(&timer);
}

module_init(timer_source_init);
module_exit(timer_source_exit);
MODULE_DESCRIPTION("test module: functions that are called in a timer's interrupt");
MODULE_LICENSE("GPL");
