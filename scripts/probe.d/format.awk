# SPDX-License-Identifier: GPL-2.0-only
#  Converts lines of the modules, which read.awk finds in a log, to other formats. format: text (the
# lines themselves), json, folded, chrome, and those of report.awk: top and html. weight: what
# folded counts: calls, ns (their duration) or sum (of tables). live: a number of hits is shown on
# the terminal, which each line must overwrite. any: an input without a line of a module is not an
# error. table: after text, print the counters of the functions.
#
# A process chooses the contents of a string and its own name. In a line, a string is in quotes and
# the name comes last, and both are escaped. So a line is parsed from its beginning, value by value;
# it must not be searched for a pattern.
#
# Each module has a state of its own, because lines of several modules may alternate: begun is the
# part of a line before a cut, and cut the number of that cut; held is a hit whose stack may follow.

BEGIN {
	for (i = 0; i < 256; i++) {
		c = sprintf("%c", i)
		ordinal[c] = i
		byte[sprintf("%02x", i)] = c
	}
	split("a 7 b 8 t 9 n 10 v 11 f 12 r 13 e 27 \" 34 \\ 92", word, " ")
	for (i = 1; i in word; i += 2)
		special[word[i]] = sprintf("%c", word[i + 1])
	if (format == "chrome")
		printf "{\"displayTimeUnit\":\"ns\",\"traceEvents\":["
	if (format == "html")
		begin_page()
}

{ line = module_line($0) }

booted {
	end_of_log()
	new_boot = 1
	split("", ended)
	for (probe in run)
		run[probe]++
}

line != "" {
	nr_lines++
	if (format == "text") {
		print (live ? "\r\033[K" : "") visible(line)
		fflush()
	}
	probe = substr(line, 1, index(line, "_") - 1)
	text = substr(line, length(probe) + 11)
	# At a cut, the part before it ends with " ...N", and the part after it begins with "...N".
	if (match(text, /^\.\.\.[0-9]+ /) && cut[probe] == substr(text, 4, RLENGTH - 4)) {
		text = begun[probe] substr(text, RLENGTH)
		cut[probe] = ""
	}
	take()
}

END {
	end_of_log()
	if (format == "chrome")
		print "\n]}"
	if (format == "folded")
		print_folded()
	if (format == "top")
		print_top()
	if (format == "text" && table)
		print_functions(1)
	if (format == "html")
		end_page()
	if (nr_left_out)
		print "probe: " nr_left_out (nr_left_out == 1 ? " line names" : " lines name") \
			" a module without being one of its own, and left out: the first is" \
			" line " first_left_out >"/dev/stderr"
	if (!nr_lines && !any) {
		print "probe: there is no line of kprobe_example, jprobe_example or" \
			" kretprobe_example in this log" >"/dev/stderr"
		exit 1
	}
}

# end_of_log(): the log of this boot is complete.
function end_of_log() {
	for (probe in cut)
		abandon()
	for (probe in held)
		flush_hit()
	for (probe in row_open)
		flush_row()
	split("", open_table)
	for (probe in logged)
		compare()
	split("", lines)
}

function print_folded(   key, part) {
	count_tables()
	for (key in seen) {
		split(key, part, SUBSEP)
		# A table has all hits, the lines only those that were logged.
		if (weight == "ns" || (weight == "calls" && !((part[1], part[2]) in in_table)))
			count_path(part[3], seen[key])
	}
	for (key in folded)
		printf "%s %.0f\n", key, folded[key]
	if (weight == "ns" && nr_lines && !timed)
		print "probe: no stack has a duration: only kretprobe measures it" >"/dev/stderr"
	if (weight == "sum" && nr_lines && !has_stacks)
		print "probe: there is no table by stack with a sum" >"/dev/stderr"
	if (nr_uncounted && weight != "ns")
		printf "probe: %.0f hits are not in the stacks: their keys have no row in the" \
			" table\n", nr_uncounted >"/dev/stderr"
}

# take(): handle $text, which is a line of $probe or a part of one.
function take() {
	abandon()
	if (text == "Call Trace:") {
		flush_row()
		return
	}
	if (text ~ /^  [^ ]/) {
		if (is_row()) {
			flush_hit()
			if (probe in open_table)
				new_row()
			else
				message(text)
			return
		}
		if (closed && is_cut())
			return
	}
	if (text ~ /^ /) {
		sub(/^ +/, "", text)
		if (row_open[probe])
			row_frame()
		else if (probe in held)
			frame[probe, ++nr_frames[probe]] = text
		return
	}
	flush_hit()
	if (is_hit()) {
		lines[probe] += type != "post" && type != "fault"
		hold()
	} else if (!closed || !is_cut()) {
		other()
	}
}

