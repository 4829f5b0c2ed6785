// SPDX-License-Identifier: GPL-2.0-only
/* Format the fetched values of args= in the drain thread. */

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/kernel.h>
#include <linux/socket.h>
#include <linux/un.h>

#include <probe/line.h>
#include <compat/stacktrace.h>
#include <common/args.h>
#include <common/fetch.h>
#include <common/target.h>
#include <common/value.h>

/* Format an error. The first one that args= could avoid is explained with a warning. */
static void probe_value_add_error(struct probe_line *line, const struct probe_arg *arg,
				  enum probe_fetch_error error)
{
	static const char * const texts[] = {
		[PROBE_FETCH_ERROR_FAULT] = "(fault)",
		[PROBE_FETCH_ERROR_USER] = "(user)",
		[PROBE_FETCH_ERROR_KERNEL] = "(kernel)",
	};
	static bool warned;

	if (error == PROBE_FETCH_ERROR_USER && !warned && !probe_arg_is_object(arg)) {
		warned = true;
		pr_warn("args=: '%s' is in user memory, which string and + do not read: use ustring and +u\n",
			arg->name);
	}
	probe_line_add(line, "%s", texts[error]);
}

/*
 * Format a return address. One that is the start of a function is either that of a call at
 * the very end of the function before it, which %pB names. Or it is the trampoline of
 * kretprobes: returns true then.
 */
static bool probe_value_add_caller(struct probe_line *line, unsigned long addr)
{
	unsigned int start = line->len;
	bool trampoline;

	probe_line_add(line, "%pS", (void *)addr);
	if (!strstr(line->text + start, "+0x0/") || probe_is_returned_to(line->text + start))
		return false;
	trampoline = probe_stack_is_trampoline(line->text + start);
	line->len = start;
	if (trampoline)
		probe_line_add(line, "[kretprobe_trampoline]");
	else
		probe_line_add(line, "%pB", (void *)addr);
	return trampoline;
}

/* Format a character. A quote or a blank would end what programs take for the value. */
static void probe_value_add_char(struct probe_line *line, u8 c)
{
	if (c == ' ' || c == '"') {
		probe_line_add(line, "'\\x%02x'", c);
	} else if (c == '\'') {
		probe_line_add(line, "'\\''");
	} else {
		probe_line_add(line, "'");
		probe_line_add_escaped(line, (const char *)&c, 1);
		probe_line_add(line, "'");
	}
}

/* Format a number, also one that is an element of an array. */
static void probe_value_add_number(struct probe_line *line, const struct probe_arg *arg,
				   u64 number)
{
	unsigned int shift = 64 - (arg->bits ?: 8 * arg->type->size);
	__be32 address = (__force __be32)number;
	unsigned long word = number;

	switch (arg->type->class) {
	case PROBE_UNSIGNED:
		probe_line_add(line, "%llu", number << shift >> shift);
		break;
	case PROBE_SIGNED:
		probe_line_add(line, "%lld", (s64)(number << shift) >> shift);
		break;
	case PROBE_HEX:
		probe_line_add(line, "0x%llx", number << shift >> shift);
		break;
	case PROBE_CHAR:
		probe_value_add_char(line, word);
		break;
	case PROBE_BOOL:
		probe_line_add(line, number << shift ? "true" : "false");
		break;
	case PROBE_ERRNO:
		probe_line_add_errno(line, arg->nr_derefs ? (int)word : probe_value_number(word));
		break;
	case PROBE_SYMBOL:
		if (arg->base == PROBE_BASE_CALLER && !arg->nr_derefs)
			probe_value_add_caller(line, word);
		else
			probe_line_add(line, "%pS", (void *)word);
		break;
	case PROBE_SYMSTR:
		probe_line_add(line, "\"%pS\"", (void *)word);
		break;
	case PROBE_IP4:
		probe_line_add(line, "%pI4", &address);
		break;
	default:
		break;
	}
}

