// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two types of module parameters: a number and a string. The parameters themselves are in
 * the files of what they set.
 *
 * A parameter's callback may run before init begins and after exit has ended. It may change
 * static data at any time, but the probes only while probe_params_live is set: init sets
 * it when the probes are registered, and exit clears it first.
 */

#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

/*
 * Serialises everything that changes the probes or their parameters: parameter callbacks,
 * init, exit, the drain thread and the module notifiers. kernel_param_lock() does not: it is
 * empty without CONFIG_SYSFS.
 */
static DEFINE_MUTEX(probe_mutex);

/* The probes are registered, and exit has not begun. Protected by probe_mutex. */
static bool probe_params_live;

/* The length of a written value, without the newline of echo. */
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
 * @value:    the current value; a negative one is that of a long
 * @min:      the smallest valid value, at least that of a long
 * @max:      the largest valid value, less than ULONG_MAX
 * @valid:    a further condition, or NULL
 * @apply:    called with the new value before it is stored, under probe_mutex; the write
 *            fails with the error that it returns; or NULL
 * @expected: describes a valid value, for messages
 */
struct probe_param_number {
	unsigned long value;
	s64 min;
	s64 max;
	bool (*valid)(unsigned long value);
	int (*apply)(unsigned long value);
	const char *expected;
};

static int probe_param_number_set(const char *val, const struct kernel_param *kp)
{
	struct probe_param_number *number = kp->arg;
	s64 value;
	int err;

	if (kstrtoll(val, 0, &value) || value < number->min || value > number->max ||
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

	if (number->min < 0 && number->value == (unsigned long)-1)
		return scnprintf(buffer, PAGE_SIZE, "-1\n");
	return scnprintf(buffer, PAGE_SIZE, "%lu\n", number->value);
}

static const struct kernel_param_ops probe_param_number_ops = {
	.set = probe_param_number_set,
	.get = probe_param_number_get,
};

/**
 * struct probe_param_string - a parameter that is a string and is set at load only
 * @value: the value; NULL if it was not given
 * @unset: shown in sysfs if it was not given, or NULL
 * @apply: called with the value; loading fails with the error that it returns; or NULL
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
