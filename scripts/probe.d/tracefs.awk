# SPDX-License-Identifier: GPL-2.0-only
#
# For scripts/probe --via tracefs, with values.awk: prints the definitions of the events (-v
# define=1), and converts their hits in a trace buffer to the lines that a module would print. Event
# eME_I is for function number I, eME_Ir for its return; layout() defines the values of a hit. ME is
# secret, so no process can use it in a string or in the name of a task to end a value, begin a hit,
# or imitate the script.
# "probe-ME:" begins a message of the script: registered I ADDRESS PLACE MODE, unregistered I HITS
# MISSES DROPPED SUMMED, end.

BEGIN {
	me = ENVIRON["me"]
	comm = ENVIRON["comm"]
	separator = " __" me "_[a-z0-9]+="
	module = kind "_example: "
	nr_symbols = split(symbols, symbol, ",")
	parse_args()
	for (i = 1; i <= nr; i++) {
		sub(/\$?caller/, caller, fetch[i])
		if (define && kind == "kretprobe" && !at_return[i] && \
				(in_memory[i] || type[i] ~ /string/))
			print "probe: via tracefs '" arg[i] "' is what is there when the function" \
				" is entered" >"/dev/stderr"
	}
	if (define) {
		for (target = 1; target <= nr_symbols; target++) {
			# Each of our own processes may use an instance at any time.
			if (kind == "kretprobe")
				print_event("r512", 1)
			print_event("p", 0)
		}
		exit
	}
	read_errnos()
}

# layout(RETURNING): set field[] to the values in a hit of symbol[target], in order, and from[] to
# the source of each. A type that tracefs does not have is fetched as a number.
function layout(returning,   i, n) {
	field[n = 1] = "comm"
	from[1] = "$comm:string"
	for (i = 1; i <= nr; i++) {
		if (at_return[i] != returning)
			continue
		field[++n] = i
		from[n] = fetch[i] ":" (type[i] == "bool" ? "u8" : type[i] != "errno" ? type[i] : \
			in_memory[i] ? "s32" : "s64")
	}
	if (kind == "kprobe") {
		field[++n] = "flags"
		from[n] = flags ":x64"
	}
	if (link != "" && !returning && symbol[target] !~ /[+]|^0[xX]/) {
		field[++n] = "caller"
		from[n] = link ":symbol"
	}
	if (by ~ /(^|,)\$?caller(,|$)/ && !returning) {
		field[++n] = "from"
		from[n] = caller ":symbol"
	}
	if (returning) {
		field[++n] = "number"
		from[n] = "$retval:s64"
	}
	field[++n] = "end"
	from[n] = (returning ? "$retval" : ip) ":x64"
	return n
}

# print_event(TYPE, RETURNING): print a definition for kprobe-event add --as-is.
function print_event(kind_of, returning,   i, n) {
	n = layout(returning)
	printf "%s:probe/e%s_%d%s %s", kind_of, me, target, returning ? "r" : "", symbol[target]
	for (i = 1; i <= n; i++)
		printf " __%s_%s=%s", me, field[i], from[i]
	print ""
}

# signed(N): return N as a signed long, or as an int if its upper half is zero.
function signed(n) {
	n += 0
	return n >= 4294963201 && n <= 4294967295 ? n - 4294967296 : n
}

# shown(I, V): return the value V of args[I] in the format of the modules.
function shown(i, v) {
	if (v == "(fault)")
		return v
	if (type[i] ~ /string$/) {
		v = substr(v, 2, length(v) - 2)
		return "\"" escaped(substr(v, 1, 128)) "\"" (length(v) > 128 ? "..." : "")
	}
	if (type[i] == "bool")
		return v + 0 ? "true" : "false"
	if (type[i] == "errno" && signed(v) < 0 && signed(v) > -4096)
		return signed(v) errno[-signed(v)]
	return v
}

# put(LINE, STACK): print the line with its time, CPU and task.
function put(line, stack) {
	if (over) {
		limited[target]++
		return
	}
	logged[target]++
	print module line " t=" time " cpu=" cpu " pid=" tgid " tid=" tid " comm=" escaped(task)
	if (stack != "")
		printf "%s", module "Call Trace:\n" stack
	fflush()
	if (max != "" && ++printed == max + 0) {
		over = 1
		print "max" >events
		close(events)
	}
}

# A stack follows its event, so an event is printed when the next one comes.
function flush_held() {
	if (held == "entry")
		stack_of[tid, depth[tid]] = frames
	else if (held != "")
		put(held, frames)
	held = frames = ""
}

