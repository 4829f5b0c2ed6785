// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parameter types: a number, and a text.
 *
 * Callbacks may run at any time from before init begins until after exit has ended.
 * What they change is static, but for the probes themselves: those are changed under
 * kernel_param_lock() and only while probe_params_live is true, which init sets when
 * the probes are registered and exit clears first.
 */

#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

/*
 * Serialises everything that changes the probes or their parameters: writes of a
 * parameter, init, exit, the drain thread, modules that come and go. kernel_param_lock()
 * would not do: without CONFIG_SYSFS it is empty.
 */
static DEFINE_MUTEX(probe_mutex);

static bool probe_params_live;

/* The length of what was written, without echo's newline. */
static int probe_param_len(const char *val)
{
	return strcspn(val, "\n");
}

static int probe_param_error(const char *val, const struct kernel_param *kp,
			     const char *expected)
{
	pr_err("%s='%.*s': expected %s\n", kp->name, min(probe_param_len(val), 40),
	       val, expected);
	return -EINVAL;
}

/**
 * struct probe_param_number - a parameter that is a number
 * @value:    as it is
 * @min:      least that is accepted
 * @max:      most
 * @valid:    further condition, or NULL
 * @apply:    called with the new value before it is stored, under probe_mutex; an
 *            error of it is the writer's; may be NULL
 * @expected: what a valid value is, for messages
 */
struct probe_param_number {
	unsigned long value;
	long min;
	long max;
	bool (*valid)(unsigned long value);
	int (*apply)(unsigned long value);
	const char *expected;
};

static int probe_param_number_set(const char *val, const struct kernel_param *kp)
{
	struct probe_param_number *number = kp->arg;
	long value;
	int err;

	if (kstrtol(val, 0, &value) || value < number->min || value > number->max ||
	    (number->valid && !number->valid(value)))
		return probe_param_error(val, kp, number->expected);
	mutex_lock(&probe_mutex);
	err = number->apply ? number->apply(value) : 0;
	if (!err)
		number->value = value;
	mutex_unlock(&probe_mutex);
	return err;
}

static int probe_param_number_get(char *buffer, const struct kernel_param *kp)
{
	const struct probe_param_number *number = kp->arg;

	return scnprintf(buffer, PAGE_SIZE, "%ld\n", (long)number->value);
}

static const struct kernel_param_ops probe_param_number_ops = {
	.set = probe_param_number_set,
	.get = probe_param_number_get,
};

/**
 * struct probe_param_string - a parameter that is text, given at load only
 * @value: as it is, or NULL: not given
 * @unset: what is shown then; NULL: nothing
 * @apply: called with a new value; an error of it is the writer's; may be NULL
 */
struct probe_param_string {
	char *value;
	const char * const *unset;
	int (*apply)(const char *value);
};

static int probe_param_string_set(const char *val, const struct kernel_param *kp)
{
	struct probe_param_string *string = kp->arg;
	char *copy = kstrndup(val, probe_param_len(val), GFP_KERNEL);

	if (!copy)
		return -ENOMEM;
	kfree(string->value);
	string->value = copy;
	return string->apply ? string->apply(copy) : 0;
}

static int probe_param_string_get(char *buffer, const struct kernel_param *kp)
{
	const struct probe_param_string *string = kp->arg;

	return scnprintf(buffer, PAGE_SIZE, "%s\n",
			 string->value ?: string->unset ? *string->unset : "");
}

static void probe_param_string_free(void *arg)
{
	struct probe_param_string *string = arg;

	kfree(string->value);
}

static const struct kernel_param_ops probe_param_string_ops = {
	.set = probe_param_string_set,
	.get = probe_param_string_get,
	.free = probe_param_string_free,
};
