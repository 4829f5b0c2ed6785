# SPDX-License-Identifier: GPL-2.0-only
#
# From lines of the modules to what other programs read. format: text (as it is), json, folded, chrome. live: there is a count on the
# terminal, which each line has to write over.

BEGIN {
	for (i = 0; i < 256; i++)
		ordinal[sprintf("%c", i)] = i
	if (format == "chrome")
		printf "{\"displayTimeUnit\":\"ns\",\"traceEvents\":["
}

# The time that dmesg puts in front.
{ sub(/^(<[0-9]+>)?\[ *[0-9.]+\] /, "") }

format == "text" {
	print (live ? "\r\033[K" : "") $0
	fflush()
	next
}

!/^(kprobe|jprobe|kretprobe)_example: / { next }

{
	probe = substr($0, 1, index($0, "_") - 1)
	text = substr($0, length(probe) + 11)
}

# A long line goes on in the next one.
substr(text, 1, 3) == "..." {
	whole = whole substr(text, 4)
	if (is_complete(whole))
		hit(whole)
	next
}

text == "Call Trace:" { next }
substr(text, 1, 1) == " " {
	nr_frames++
	sub(/^ +/, "", text)
	frame[nr_frames] = text
	next
}

{ flush_hit() }

text ~ /^<[^>]+> / || text ~ /^jprobe: / || text ~ / returned .* and took [0-9]+ ns to execute/ {
	whole = text
	if (is_complete(whole))
		hit(whole)
	next
}

# Planted, refused, the summary: for people.
format != "json" {
	print >"/dev/stderr"
	next
}

text ~ / unregistered hits=/ {
	n = split(text, word, " ")
	object = start("summary", probe) ",\"addr\":" quote("0x" word[3])
	for (i = 5; i <= n; i++)
		object = object "," quote(substr(word[i], 1, index(word[i], "=") - 1)) ":" typed(substr(word[i], index(word[i], "=") + 1))
	emit(object "}")
	next
}

text ~ /: [0-9]+ calls, [0-9]+ failed, took min / {
	counted = substr(text, 1, index(text, ": ") - 1)
	split(substr(text, length(counted) + 3), word, " ")
	emit(start("calls", probe) ",\"symbol\":" quote(counted) ",\"calls\":" typed(word[1]) ",\"failed\":" typed(word[3]) \
		",\"min_ns\":" typed(word[7]) ",\"mean_ns\":" typed(word[9]) ",\"max_ns\":" typed(word[11]) "}")
	next
}

# [0], [1], [256, 512), [512, 1K)
text ~ /^\[[0-9]+[])KMGTPE,].* [0-9]+ \|/ {
	split(text, word, /[^0-9KMGTPE]+/)
	from = bound(word[2])
	to = text ~ /^\[[0-9]+\]/ ? from + 1 : bound(word[3])
	emit(start("histogram", probe) ",\"symbol\":" quote(counted) ",\"from_ns\":" from ",\"to_ns\":" to ",\"calls\":" \
		typed(to == from + 1 && from < 2 ? word[3] : word[4]) "}")
	next
}

{ emit(start("message", probe) ",\"text\":" quote(text) "}") }

END {
	flush_hit()
	if (format == "chrome")
		print "\n]}"
	if (format == "folded")
		for (path in seen)
			print path, seen[path]
}

# bound("4K"): 4096
function bound(text,   n, unit) {
	n = text + 0
	for (unit = index("KMGTPE", substr(text, length(text))); unit > 0; unit--)
		n *= 1024
	return number(sprintf("%.0f", n))
}

function emit(line) {
	print line
	fflush()
}

function start(kind, probe) { return "{\"type\":\"" kind "\",\"probe\":\"" probe "\"" }

# quote(TEXT): as a JSON string, byte for byte. What has been escaped already, as \n, \", \\, \xNN or \ooo, is not escaped again.
function quote(text,   i, c, n, all) {
	if (text !~ /[^ -~]/ && !index(text, "\"") && !index(text, "\\"))
		return "\"" text "\""
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "\\") {
			c = substr(text, ++i, 1)
			if (c == "x" && match(substr(text, i + 1, 2), /^[0-9a-fA-F]+/)) {
				all = all "\\u" substr("000", RLENGTH) substr(text, i + 1, RLENGTH)
				i += RLENGTH
			} else if (match(substr(text, i, 3), /^[0-7]+/)) {
				for (n = 0; RLENGTH > 0; RLENGTH--)
					n = n * 8 + substr(text, i++, 1)
				all = all sprintf("\\u%04x", n)
				i--
			} else if (c ~ /[nrtfb"\\]/) {
				all = all "\\" c
			} else if (c ~ /[ave]/) {
				all = all (c == "a" ? "\\u0007" : c == "v" ? "\\u000b" : "\\u001b")
			} else {
				all = all "\\\\"
				i--
			}
		} else if (c == "\"") {
			all = all "\\\""
		} else if (c < " " || c > "~") {
			all = all sprintf("\\u%04x", ordinal[c])
		} else {
			all = all c
		}
	}
	return "\"" all "\""
}

