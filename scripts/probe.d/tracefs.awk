# SPDX-License-Identifier: GPL-2.0-only
#
# From lines of a trace buffer to those that a module would print. The events are probe/eME_I for function number I, with its values as
# __ME_comm, __ME_1, __ME_2 ..., (kprobe) __ME_flags, (link) __ME_caller and __ME_end, the instruction pointer; eME_Ir at its return,
# where the last one is the return value. What "probe-ME:" begins is from the script: planted I ADDRESS PLACE MODE, gone I HITS MISSES
# DROPPED, end. A string may have anything in it, whole lines as well: but nobody who could put it there knows ME.

BEGIN {
	me = ENVIRON["me"]
	comm = ENVIRON["comm"]
	mine = " __" me "_"
	ends = mine "end=0x[0-9a-f]+$"
	module = kind "_example: "
	nr_symbols = split(symbols, symbol, ",")
	nr = split(spec, arg, ",")
	for (i = 1; i <= nr; i++) {
		name[i] = arg[i]
		type[i] = ""
		if (match(name[i], /:[a-z0-9]+$/)) {
			type[i] = substr(name[i], RSTART + 1)
			name[i] = substr(name[i], 1, RSTART - 1)
		}
		fetch = name[i]
		sub(/^.*=/, "", fetch)
		at_return[i] = fetch ~ (kind == "kretprobe" ? "retval|%|stack" : "retval") ? 1 : 0
		# The first one says what the returned value is.
		if (!typed && name[i] ~ /^([a-zA-Z0-9_]+=)?\$?retval$/) {
			typed = i
			named = index(name[i], "=")
		}
		if (!sub(/=.*/, "", name[i]))
			gsub(/[$%]/, "", name[i])
	}
	split("PERM NOENT SRCH INTR IO NXIO 2BIG NOEXEC BADF CHILD AGAIN NOMEM ACCES FAULT NOTBLK BUSY EXIST XDEV NODEV NOTDIR ISDIR " \
		"INVAL NFILE MFILE NOTTY TXTBSY FBIG NOSPC SPIPE ROFS MLINK PIPE DOM RANGE DEADLK NAMETOOLONG NOLCK NOSYS NOTEMPTY LOOP " \
		"- NOMSG IDRM CHRNG L2NSYNC L3HLT L3RST LNRNG UNATCH NOCSI L2HLT BADE BADR XFULL NOANO BADRQC BADSLT - BFONT NOSTR " \
		"NODATA TIME NOSR NONET NOPKG REMOTE NOLINK ADV SRMNT COMM PROTO MULTIHOP DOTDOT BADMSG OVERFLOW NOTUNIQ BADFD REMCHG " \
		"LIBACC LIBBAD LIBSCN LIBMAX LIBEXEC ILSEQ RESTART STRPIPE USERS NOTSOCK DESTADDRREQ MSGSIZE PROTOTYPE NOPROTOOPT " \
		"PROTONOSUPPORT SOCKTNOSUPPORT OPNOTSUPP PFNOSUPPORT AFNOSUPPORT ADDRINUSE ADDRNOTAVAIL NETDOWN NETUNREACH NETRESET " \
		"CONNABORTED CONNRESET NOBUFS ISCONN NOTCONN SHUTDOWN TOOMANYREFS TIMEDOUT CONNREFUSED HOSTDOWN HOSTUNREACH ALREADY " \
		"INPROGRESS STALE UCLEAN NOTNAM NAVAIL ISNAM REMOTEIO DQUOT NOMEDIUM MEDIUMTYPE CANCELED NOKEY KEYEXPIRED KEYREVOKED " \
		"KEYREJECTED OWNERDEAD NOTRECOVERABLE RFKILL HWPOISON", errno, " ")
	split("RESTARTSYS RESTARTNOINTR RESTARTNOHAND NOIOCTLCMD RESTART_RESTARTBLOCK PROBE_DEFER OPENSTALE NOPARAM", above, " ")
	for (i in above)
		errno[511 + i] = above[i]
	for (i = 0; i < 256; i++)
		ordinal[sprintf("%c", i)] = i
}

function hex(digits,   i, n) {
	for (i = 1; i <= length(digits); i++)
		n = n * 16 + index("123456789abcdef", substr(digits, i, 1))
	return n
}

# error(HEX): the errno in a value, as a long or as an int, or 0.
function error(digits,   n) {
	if (!((length(digits) == 16 && digits ~ /^fffffffffffff/) || (length(digits) == 8 && digits ~ /^fffff/)))
		return 0
	n = hex(substr(digits, length(digits) - 2))
	return n ? 4096 - n : 0
}

function named_errno(n) { return errno[n] ~ /^[A-Z0-9]/ ? " -E" errno[n] : "" }

# number(HEX): as kretprobe_example shows a value.
function number(digits,   n) {
	n = error(digits)
	if (n)
		return "-" n named_errno(n)
	return length(digits) <= 8 ? hex(digits) "" : "0x" digits
}