# power(N): return 2 to the power of N, without an operator that not every awk has.
function power(n,   p) {
	p = 1
	while (n-- > 0)
		p *= 2
	return p
}

# bound(N): return 2 to the power of N in the format of a histogram.
function bound(n) { return power(n % 10) (n < 10 ? "" : substr("KMGTPE", int(n / 10), 1)) }

# duration(NS): return NS in the format of the modules.
function duration(ns,   unit, rest) {
	for (unit = 1; ns >= 1000 && unit < 4; unit++) {
		rest = ns % 1000
		ns = int(ns / 1000)
	}
	rest = unit == 1 || ns >= 100 ? "" : ns >= 10 ? sprintf(".%d", int(rest / 100)) : \
		sprintf(".%02d", int(rest / 10))
	return sprintf("%d", ns) rest " " substr("nsusmss ", unit * 2 - 1, unit < 4 ? 2 : 1)
}

# histogram(): print the histogram of symbol[target].
function histogram(   i, last, fullest, mean, bar) {
	for (i = 0; i < 64; i++) {
		if (!((target, i) in bucket))
			continue
		last = i
		if (bucket[target, i] > fullest)
			fullest = bucket[target, i]
	}
	mean = int(sum[target] / calls[target])
	printf "%s%s: %d calls, %d failed, took min %.0f mean %.0f max %.0f ns (%s, %s, %s)\n",
		module, symbol[target], calls[target], failed[target], least[target], mean,
		most[target], duration(least[target]), duration(mean), duration(most[target])
	for (i = 0; !((target, i) in bucket); i++)
		;
	for (; i <= last; i++) {
		bar = sprintf("%" int(bucket[target, i] * 40 / fullest) "s", "")
		gsub(/ /, "@", bar)
		printf "%s%-14s%9d |%-40s| from %s\n", module, "[" (i < 2 ? i "]" : bound(i - 1) \
			", " bound(i) ")"), bucket[target, i], bar, duration(i ? power(i - 1) : 0)
	}
}

# returns(): find the call that symbol[target] returns from, if its entry was recorded.
function returns(   d, i, n, call, ns, text, what) {
	for (d = depth[tid]; d > 0; d--) {
		split(entry[tid, d], call, "\n")
		if (call[2] == target)
			break
	}
	if (d < 1) {
		filtered[target]++
		return
	}
	ns = (microseconds(time) - microseconds(call[1])) * 1000
	n = signed(v["number"])
	call["failed"] = n < 0 && n > -4096
	for (i = ns; i >= 1; i = int(i / 2))
		what++
	bucket[target, what + 0]++
	if (!calls[target]++ || ns < least[target])
		least[target] = ns
	if (ns > most[target])
		most[target] = ns
	sum[target] += ns
	failed[target] += call["failed"]
	if ((errors && !call["failed"]) || (min_us != "" && ns < min_us * 1000)) {
		filtered[target]++
	} else {
		for (i = 1; i <= nr; i++)
			if (i != hidden)
				text = text " " name[i] "=" \
					(at_return[i] ? shown(i, v[i]) : call[i + 2])
		what = retval ? shown(retval, v[retval]) : n < -4095 || n > 4294967295 ? v["end"] : \
			n errno[-n]
		put(symbol[target] " returned " what " and took " ns " ns to execute" text, \
			stack_of[tid, d])
	}
	# The depth includes calls whose return was not recorded.
	for (; depth[tid] >= d; depth[tid]--) {
		delete entry[tid, depth[tid]]
		delete stack_of[tid, depth[tid]]
	}
	if (!depth[tid])
		delete depth[tid]
}

# hit(N): handle a hit of symbol[target] with N values in v[].
function hit(n,   i, text) {
	task = substr(v["comm"], 2, length(v["comm"]) - 2)
	# Hits before the "registered" message are ignored.
	if (!(target in address) || (pid != "" && pid != tgid) || (comm != "" && comm != task)) {
		filtered[target] += kind != "kretprobe" || returning
		return
	}
	if (returning)
		return returns()
	for (i = 1; i <= nr; i++)
		text = text (kind == "kretprobe" ? "\n" : " " name[i] "=") \
			(at_return[i] ? "" : shown(i, v[i]))
	if (kind == "kretprobe") {
		entry[tid, ++depth[tid]] = time "\n" target text
		held = "entry"
	} else {
		if (kind == "kprobe")
			text = " pre_handler: p->addr = 0x" addr ", ip = " substr(v["end"], 3) \
				", flags = " v["flags"] text
		held = "<" symbol[target] ">" text
	}
}

function microseconds(time,   at) {
	at = index(time, ".")
	return substr(time, 1, at - 1) * 1000000 + substr(time, at + 1)
}

