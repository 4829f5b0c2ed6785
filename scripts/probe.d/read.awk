# SPDX-License-Identifier: GPL-2.0-only
#
# From a log, in whichever form it was kept, to the lines of the modules. What a logger puts in
# front of a line is removed here and nowhere else.
#
# A process chooses parts of other lines: what it logs itself, a string in a message of the kernel.
# None of these may pass for a line of a module. So the first name of a module in a line counts,
# and what is in front of it must be what a logger writes: times, a priority, a host, "kernel:".
# Everything else, such as a tag of another program, a quote or several words, means that the name
# is part of a message, and the line is left out.
#
# JSON of journalctl and dmesg is read as well: it says who has written an entry.

BEGIN {
	mark = "(kprobe|jprobe|kretprobe)_example: |Linux version [0-9]"
	# In these numbers are 0 and blanks single, see is_prefix(). A word of a logger's has no
	# quote, bracket or "=" in it, and only a tag ends with a colon.
	re_word = "[^][ \"'=<>()`]*[^][ \"'=<>():`] "
	re_clock = "[+-]?0([:.,T/+-]+0)+Z?"
	re_caller = "\\[ ?[TC]0\\] ?"
	re_kernel_time = "\\[ ?0[.,]0\\] ?(" re_caller ")?"
	# [ 12.34], [Sat Nov 28 22:44:36 2026], [Nov28 22:44], [ 12.34 < 0.01>], and a caller
	re_in_brackets = "\\[[A-Za-z0 :.,+<>/-]*0[:.,-]0[A-Za-z0 :.,+<>/-]*\\] ?|" re_caller
	# Nov 28 22:44:36, Sat Nov 28 22:44:36 2026, Sat 2026-11-28 22:44:36 UTC, 22:44:36.5
	re_time = "^(" re_in_brackets "|(" re_word ")?" re_word "0 " re_clock "( 0)? |" \
		re_word "0-0-0 " re_clock " ([A-Z]+|[+-]0) |" re_clock " )"
	# a host, kern.info, kernel:, and RFC 5424, where no colon follows
	re_tag = "^(" re_word ")?(" re_word ")?kernel(: ?| - - (- |\\[[^]]*\\] ))(" \
		re_kernel_time ")?$"
	re_host = "^" re_word "$"
	re_from_host = "^(" re_word ")?" re_kernel_time "$"
	re_other_facility = "(^| )(user|mail|daemon|auth|authpriv|syslog|lpr|news|uucp|cron|" \
		"ftp|local0)\\.(emerg|alert|crit|err|warn|warning|notice|info|debug) "
	# what a mail, and what grep, pdsh or docker-compose put in front
	re_quoting = "^[>| ]+"
	re_source = "^[^][ \"'=<>()`]+( ?\\||:|>) ?"
}