# is_cut(): keep $text if it is the part of a line before a cut.
function is_cut() {
	if (!match(text, / \.\.\.[0-9]+$/))
		return 0
	begun[probe] = substr(text, 1, RSTART - 1)
	cut[probe] = substr(text, RSTART + 4)
	return 1
}

# abandon(): the rest of a line of $probe is missing. Report its beginning.
function abandon() {
	if (cut[probe] != "")
		message(begun[probe] " ...")
	cut[probe] = ""
}

# compare(): report hits of $probe that were logged, but whose lines are missing.
function compare() {
	if (logged[probe] > lines[probe]) {
		nr_lost += logged[probe] - lines[probe]
		print "probe: " probe "_example has logged " logged[probe] " hits, but there are" \
			" lines of " lines[probe] + 0 " only: the kernel's log forgets the" \
			" oldest; with log_buf_len=16M on its command line it keeps" \
			" more" >"/dev/stderr"
	}
	delete logged[probe]
	delete lines[probe]
}

# other(): handle a line of a module that is not a hit.
function other(   n, word, object, i, counted, from, to) {
	flush_row()
	if (text ~ /^Planted /) {
		if (probe in logged)
			compare()
		# The module was loaded again.
		if (ended[probe]) {
			run[probe]++
			delete open_table[probe]
		}
		ended[probe] = 0
	}
	if (is_header())
		return new_table()
	if (text ~ /^[a-z]+ at [^"]* (unregistered|mode=[^ ]* now=[^ ]*) hits=[0-9]/)
		count_function()
	if (text ~ /^[a-z]+ at [^"]* unregistered hits=[0-9]/) {
		ended[probe] = 1
		n = split(text, word, " ")
		object = start("summary", probe) ",\"addr\":" quote("0x" word[3])
		if (word[4] != "unregistered")
			object = object ",\"symbol\":" quote(word[4])
		for (i = 5; i <= n; i++) {
			if (!(counted = index(word[i], "=")))
				continue
			if (word[i] ~ /^logged=[0-9]+$/)
				logged[probe] += substr(word[i], 8)
			object = object "," quote(substr(word[i], 1, counted - 1)) ":" \
				typed(substr(word[i], counted + 1))
		}
		if (format == "json")
			emit(object "}")
		else
			message(text)
	} else if (text ~ /^[^ "]+: [0-9]+ calls, [0-9]+ failed, took min /) {
		symbol_of[probe] = substr(text, 1, index(text, ": ") - 1)
		split(substr(text, length(symbol_of[probe]) + 3), word, " ")
		count_calls(symbol_of[probe], word[3], word[9], word[11])
		if (format != "json")
			return message(text)
		emit(start("calls", probe) ",\"symbol\":" quote(symbol_of[probe]) ",\"calls\":" \
			typed(word[1]) ",\"failed\":" typed(word[3]) ",\"min_ns\":" typed(word[7]) \
			",\"mean_ns\":" typed(word[9]) ",\"max_ns\":" typed(word[11]) "}")
	} else if (format == "json" && text ~ /^\[[0-9]+[])KMGTPE,].* [0-9]+ \|/) {
		# [0], [1], [256, 512), [512, 1K)
		split(text, word, /[^0-9KMGTPE]+/)
		from = bound(word[2])
		to = text ~ /^\[[0-9]+\]/ ? from + 1 : bound(word[3])
		emit(start("histogram", probe) ",\"symbol\":" quote(symbol_of[probe]) \
			",\"from_ns\":" from ",\"to_ns\":" to ",\"calls\":" \
			typed(to == from + 1 && from < 2 ? word[3] : word[4]) "}")
	} else {
		message(text)
	}
}

# message(TEXT): print a line that has no format of its own.
function message(text) {
	if (format == "json")
		emit(start("message", probe) ",\"text\":" quote(text) "}")
	else if (format != "text")
		print visible(text) >"/dev/stderr"
	if (format == "html")
		page_message(text)
}

# bound(TEXT): return the number that a bound such as 4K stands for.
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

# plain(TEXT): return TEXT without the escapes of the modules and of the kernel: \n, \", \\, \xNN,
# \ooo.
function plain(text,   at, c, n, all) {
	while ((at = index(text, "\\"))) {
		all = all substr(text, 1, at - 1)
		text = substr(text, at + 1)
		c = substr(text, 1, 1)
		n = 1
		if (match(text, /^x[0-9a-f][0-9a-f]/)) {
			c = byte[substr(text, 2, 2)]
			n = 3
		} else if (match(text, /^[0-3][0-7][0-7]/)) {
			c = sprintf("%c", c * 64 + substr(text, 2, 1) * 8 + substr(text, 3, 1))
			n = 3
		} else if (c in special) {
			c = special[c]
		} else {
			c = "\\"
			n = 0
		}
		all = all c
		text = substr(text, n + 1)
	}
	return all text
}

# utf8(TEXT, AT): set $code to the character at AT, and $size to its number of bytes, or to 0 if it
# is not UTF-8.
function utf8(text, at,   n, c) {
	n = ordinal[substr(text, at, 1)]
	size = n < 128 ? 1 : n < 194 ? 0 : n < 224 ? 2 : n < 240 ? 3 : n < 245 ? 4 : 0
	code = size < 2 ? n : n % (size == 2 ? 32 : size == 3 ? 16 : 8)
	for (n = 1; n < size; n++) {
		c = at + n > length(text) ? 0 : ordinal[substr(text, at + n, 1)]
		if (c < 128 || c > 191)
			return size = 0
		code = code * 64 + c % 64
	}
	# Overlong forms, surrogates and numbers above the largest are not UTF-8.
	if ((size == 3 && (code < 2048 || (code > 55295 && code < 57344))) || (size == 4 && \
			(code < 65536 || code > 1114111)))
		size = 0
	return size
}

# visible(TEXT): return TEXT for a terminal: characters that could control it become \xNN.
function visible(text,   i, c, all) {
	if (text !~ /[^ -~]/)
		return text
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c >= " " && c <= "~" || c == "\t") {
			all = all c
		} else if (utf8(text, i) > 1 && code > 159) {
			all = all substr(text, i, size)
			i += size - 1
		} else {
			all = all sprintf("\\x%02x", ordinal[c])
		}
	}
	return all
}

# quote(TEXT): return TEXT as a JSON string, without the escapes of the modules.
function quote(text) { return as_string(index(text, "\\") ? plain(text) : text) }

# as_string(TEXT): return TEXT as a JSON string. A byte that is not part of a UTF-8 character
# becomes the character with its number.
function as_string(text,   i, c, all) {
	if (text !~ /[^ -~]/) {
		if (index(text, "\\"))
			text = join(text, "\\", "\\\\")
		return "\"" (index(text, "\"") ? join(text, "\"", "\\\"") : text) "\""
	}
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "\"" || c == "\\") {
			all = all "\\" c
		} else if (c >= " " && c <= "~") {
			all = all c
		} else if (utf8(text, i) < 2) {
			all = all sprintf("\\u%04x", ordinal[c])
		} else {
			i += size - 1
			if (size < 4)
				all = all sprintf("\\u%04x", code)
			else
				all = all sprintf("\\u%04x\\u%04x", \
					55296 + int((code - 65536) / 1024), 56320 + code % 1024)
		}
	}
	return "\"" all "\""
}