function escaped(text,   i, c, all) {
	if (text !~ /[^ -~]/ && !index(text, "\"") && !index(text, "\\"))
		return text
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "\n")
			c = "\\n"
		else if (c == "\t")
			c = "\\t"
		else if (c == "\"" || c == "\\")
			c = "\\" c
		else if (c < " " || c > "~")
			c = sprintf("\\x%02x", ordinal[c])
		all = all c
	}
	return all
}

# value(KEY, NEXT): takes the value of KEY, up to NEXT, off $rest.
function value(key, following,   at, v) {
	rest = substr(rest, length(mine key) + 2)
	at = following == "" ? length(rest) + 1 : index(rest, mine following "=")
	v = substr(rest, 1, at - 1)
	rest = substr(rest, at)
	return v
}

# shown(I, V): the value V of args[I], as the modules show it.
function shown(i, v,   n) {
	if (v == "(fault)")
		return v
	if (type[i] ~ /string$/) {
		v = substr(v, 2, length(v) - 2)
		return "\"" escaped(substr(v, 1, 128)) "\"" (length(v) > 128 ? "..." : "")
	}
	if (type[i] == "bool")
		return v + 0 ? "true" : "false"
	# As a long or as an int, whose upper half is zero.
	if (type[i] == "errno") {
		n = v + 0
		if (n >= 4294963201 && n <= 4294967295)
			n -= 4294967296
		if (n < 0 && n > -4096)
			return n named_errno(-n)
	}
	return v
}

# put(LINE, STACK): with what is known of when and where.
function put(line, frames) {
	if (over) {
		limited[target]++
		return
	}
	logged[target]++
	print module line " t=" time " cpu=" cpu " pid=" tgid " tid=" tid " comm=" escaped(task)
	if (frames != "")
		printf "%s", module "Call Trace:\n" frames
	fflush()
	if (max != "" && ++printed == max + 0) {
		over = 1
		print "max" >events
		close(events)
	}
}

# The stack follows its event: so an event waits for the next one.
function flush_held() {
	if (held == "entry")
		stack_of[tid, depth[tid]] = frames
	else if (held != "")
		put(held, frames)
	held = frames = ""
}

# count(NS): of all calls, for the histogram.
function count(ns, failed,   bucket, n) {
	for (n = ns; n >= 1; n = int(n / 2))
		bucket++
	bucket += 0
	bucket_of[target, bucket]++
	if (!calls[target]++ || ns < least[target])
		least[target] = ns
	if (ns > most[target])
		most[target] = ns
	sum[target] += ns
	failures[target] += failed
}

# bound(N): 2 to the power of N
function bound(n,   unit, power) {
	unit = int(n / 10)
	power = 1
	for (n %= 10; n > 0; n--)
		power *= 2
	return power (unit ? substr("KMGTPE", unit, 1) : "")
}

function histogram(   i, first, last, fullest, range, bar) {
	if (!calls[target])
		return
	first = 64
	for (i = 0; i < 64; i++) {
		if (!((target, i) in bucket_of))
			continue
		if (first == 64)
			first = i
		last = i
		if (bucket_of[target, i] > fullest)
			fullest = bucket_of[target, i]
	}
	printf "%s%s: %d calls, %d failed, took min %.0f mean %.0f max %.0f ns\n", module, symbol[target], calls[target], failures[target],
		least[target], int(sum[target] / calls[target]), most[target]
	for (i = first; i <= last; i++) {
		range = i < 2 ? "[" i "]" : "[" bound(i - 1) ", " bound(i) ")"
		bar = substr("@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@", 1, int(bucket_of[target, i] * 40 / fullest))
		printf "%s%-14s%9d |%-40s|\n", module, range, bucket_of[target, i], bar
	}
}

function event(   i, keys, n, after, last, v, text, values, returned, d, ns, failed) {
	keys = 0
	for (i = 1; i <= nr; i++)
		if (at_return[i] == returning)
			key[++keys] = i
	last = link != "" && !returning && symbol[target] !~ /[+]|^0[xX]/ ? "caller" : "end"
	after = kind == "kprobe" ? "flags" : last
	task = value("comm", keys ? key[1] : after)
	task = substr(task, 2, length(task) - 2)
	values = returned = ""
	for (n = 1; n <= keys; n++) {
		v = shown(key[n], value(key[n], n < keys ? key[n + 1] : after))
		if (key[n] == typed)
			returned = v
		text[key[n]] = key[n] != typed || named ? " " name[key[n]] "=" v : ""
		values = values text[key[n]]
	}
	if (kind == "kprobe")
		flags = value("flags", last)
	caller = last == "caller" ? value("caller", "end") : ""
	end = substr(value("end", ""), 3)

	# Not before the line that says that it begins.
	if (!(target in address) || (pid != "" && pid != tgid) || (comm != "" && comm != task)) {
		filtered[target] += kind != "kretprobe" || returning
		return
	}
	if (kind == "kprobe") {
		held = "<" symbol[target] "> pre_handler: p->addr = 0x" addr ", ip = " end ", flags = " flags values
		return
	}
	if (kind == "jprobe") {
		held = "<" symbol[target] ">" values
		return
	}
	if (!returning) {
		d = ++depth[tid]
		entered[tid, d] = time
		for (n = 1; n <= keys; n++)
			text_of[tid, d, key[n]] = text[key[n]]
		target_of[tid, d] = target
		held = "entry"
		return
	}
	for (d = depth[tid]; d > 0 && target_of[tid, d] != target; d--)
		;
	if (d < 1) {
		# It was inside already when this began.
		filtered[target]++
		return
	}
	ns = (microseconds(time) - microseconds(entered[tid, d])) * 1000
	failed = error(end) > 0
	count(ns, failed)
	if ((errors && !failed) || (min_us != "" && ns < min_us * 1000))
		filtered[target]++
	else {
		values = ""
		for (i = 1; i <= nr; i++)
			values = values (at_return[i] ? text[i] : text_of[tid, d, i])
		put(symbol[target] " returned " (typed ? returned : number(end)) " and took " ns " ns to execute" values, stack_of[tid, d])
	}
	# With those inside whose return was not seen.
	for (; depth[tid] >= d; depth[tid]--) {
		delete entered[tid, depth[tid]]
		for (i = 1; i <= nr; i++)
			delete text_of[tid, depth[tid], i]
		delete target_of[tid, depth[tid]]
		delete stack_of[tid, depth[tid]]
	}
	if (!depth[tid])
		delete depth[tid]
}