# module_line(LINE): what a module has printed; empty if LINE is of something else. Sets $booted
# if a kernel says there that it starts.
function module_line(line) {
	booted = 0
	sub(/\r+$/, "", line)
	if (line ~ /^(data: )?[ \t]*[{}"]/ && !(foreign && line ~ /^[ \t]/))
		return json_line(line)
	return line_of(line)
}

function line_of(line,   head, body, priority) {
	if (index(line, "\033"))
		gsub(/\033(\[[0-9;]*[mK]|\]8;[^\033\007]*(\033\\|\007))/, "", line)
	if (!match(line, mark)) {
		# Lines that are indented go on with the message before them.
		if (line ~ /^[^ \t]/)
			foreign = line ~ /^[^ ]+ +[0-9:.,TZ+-]+ |^[0-9\[<]/
		return ""
	}
	head = substr(line, 1, RSTART - 1)
	body = substr(line, RSTART)
	if (head == "")
		foreign = 0
	else if (foreign && head ~ /^[ \t]/)
		return left_out(body)
	else if (match(head, /^[0-9a-z.+~_-]*,?[0-9]+,[0-9]+,[0-9]+,[^; "]*;$/)) {
		# /dev/kmsg and netconsole's extended form; from 8 on it was written by a program.
		priority = head
		if (priority ~ /^[^,]*,[0-9]+,[0-9]+,[0-9]+,/)
			sub(/^[^,]*,/, "", priority)
		if (priority + 0 >= 8)
			return left_out(body)
		body = without_hex(body)
	} else {
		if ((foreign = !is_prefix(head)))
			return left_out(body)
	}
	if (body ~ /^Linux/) {
		booted = 1
		return ""
	}
	return body
}

# left_out(BODY): counts a line that only looks like one of a module.
function left_out(body) {
	if (body !~ /^Linux/) {
		nr_left_out++
		if (!first_left_out)
			first_left_out = NR
	}
	return ""
}

# without_hex(TEXT): \x5c is a backslash in /dev/kmsg, where all that is not printable is so.
function without_hex(text,   at, all) {
	while ((at = index(text, "\\x"))) {
		all = all substr(text, 1, at - 1) byte[substr(text, at + 2, 2)]
		text = substr(text, at + 4)
	}
	return all text
}

# is_prefix(HEAD): is it what a logger puts in front of a line of the kernel's? The answer depends
# on its shape, of which a log has few.
function is_prefix(head) {
	# A priority of the kernel's has no facility in it, which would be 8 and more.
	if (match(head, /<[0-9]+>/) && substr(head, RSTART + 1) + 0 >= 8)
		return 0
	gsub(/[0-9]+/, "0", head)
	gsub(/[ \t]+/, " ", head)
	if (!(head in judged))
		judged[head] = judge(head)
	return judged[head]
}

function judge(head,   bare) {
	sub(/^\357\273\277/, "", head)
	sub(re_quoting, "", head)
	if (is_logger(head))
		return 1
	# The name of a file or of a machine, if what follows is a whole prefix with a time.
	bare = head
	if (!sub(re_source, "", bare))
		return 0
	return head ~ /^[^ ]+ ?\| / && bare == "" || bare ~ re_time && is_logger(bare)
}

function is_logger(head,   timed, dated) {
	# the priority, and the version of RFC 5424
	sub(/^<0>(0 )?/, "", head)
	if (head ~ re_other_facility)
		return 0
	# dmesg -x
	sub(/^kern ?: ?[a-z]+ ?: ?/, "", head)
	if (head == "")
		return 1
	for (; match(head, re_time); head = substr(head, RLENGTH + 1)) {
		timed = 1
		dated = head !~ /^\[/
	}
	if (head == "" || head ~ re_tag)
		return 1
	# logcat
	if (timed && head ~ /^(0 )?(0 )?[VDIWEF] $/)
		return 1
	# What another machine has sent, by netconsole perhaps.
	return timed && head ~ re_from_host || dated && head ~ re_host
}

# json_line(LINE): of journalctl -o json, with an object a line, or of -o json-pretty and dmesg
# --json, with a field a line.
function json_line(line,   entry) {
	if (line ~ /^(data: )?[ \t]*[{].*[}][ \t,]*$/)
		return json_entry(line)
	if (line ~ /^[ \t]*"/) {
		object = object line
		return ""
	}
	entry = object
	object = ""
	return entry == "" ? "" : json_entry(entry)
}

function json_entry(entry,   said) {
	said = json_text(entry, "MESSAGE")
	if (!found)
		said = json_text(entry, "message")
	if (!found)
		said = json_text(entry, "msg")
	if (!found)
		said = json_text(entry, "log")
	sub(/\n$/, "", said)
	if (said !~ mark)
		return ""
	if (index(said, "\n") || is_other(entry, "_TRANSPORT", "kernel") || \
			is_other(entry, "SYSLOG_IDENTIFIER", "kernel") || \
			is_other(entry, "fac", "kern"))
		return left_out(said)
	foreign = 0
	return line_of(said)
}

# is_other(ENTRY, KEY, VALUE): does it say that it is not by the kernel?
function is_other(entry, key, value,   v) {
	v = json_text(entry, key)
	return found && v != value
}

# json_text(ENTRY, KEY): the text with that name; sets $found. A quote inside of a text has a
# backslash in front, so what looks like "KEY": is one.
function json_text(entry, key,   at, v, c, all) {
	key = "\"" key "\""
	while ((at = index(entry, key))) {
		entry = substr(entry, at + length(key))
		found = match(entry, /^[ \t]*:[ \t]*"([^"\\]|\\.)*"/)
		if (found)
			break
	}
	if (!at)
		return found = ""
	v = substr(entry, index(entry, "\"") + 1, RLENGTH - index(entry, "\"") - 1)
	while ((at = index(v, "\\"))) {
		all = all substr(v, 1, at - 1)
		c = substr(v, at + 1, 1)
		if (c == "u") {
			c = tolower(substr(v, at + 2, 4))
			c = c ~ /^00/ ? byte[substr(c, 3)] : "?"
			at += 4
		} else if (c ~ /[bfnrt]/) {
			c = special[c]
		}
		all = all c
		v = substr(v, at + 2)
	}
	return all v
}