/* Format text of @len bytes, of which PROBE_STRING_MAX were stored if there are more. */
static void probe_value_add_text(struct probe_line *line, const char *text, unsigned int len)
{
	probe_line_add_quoted(line, text, min_t(unsigned int, len, PROBE_STRING_MAX));
	if (len > PROBE_STRING_MAX)
		probe_line_add(line, "...");
}

/* Format a value of a known size, or an element of an array. */
static void probe_value_add_element(struct probe_line *line, const struct probe_arg *arg,
				    const char *bytes)
{
	u64 number = 0;

	switch (arg->type->class) {
	case PROBE_IP6:
		probe_line_add(line, "%pI6c", bytes);
		break;
	case PROBE_MAC:
		probe_line_add(line, "%pM", bytes);
		break;
	default:
		memcpy(&number, bytes, arg->type->size);
		probe_value_add_number(line, arg, number);
		break;
	}
}

static void probe_value_add_array(struct probe_line *line, const struct probe_arg *arg,
				  const char *bytes)
{
	unsigned int i;

	for (i = 0; i < arg->count; i++) {
		probe_line_add(line, i ? "," : "{");
		/* Names of symbols may be long: leave room for the end of the line. */
		if (line->len > sizeof(line->text) - 2048) {
			probe_line_add(line, "...");
			break;
		}
		probe_value_add_element(line, arg, bytes + i * arg->type->size);
	}
	probe_line_add(line, "}");
}