# join(TEXT, C, BY): replace each C by BY. (sub() treats backslashes differently in different awks.)
function join(text, c, by,   at, all) {
	while ((at = index(text, c))) {
		all = all substr(text, 1, at - 1) by
		text = substr(text, at + 1)
	}
	return all text
}

# number(V): return V without leading zeros, which JSON does not allow, or 0 if it is not a number.
function number(v,   sign) {
	if (v !~ /^-?[0-9]+(\.[0-9]+)?$/ || length(v) > 30)
		return 0
	sign = sub(/^-/, "", v) ? "-" : ""
	sub(/^0+/, "", v)
	return sign (v ~ /^[0-9]/ ? "" : "0") v
}

# typed(VALUE): return VALUE as JSON. Numbers that a double cannot hold, and hexadecimal ones,
# become strings.
function typed(v) {
	if (v == "(fault)" || v == "(user)" || v == "(kernel)")
		return "null"
	if (v == "true" || v == "false")
		return v
	if (v ~ /^-?[0-9]+$/ && length(v) < 16)
		return number(v)
	if (v ~ /^".*"$/)
		v = substr(v, 2, length(v) - 2)
	return quote(v)
}

# one_value(): take a value from the beginning of $rest. Sets closed to 0 if a quote is not closed.
function one_value(   i, v) {
	if (match(rest, /^"([^"\\]|\\.)*"/)) {
		i = RLENGTH
	} else if (rest ~ /^"/) {
		closed = 0
		i = length(rest)
	} else if (match(rest, /^[{]("([^"\\]|\\.)*"|'([^'\\]|\\.)+'|[^"'}])*[}]/)) {
		i = RLENGTH		# an array
	} else if (rest ~ /^[{]/) {
		closed = 0
		i = length(rest)
	} else {
		i = index(rest " ", " ") - 1
		# The module of a symbol follows after a blank.
		if (match(substr(rest, i + 1), /^ \[[^] ]+\]/))
			i += RLENGTH
	}
	v = substr(rest, 1, i)
	rest = substr(rest, i + 1)
	# A string that was cut is marked.
	if (v ~ /^"/)
		sub(/^\.\.\./, "", rest)
	return v
}

# pairs(): parse $rest: args, errnos (of args), and origin. Returns whether the origin is there.
function pairs(   key, v, at) {
	args = errnos = ""
	while (sub(/^,? +/, "", rest)) {
		if (match(rest, /^t=[0-9]+\.[0-9]+ cpu=[0-9]+ pid=-?[0-9]+ tid=-?[0-9]+ comm=/)) {
			split(substr(rest, 1, RLENGTH - 6), origin, /[ =]+/)
			time = number(origin[2])
			cpu = number(origin[4])
			pid = number(origin[6])
			tid = number(origin[8])
			comm = substr(rest, RLENGTH + 1)
			return 1
		}
		# The cause of a fault is not a pair.
		if (type == "fault" && match(rest, /^(trap #[0-9]+|read failed),/)) {
			rest = substr(rest, RLENGTH)
			continue
		}
		at = index(rest, "=")
		if (!at || index(substr(rest, 1, at), "\""))
			return 0
		key = substr(rest, 1, at - 1)
		sub(/ +$/, "", key)
		rest = substr(rest, at + 1)
		sub(/^ /, "", rest)
		v = one_value()
		sub(/,$/, "", v)
		if (match(rest, /^ -E[A-Z0-9_]+/)) {
			errnos = errnos (errnos == "" ? "" : ",") quote(key) ":\"" \
				substr(rest, 3, RLENGTH - 2) "\""
			rest = substr(rest, RLENGTH + 1)
		}
		# Values that all hits have are kept apart from those of args=.
		if (type != "return" && key ~ /^(p->addr|ip|flags|fault_addr)$/ && !(key in fixed))
			fixed[key] = v
		else
			args = args (args == "" ? "" : ",") quote(key) ":" typed(v)
	}
	return 0
}

# is_hit(): parse $text. Returns whether it is a complete line of a hit.
function is_hit(   at, key) {
	for (key in fixed)
		delete fixed[key]
	errno = ""
	closed = 1
	type = "entry"
	if (text ~ /^jprobe: /) {
		symbol = "kernel_clone"
		rest = substr(text, 8)
	} else if (match(text, /^<[^>" ]+> /)) {
		symbol = substr(text, 2, RLENGTH - 3)
		rest = substr(text, RLENGTH)
		if (match(rest, /^ [a-z]+_handler:/)) {
			type = substr(rest, 2, RLENGTH - 10)
			rest = substr(rest, RLENGTH + 1)
		}
	} else if (match(text, /^[^" ]+ returned /)) {
		type = "return"
		symbol = substr(text, 1, RLENGTH - 10)
		rest = substr(text, RLENGTH + 1)
		value = one_value()
		if (match(rest, /^ -E[A-Z0-9_]+/)) {
			errno = substr(rest, 3, RLENGTH - 2)
			rest = substr(rest, RLENGTH + 1)
		}
		if (!match(rest, /^ and took [0-9]+ ns to execute/))
			return 0
		ns = number(substr(rest, 11, RLENGTH - 24))
		rest = substr(rest, RLENGTH + 1)
	} else {
		return closed = 0
	}
	return pairs()
}

# hold(): keep the hit that is_hit() has parsed. Its stack may follow.
function hold(   object, us, at) {
	if (format == "json") {
		object = start(type, probe) ",\"symbol\":" quote(symbol)
		if ("p->addr" in fixed)
			object = object ",\"addr\":" quote(fixed["p->addr"])
		if ("ip" in fixed)
			object = object ",\"ip\":" \
				quote((fixed["ip"] ~ /^[0-9a-f]+$/ ? "0x" : "") fixed["ip"])
		if ("flags" in fixed)
			object = object ",\"flags\":" quote(fixed["flags"])
		if ("fault_addr" in fixed)
			object = object ",\"fault_addr\":" quote(fixed["fault_addr"])
		if (type == "return")
			object = object ",\"value\":" typed(value) \
				(errno != "" ? ",\"errno\":\"" errno "\"" : "") ",\"ns\":" ns
		held[probe] = object ",\"args\":{" args "}" \
			(errnos != "" ? ",\"errnos\":{" errnos "}" : "") ",\"t\":" time \
			",\"cpu\":" cpu ",\"pid\":" pid ",\"tid\":" tid ",\"comm\":" quote(comm)
	} else if (format == "chrome") {
		# A call that has returned is a slice, any other hit an instant.
		if (!((pid, tid) in named) || named[pid, tid] != comm) {
			named[pid, tid] = comm
			next_event()
			printf "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%s,\"tid\":%s," \
				"\"args\":{\"name\":%s}}", pid, tid, quote(comm)
		}
		at = index(time, ".")
		us = substr(time, 1, at - 1) * 1000000 + \
			substr(substr(time, at + 1) "000000000", 1, 9) / 1000
		object = ",\"name\":" quote(symbol (type ~ /^(post|fault)$/ ? " " type : "")) \
			",\"cat\":\"" probe "\",\"pid\":" pid ",\"tid\":" tid
		if (type == "return") {
			object = "{\"ph\":\"X\"" object \
				sprintf(",\"ts\":%.3f,\"dur\":%.3f", us - ns / 1000, ns / 1000)
			args = args (args == "" ? "" : ",") "\"returned\":" \
				quote(value (errno != "" ? " -" errno : ""))
		} else {
			object = "{\"ph\":\"i\",\"s\":\"t\"" object sprintf(",\"ts\":%.3f", us)
			args = args (args == "" ? "" : ",") "\"handler\":\"" type "\""
		}
		held[probe] = object ",\"args\":{" args ",\"cpu\":" cpu
	} else if (format == "folded") {
		held[probe] = word_of(comm)
		worth[probe] = weight == "calls" ? 1 : type == "return" ? ns : 0
	} else if (format != "text") {
		held[probe] = hit_for_report()
	}
	nr_frames[probe] = 0
	# Without stacks the hit is complete.
	if (format ~ /^(text|json|chrome)$/ && !stacks)
		flush_hit()
}

# flush_hit(): print or count the held hit of $probe, with its stack.
function flush_hit(   i, n, stack, name) {
	if (!(probe in held))
		return
	n = nr_frames[probe]
	if (n)
		stacks = 1
	if (format == "json") {
		for (i = 1; i <= n; i++)
			stack = stack (i > 1 ? "," : ",\"stack\":[") quote(frame[probe, i])
		emit(held[probe] stack (n ? "]" : "") "}")
	} else if (format == "chrome") {
		for (i = 1; i <= n; i++) {
			name = quote(frame[probe, i])
			stack = stack (i > 1 ? "\\n" : ",\"stack\":\"") \
				substr(name, 2, length(name) - 2)
		}
		next_event()
		printf "%s", held[probe] stack (n ? "\"" : "") "}}"
		fflush()
	} else if (format == "folded" && n) {
		# program;outermost;...;probed function
		stack = held[probe]
		for (i = n; i > 0; i--) {
			name = frame[probe, i]
			sub(/\+0x[0-9a-f]+(\/0x[0-9a-f]+)?/, "", name)
			stack = stack ";" word_of(name)
		}
		if (worth[probe] > 0) {
			timed = 1
			seen[probe, run[probe] + 0, stack] += worth[probe]
		}
	} else if (format == "top" || format == "html") {
		report_hit(held[probe])
	}
	delete held[probe]
}

# word_of(TEXT): return TEXT as a frame of a folded stack.
function word_of(text) {
	text = text == "" ? "_" : visible(text)
	gsub(/[; \t]/, "_", text)
	return text
}

function next_event() {
	printf "%s\n", events++ ? "," : ""
}