# header(LINE): return whether LINE is COMM-TID (TGID) [CPU] FLAGS TIME: WHAT, and set $head and
# $what. COMM is 16 bytes wide and may have any contents.
function header(line) {
	line = substr(line, 17)
	if (!match(line, /^-[0-9]+ +\([ 0-9-]+\) \[[0-9]+\] [^ ]* *[0-9]+\.[0-9]+: /))
		return 0
	head = substr(line, 2, RLENGTH - 3)
	what = substr(line, RLENGTH + 1)
	return 1
}

# COMM may contain a newline.
{
	begins = header($0) || (broken != "" && header(broken $0))
	broken = length(broken $0) < 16 ? broken $0 "\n" : ""
	is_hit = begins && index(what, "e" me "_") == 1
	is_mark = begins && match(what, /^([^:]*: )?probe-/) && \
		index(what, "probe-" me ": ") == RLENGTH - 5
}

is_hit || is_mark {
	flush_held()
	in_stack = open = 0
	n = split(head, word, /[][ ()]+/)
	tid = word[1]
	# The process is "(-------)" if it is unknown.
	tgid = word[2] ~ /^-/ ? tid : word[2]
	cpu = word[3] + 0
	time = word[n]
}

is_hit {
	open = index(what, ": ")
	target = substr(what, length(me) + 3, open - length(me) - 3)
	returning = sub(/r$/, "", target)
	rest = substr(what, open)
}

# The continuation of a string with a newline.
open && !is_hit && !is_mark { rest = rest "\n" $0 }

open {
	n = layout(returning)
	if (split(rest, value, separator) != n + 1 || value[n + 1] !~ /^0x[0-9a-f]+$/)
		next
	open = 0
	match(value[1], /<[0-9a-f]+>\)$/)
	addr = substr(value[1], RSTART + 1, RLENGTH - 3)
	for (i = 1; i <= n; i++)
		v[field[i]] = value[i + 1]
	caller = link != "" && !returning ? v["caller"] : ""
	hit(n)
	if (!stacks)
		flush_held()
	next
}

is_mark {
	split(substr(what, index(what, "probe-" me ": ") + length(me) + 8), word, " ")
	target = word[2]
	if (word[1] == "end") {
		while (table != "" && (getline what <table) > 0)
			print what
		exit
	}
	if (word[1] == "registered") {
		address[target] = word[3]
		what = kind == "kretprobe" ? "return probe at " symbol[target] ": " word[3] : \
			kind " at " word[3] " (" word[4] ")"
		print module "Planted " what " mode=" word[5]
	} else {
		self = word[3] - logged[target] - filtered[target] - limited[target] - word[5] - \
			word[6]
		# What the event's filter leaves out is not seen here.
		if (where != "" && self > 0) {
			filtered[target] += self
			self = 0
		}
		print module kind " at " address[target] " " symbol[target] " unregistered hits=" \
			word[3] " logged=" logged[target] + 0 (word[6] == "" ? "" : " summed=" \
			word[6]) " filtered=" filtered[target] + 0 " limited=" \
			limited[target] + 0 " dropped=" word[5] " self=" (self > 0 ? self : 0) \
			" missed=" word[4] (kind == "kretprobe" && nr_symbols > 1 ? \
			sprintf(" failed=%d mean=%.0f max=%.0f", failed[target], \
			calls[target] ? int(sum[target] / calls[target]) : 0, \
			most[target]) : "")
		if (kind == "kretprobe" && word[4] > 0)
			print module "Missed probing " word[4] " instances of " symbol[target]
		if (calls[target])
			histogram()
		if (!word[3])
			print module "'" symbol[target] "' was never hit: it may not have been" \
				" called, may be inlined where it is called, or another function" \
				" may do its work on this kernel"
	}
	fflush()
	next
}

begins {
	in_stack = what == "<stack trace>"
	next
}

# After lost records it is unknown which calls are in progress.
/^CPU:[0-9]+ \[LOST [0-9]+ EVENTS\]$/ { split("", depth) }

in_stack && sub(/^ => /, "") {
	sub(/ <[0-9a-f]+>$/, "")
	# Frames before the function belong to the probe. The next one is the caller, which not every
	# kernel finds in the link register.
	bare = symbol[target]
	sub(/^.*:/, "", bare)
	if ($0 == bare || index($0, bare "+") == 1) {
		frames = module " " $0 "\n" (caller != "" ? module " " caller "\n" : "")
		known = caller
		next
	}
	if ($0 != known)
		frames = frames module " " $0 "\n"
	known = ""
}

END { if (!define) flush_held() }