function microseconds(time,   at) {
	at = index(time, ".")
	return substr(time, 1, at - 1) * 1000000 + substr(time, at + 1)
}

# header(LINE): is it COMM-TID (TGID) [CPU] FLAGS TIME: WHAT? Sets $head and $what then. COMM is 16 bytes wide, whatever is in it.
function header(line) {
	line = substr(line, 17)
	if (!match(line, /^-[0-9]+ +\([ 0-9-]+\) \[[0-9]+\] [^ ]* *[0-9]+\.[0-9]+: /))
		return 0
	head = substr(line, 2, RLENGTH - 3)
	what = substr(line, RLENGTH + 1)
	return 1
}

# Even a newline may be in COMM.
{
	begins = header($0) || (broken != "" && header(broken $0))
	broken = length(broken $0) < 16 ? broken $0 "\n" : ""
	for_us = begins && (index(what, "e" me "_") == 1 || index(what, "probe-" me ": "))
}

for_us {
	flush_held()
	in_stack = open = 0
	n = split(head, word, /[][ ()]+/)
	tid = word[1]
	# The process may be unknown: "(-------)".
	tgid = word[2] ~ /^-/ ? tid : word[2]
	cpu = word[3] + 0
	time = word[n]
}

for_us && index(what, "e" me "_") == 1 {
	at = index(what, ": ")
	target = substr(what, length(me) + 3, at - length(me) - 3)
	returning = sub(/r$/, "", target) > 0
	rest = substr(what, at)
	open = 1
}

# A string that has a newline in it goes on here.
open && !for_us { rest = rest "\n" $0 }

open {
	if (rest !~ ends)
		next
	open = 0
	at = index(rest, ")" mine "comm=")
	match(substr(rest, 1, at), /<[0-9a-f]+>\)$/)
	addr = substr(rest, RSTART + 1, RLENGTH - 3)
	rest = substr(rest, at + 1)
	event()
	if (!stacks)
		flush_held()
	next
}

for_us {
	split(substr(what, index(what, "probe-" me ": ") + length(me) + 8), word, " ")
	target = word[2]
	if (word[1] == "end")
		exit
	if (word[1] == "planted") {
		address[target] = word[3]
		if (kind == "kretprobe")
			print module "Planted return probe at " symbol[target] ": " word[3] " mode=" word[5]
		else
			print module "Planted " kind " at " word[3] " (" word[4] ") mode=" word[5]
	} else {
		self = word[3] - logged[target] - filtered[target] - limited[target] - word[5]
		print module kind " at " address[target] " unregistered hits=" word[3] " logged=" logged[target] + 0 " filtered=" \
			filtered[target] + 0 " limited=" limited[target] + 0 " dropped=" word[5] " self=" (self > 0 ? self : 0) " missed=" word[4]
		if (kind == "kretprobe" && word[4] > 0)
			print module "Missed probing " word[4] " instances of " symbol[target]
		histogram()
		if (!word[3])
			print module "'" symbol[target] "' was never hit: it may not have been called, be inlined where it is called, or " \
				"have left its work to another function on this kernel"
	}
	fflush()
	next
}

begins {
	in_stack = what == "<stack trace>"
	next
}

# Who was inside what is not known any more.
/^CPU:[0-9]+ \[LOST [0-9]+ EVENTS\]$/ { split("", depth) }

in_stack && sub(/^ => /, "") {
	sub(/ <[0-9a-f]+>$/, "")
	# What is above the function is the probe's own. Below it the caller comes, which not every kernel sees in the link register.
	if ($0 == symbol[target] || index($0, symbol[target] "+") == 1) {
		frames = module " " $0 "\n" (caller != "" ? module " " caller "\n" : "")
		known = caller
		next
	}
	if ($0 != known)
		frames = frames module " " $0 "\n"
	known = ""
}

END { flush_held() }