# number(V): without zeros in front, which JSON does not have; 0 if no line of ours has such a number.
function number(v,   sign) {
	if (v !~ /^-?[0-9]+(\.[0-9]+)?$/ || length(v) > 30)
		return 0
	sign = sub(/^-/, "", v) ? "-" : ""
	sub(/^0+/, "", v)
	return sign (v ~ /^[0-9]/ ? "" : "0") v
}

# typed(VALUE): as JSON. Numbers that a double does not hold, and hexadecimal ones, are strings.
function typed(v) {
	if (v == "(fault)")
		return "null"
	if (v == "true" || v == "false")
		return v
	if (v ~ /^-?[0-9]+$/ && length(v) < 16)
		return number(v)
	if (v ~ /^".*"$/)
		v = substr(v, 2, length(v) - 2)
	return quote(v)
}

function is_complete(line) { return line ~ / t=[0-9]+\.[0-9]+ cpu=[0-9]+ pid=-?[0-9]+ tid=-?[0-9]+ comm=/ }

# one_value(): takes what is left of a "=" off $rest.
function one_value(   i, c, v) {
	if (substr(rest, 1, 1) == "\"") {
		for (i = 2; i <= length(rest); i++) {
			c = substr(rest, i, 1)
			if (c == "\\")
				i++
			else if (c == "\"")
				break
		}
	} else {
		i = index(rest " ", " ") - 1
		# the module of a symbol
		if (substr(rest, i + 1) ~ /^ \[[^ ]+\]/)
			i += index(substr(rest, i + 1), "]")
	}
	v = substr(rest, 1, i)
	rest = substr(rest, i + 1)
	# of a string that was cut
	if (v ~ /^"/)
		sub(/^\.\.\./, "", rest)
	return v
}

# pairs(): takes $rest to pieces: args, errnos (of args), and origin.
function pairs(   key, v, at) {
	args = errnos = ""
	while (sub(/^,? +/, "", rest)) {
		if (rest ~ /^t=[0-9]+\.[0-9]+ cpu=[0-9]+ pid=-?[0-9]+ tid=-?[0-9]+ comm=/) {
			at = index(rest, " comm=")
			split(substr(rest, 1, at - 1), origin, /[ =]+/)
			time = number(origin[2]); cpu = number(origin[4]); pid = number(origin[6]); tid = number(origin[8])
			comm = substr(rest, at + 6)
			return
		}
		at = index(rest, "=")
		if (!at)
			return
		key = substr(rest, 1, at - 1)
		sub(/ +$/, "", key)
		rest = substr(rest, at + 1)
		sub(/^ /, "", rest)
		v = one_value()
		sub(/,$/, "", v)
		if (match(rest, /^ -E[A-Z0-9_]+/)) {
			errnos = errnos (errnos == "" ? "" : ",") quote(key) ":\"" substr(rest, 3, RLENGTH - 2) "\""
			rest = substr(rest, RLENGTH + 1)
		}
		# What all hits have is beside what the user has asked for.
		if (type != "return" && (key == "p->addr" || key == "ip" || key == "flags" || key == "fault_addr") && !(key in fixed))
			fixed[key] = v
		else
			args = args (args == "" ? "" : ",") quote(key) ":" typed(v)
	}
}

# hit(LINE): what it is, and what is in it; a stack may follow.
function hit(line,   at, key) {
	whole = ""
	hit_probe = probe
	for (key in fixed)
		delete fixed[key]
	errno = ""
	if (line ~ /^jprobe: /) {
		type = "entry"
		symbol = "kernel_clone"
		rest = substr(line, 8)
	} else if (line ~ /^</) {
		at = index(line, "> ")
		symbol = substr(line, 2, at - 2)
		rest = substr(line, at + 1)
		type = "entry"
		if (match(rest, /^ [a-z]+_handler:/)) {
			type = substr(rest, 2, RLENGTH - 10)
			rest = substr(rest, RLENGTH + 1)
			# "trap #14" is the only word that has no "="
			sub(/ trap #/, " trap=", rest)
			sub(/ read failed,/, "", rest)
		}
	} else {
		type = "return"
		at = index(line, " returned ")
		symbol = substr(line, 1, at - 1)
		rest = substr(line, at + 10)
		value = one_value()
		if (match(rest, /^ -E[A-Z0-9_]+/)) {
			errno = substr(rest, 3, RLENGTH - 2)
			rest = substr(rest, RLENGTH + 1)
		}
		at = index(rest, " ns to execute")
		ns = number(substr(rest, 11, at - 11))
		rest = substr(rest, at + 14)
	}
	pairs()
	have = 1
	nr_frames = 0
	# Without stacks there is nothing to wait for.
	if (format != "folded" && !stacks)
		flush_hit()
}

function flush_hit() {
	if (nr_frames)
		stacks = 1
	if (format == "json" && have)
		json_hit()
	if (format == "chrome" && have)
		chrome_hit()
	if (format == "folded" && have && nr_frames)
		folded_hit()
	have = 0
	nr_frames = 0
}

function json_hit(   object, i) {
	object = start(type, hit_probe) ",\"symbol\":" quote(symbol)
	if ("p->addr" in fixed)
		object = object ",\"addr\":" quote(fixed["p->addr"])
	if ("ip" in fixed)
		object = object ",\"ip\":" quote((fixed["ip"] ~ /^[0-9a-f]+$/ ? "0x" : "") fixed["ip"])
	if ("flags" in fixed)
		object = object ",\"flags\":" quote(fixed["flags"])
	if ("fault_addr" in fixed)
		object = object ",\"fault_addr\":" quote(fixed["fault_addr"])
	if (type == "return")
		object = object ",\"value\":" typed(value) (errno != "" ? ",\"errno\":\"" errno "\"" : "") ",\"ns\":" ns
	object = object ",\"args\":{" args "}" (errnos != "" ? ",\"errnos\":{" errnos "}" : "")
	object = object ",\"t\":" time ",\"cpu\":" cpu ",\"pid\":" pid ",\"tid\":" tid ",\"comm\":" quote(comm)
	if (nr_frames) {
		object = object ",\"stack\":["
		for (i = 1; i <= nr_frames; i++)
			object = object (i > 1 ? "," : "") quote(frame[i])
		object = object "]"
	}
	emit(object "}")
}

function next_event() {
	printf "%s\n", events++ ? "," : ""
}

# A slice for each call that was seen to its end, an instant for any other hit; times are microseconds.
function chrome_hit(   i, object, at, us, stack) {
	if (!((pid, tid) in named) || named[pid, tid] != comm) {
		named[pid, tid] = comm
		next_event()
		printf "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%s,\"tid\":%s,\"args\":{\"name\":%s}}", pid, tid, quote(comm)
	}
	at = index(time, ".")
	us = substr(time, 1, at - 1) * 1000000 + substr(substr(time, at + 1) "000000000", 1, 9) / 1000
	object = "\"name\":" quote(symbol) ",\"cat\":\"" hit_probe "\",\"pid\":" pid ",\"tid\":" tid
	if (type == "return")
		args = args (args == "" ? "" : ",") "\"returned\":" quote(value (errno != "" ? " -" errno : ""))
	args = args (args == "" ? "" : ",") "\"cpu\":" cpu
	for (i = 1; i <= nr_frames; i++)
		stack = stack (i > 1 ? "\\n" : "") substr(quote(frame[i]), 2, length(quote(frame[i])) - 2)
	if (nr_frames)
		args = args ",\"stack\":\"" stack "\""
	next_event()
	if (type == "return")
		printf "{\"ph\":\"X\",%s,\"ts\":%.3f,\"dur\":%.3f,\"args\":{%s}}", object, us - ns / 1000, ns / 1000, args
	else
		printf "{\"ph\":\"i\",\"s\":\"t\",%s,\"ts\":%.3f,\"args\":{%s}}", object, us, args
	fflush()
}

# program;outermost;...;probed function
function folded_hit(   i, path, name) {
	path = comm
	gsub(/[; ]/, "_", path)
	for (i = nr_frames; i > 0; i--) {
		name = frame[i]
		sub(/\+0x[0-9a-f]+(\/0x[0-9a-f]+)?/, "", name)
		gsub(/[; ]/, "_", name)
		path = path ";" name
	}
	seen[path]++
}