/* Format the address of a socket, as probe_object_sockaddr() has stored it. */
static void probe_value_add_sockaddr(struct probe_line *line, const char *bytes, unsigned int len)
{
	static const char * const names[] = {
		[AF_UNSPEC] = "unspec", [AF_UNIX] = "unix", [AF_NETLINK] = "netlink",
		[AF_PACKET] = "packet", [AF_VSOCK] = "vsock",
	};
	unsigned int path = offsetof(struct sockaddr_un, sun_path);
	union {
		sa_family_t family;
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr = {};

	memcpy(&addr, bytes, min_t(unsigned int, len, sizeof(addr)));
	if (addr.family == AF_INET || addr.family == AF_INET6) {
		probe_line_add(line, "%pISpc", &addr.sa);
	} else if (addr.family == AF_UNIX && len > sizeof(addr.family)) {
		/* An abstract address is one that begins with a 0, and is shown with an @. */
		bool abstract = len > path && !bytes[path];

		path += abstract;
		probe_line_add(line, "\"unix:%s", abstract ? "@" : "");
		probe_line_add_escaped(line, bytes + path, len - path);
		probe_line_add(line, "\"");
	} else if (addr.family < ARRAY_SIZE(names) && names[addr.family]) {
		probe_line_add(line, "%s", names[addr.family]);
	} else {
		probe_line_add(line, "family:%u", addr.family);
	}
}

/* Format the addresses of a socket, as probe_object_sock() has stored them. */
static void probe_value_add_sock(struct probe_line *line, const char *bytes, unsigned int len)
{
	probe_value_add_sockaddr(line, bytes, len);
	if (len == sizeof(sa_family_t))
		return;
	probe_line_add(line, ">");
	probe_value_add_sockaddr(line, bytes + len / 2, len / 2);
}

/* Format name and ID of a task, as probe_object_task() has stored them. */
static void probe_value_add_task(struct probe_line *line, const char *bytes, unsigned int len)
{
	pid_t tid;

	memcpy(&tid, bytes, sizeof(tid));
	probe_line_add(line, "\"");
	probe_line_add_escaped(line, bytes + sizeof(tid), len - sizeof(tid));
	probe_line_add(line, ":%d\"", tid);
}

/* As probe_fetch_strings() has stored them. */
static void probe_value_add_strings(struct probe_line *line, const struct probe_arg *arg,
				    const char *bytes, unsigned int size)
{
	const char *end = bytes + size;
	unsigned int i;

	for (i = 0; i < arg->count && bytes < end; i++) {
		unsigned int len = strnlen(bytes, end - bytes);
		unsigned int state = bytes[len + 1];

		probe_line_add(line, i ? "," : "{");
		if (state >= PROBE_FETCH_STRING_UNREAD)
			probe_value_add_error(line, arg, state - PROBE_FETCH_STRING_UNREAD);
		else
			probe_line_add_quoted(line, bytes, len);
		if (state == PROBE_FETCH_STRING_CUT)
			probe_line_add(line, "...");
		bytes += len + 2;
	}
	probe_line_add(line, "}");
}

/**
 * probe_value_format_bytes() - add a value that is a sequence of bytes to a line
 * @line:  the line
 * @arg:   the value's description, for which probe_arg_is_bytes() is true
 * @bytes: the value
 * @len:   its length
 *
 * Context: the drain thread, or panic.
 */
static void probe_value_format_bytes(struct probe_line *line, const struct probe_arg *arg,
				     const char *bytes, unsigned int len)
{
	if (probe_arg_is_text(arg))
		probe_value_add_text(line, bytes, len);
	else if (arg->type->class == PROBE_STRING)
		probe_value_add_strings(line, arg, bytes, len);
	else if (arg->count)
		probe_value_add_array(line, arg, bytes);
	else if (arg->type->class == PROBE_SOCKADDR)
		probe_value_add_sockaddr(line, bytes, len);
	else if (arg->type->class == PROBE_SOCK)
		probe_value_add_sock(line, bytes, len);
	else if (arg->type->class == PROBE_TASK)
		probe_value_add_task(line, bytes, len);
	else
		probe_value_add_element(line, arg, bytes);
}

/**
 * probe_value_format_guess() - add a register to a line whose type is not known
 * @line:  the line
 * @value: the register
 *
 * A value that is not an errno and does not fit in 32 bits is taken for an address.
 *
 * Context: the drain thread, panic, or a report.
 */
static void probe_value_format_guess(struct probe_line *line, unsigned long value)
{
	if (probe_value_is_errno(value) || value <= (BITS_PER_LONG == 64 ? U32_MAX : LONG_MAX))
		probe_line_add_errno(line, probe_value_number(value));
	else
		probe_line_add(line, "0x%lx", value);
}

/**
 * probe_value_format() - add one value to a line
 * @line:    the line
 * @arg:     the value's description
 * @fetched: the values of the hit
 * @index:   index of its word
 *
 * Context: the drain thread, or panic.
 */
static void probe_value_format(struct probe_line *line, const struct probe_arg *arg,
			       const struct probe_fetched *fetched, unsigned int index)
{
	u32 faults = fetched->faults & probe_fetch_mask(arg, index);
	unsigned long word = fetched->words[index];

	if (faults)
		probe_value_add_error(line, arg, fetched->words[__ffs(faults)]);
	else if (probe_arg_is_bytes(arg))
		probe_value_format_bytes(line, arg, (const char *)fetched + (word >> 16),
					 (u16)word);
	else
		probe_value_add_number(line, arg, probe_fetch_number(fetched, arg, index));
}

/**
 * probe_value_format_all() - add the values of a hit to a line
 * @line:    the line
 * @target:  the probe that was hit
 * @fetched: its values
 * @omit:    a value that is not added, or NULL
 *
 * Context: the drain thread, or panic.
 */
static void probe_value_format_all(struct probe_line *line,
				   const struct probe_target *target,
				   const struct probe_fetched *fetched,
				   const struct probe_arg *omit)
{
	const struct probe_fetch_program *program = target->program;
	unsigned int i;

	if (probe_args.hidden)
		return;
	for (i = 0; i < program->nr; i++) {
		const struct probe_arg *arg = &probe_args.args[i];

		if (arg == omit)
			continue;
		probe_line_add(line, " %s=", arg->name);
		probe_value_format(line, arg, fetched, program->value[i]);
	}
}
