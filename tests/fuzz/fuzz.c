// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the parser of args= (common/args.c) in user space with texts from libFuzzer. For any text
 * it must stay within its memory, and its results must be valid.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Stubs for the parameter at the end of that file. */
#define module_param_cb(name, ops, arg, perm) \
	static void *const fuzz_param_##name __attribute__((unused)) = (arg)
#define MODULE_PARM_DESC(name, text) extern int fuzz_unused
#define pr_err(...) do { } while (0)
static const struct { unsigned int bases; } probe_ops;
struct probe_param_string {
	char *value;
	int (*apply)(const char *value);
};

#include <common/args.c>

#define CHECK(condition)							\
do {										\
	if (!(condition)) {							\
		fprintf(stderr, "%s:%d: CHECK failed: %s\n", __FILE__, __LINE__, #condition); \
		abort();							\
	}									\
} while (0)

static void check_arg(const struct probe_arg *arg)
{
	unsigned int i;

	CHECK(arg->name[0] && strnlen(arg->name, sizeof(arg->name)) <= PROBE_ARG_NAME_MAX);
	CHECK(arg->nr_derefs <= PROBE_DEREFS_MAX);
	CHECK(arg->type >= probe_arg_types && arg->type < probe_arg_types + ARRAY_SIZE(probe_arg_types));
	/*
	 * A dereference of user memory is never followed by one of kernel memory, and the type
	 * of a string decides which memory it is read from.
	 */
	for (i = 1; i < arg->nr_derefs; i++)
		CHECK(arg->derefs[i].user || !arg->derefs[i - 1].user);
	if (arg->nr_derefs && arg->type->class == PROBE_STRING && !arg->count)
		CHECK(arg->derefs[arg->nr_derefs - 1].user == arg->type->user);
	/* What was read from user memory is not followed into the kernel. */
	if (arg->count && arg->type->class == PROBE_STRING)
		CHECK(arg->type->user || !arg->derefs[arg->nr_derefs - 1].user);
	if (arg->count)
		CHECK(arg->nr_derefs && (arg->type->class == PROBE_STRING ?
					 arg->count <= PROBE_STRINGS_MAX :
					 arg->count * arg->type->size <= PROBE_ARRAY_MAX));
	if (arg->nr_derefs && probe_arg_is_object(arg))
		CHECK(!arg->count && !arg->derefs[arg->nr_derefs - 1].user);
	if (arg->bits)
		CHECK(arg->type->class == PROBE_UNSIGNED &&
		      arg->bits + arg->bit <= 8 * arg->type->size);
	switch (arg->base) {
	case PROBE_BASE_ARG:
		CHECK(arg->number >= 1 && arg->number <= PROBE_ARG_WORDS);
		break;
	case PROBE_BASE_STACK:
		CHECK(arg->number < PROBE_STACK_WORDS);
		break;
	case PROBE_BASE_REG:
		CHECK(arg->number < sizeof(struct pt_regs));
		break;
	case PROBE_BASE_COMM:
		CHECK(!arg->nr_derefs && probe_arg_is_text(arg) && !arg->type->user);
		break;
	case PROBE_BASE_RETVAL:
	case PROBE_BASE_CALLER:
	case PROBE_BASE_IMMEDIATE:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The first byte selects the bases, that is, the module. */
	struct probe_args_parser parser = { .bases = size ? data[0] & 15 : 15 };
	/* Exactly as long as the text, so that a read beyond its end is detected. */
	char *text = malloc(size ?: 1);
	struct probe_args args;
	unsigned int i, j;

	if (!text)
		return 0;
	if (size)
		memcpy(text, data + 1, size - 1);
	text[size ? size - 1 : 0] = '\0';
	parser.bases |= 1 << PROBE_BASE_ARG | 1 << PROBE_BASE_CALLER | 1 << PROBE_BASE_COMM |
			1 << PROBE_BASE_IMMEDIATE;
	if (probe_args_parse(&args, &parser, text)) {
		CHECK(parser.expected && *parser.expected);
		CHECK(parser.at >= text && parser.at <= text + strlen(text));
	} else {
		CHECK(args.nr >= 1 && args.nr <= PROBE_ARGS_MAX);
		for (i = 0; i < args.nr; i++) {
			check_arg(&args.args[i]);
			CHECK(parser.bases & 1 << args.args[i].base);
			for (j = 0; j < i; j++)
				CHECK(strcmp(args.args[i].name, args.args[j].name));
		}
	}
	free(text);
	return 0;
}
