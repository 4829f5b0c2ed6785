# SPDX-License-Identifier: GPL-2.0-only
#
# For scripts/probe --by --via tracefs, with values.awk. With -v define=1 it prints on which event
# the hist trigger is, "entry" or "return", and the trigger. Otherwise it converts the files hist of
# the events, each after a line "probe-ME: FUNCTION", to the lines of a table as a module would print
# them.
#
# The value "end" is in each row. Its name is secret (see tracefs.awk), so that the text of a key
# cannot imitate the end of a row, the beginning of another one or a line of the script.

function refuse(why) {
	print "probe: " why >"/dev/stderr"
	failed = 1
	exit 2
}

# needs(WHEN): the key is known when the function is entered, or when it returns.
function needs(when) {
	if (event != "" && event != when)
		refuse("via tracefs a table is by what is known when a function is entered, or by what is" \
			" known when it returns, not by both")
	event = when
}

# field_of(WHAT): return the field of the event for a key or a sum, and set its type in is: that of an
# ARG, or text, stack, func, caller, retval or number.
function field_of(what,   i) {
	for (i = 1; i <= nr; i++)
		if (name[i] == what) {
			needs(at_return[i] ? "return" : "entry")
			is = type[i]
			return "__" me "_" i
		}
	if (what == "retval" && kind == "kretprobe") {
		needs("return")
		is = retval ? type[retval] : "retval"
		return "__" me "_" (retval ? retval : "number")
	}
	if (what == "stack" || what == "caller") {
		needs("entry")
		is = what
		return what == "stack" ? "stacktrace" : "__" me "_from"
	}
	is = what == "comm" ? "string" : what == "func" ? what : "number"
	if (what == "comm")
		return "__" me "_comm"
	if (what == "tid" || what == "cpu")
		return what == "tid" ? "common_pid" : "common_cpu"
	if (what == "func")
		return "common_type"
	refuse("there is no '" what "' via tracefs" \
		(what ~ /^(pid|uid|took)$/ ? "; the module has it" : ""))
}

# parse_keys(): set key[], modifier[] and key_type[].
function parse_keys(   i) {
	nr_keys = split(by, key, ",")
	if (nr_keys > 3)
		refuse("--by needs at most three keys")
	for (i = 1; i <= nr_keys; i++) {
		sub(/^\$/, "", key[i])
		modifier[i] = ""
		if (match(key[i], /\.(log2|buckets=[0-9]+)$/)) {
			modifier[i] = substr(key[i], RSTART)
			key[i] = substr(key[i], 1, RSTART - 1)
		}
		key_field[i] = field_of(key[i])
		key_type[i] = is
		if (modifier[i] != "" && is ~ /string|stack|func|symbol|caller/)
			refuse("'" key[i] modifier[i] "': ranges are of numbers")
	}
	sub(/^\$/, "", sum)
	sum_type = ""
	if (sum != "") {
		sum_field = field_of(sum)
		sum_type = is
		if (is ~ /string|stack|func|symbol|caller/)
			refuse("--sum: '" sum "' is not a number")
	}
}

# print_trigger(): print the event and its trigger.
function print_trigger(   i, all, field) {
	for (i = 1; i <= nr_keys; i++) {
		field = key_field[i]
		if (modifier[i] != "")
			field = field modifier[i]
		else if (key_type[i] ~ /^x/)
			field = field ".hex"
		else if (key_type[i] ~ /symbol|caller/)
			field = field ".sym-offset"
		all = all (i > 1 ? "," : "") field
	}
	print (event != "" ? event : kind == "kretprobe" ? "return" : "entry")
	print "hist:keys=" all ":vals=hitcount" (sum == "" ? "" : "," sum_field) ",__" me "_end"
}

# as_signed(V): return the decimal V of 64 bits as a signed number.
function as_signed(v) {
	if (length(v) < 19 || (length(v) == 19 && v "" <= "9223372036854775807"))
		return v
	return sprintf("%.0f", (substr(v, 1, length(v) - 10) - 1844674407) * 10000000000 + \
		(substr(v, length(v) - 9) - 3709551616))
}

# shown(I, V): return the value V of key I in the format of the modules.
function shown(i, v,   part) {
	if (modifier[i] == ".log2") {
		# 2^N is (2^(N-1), 2^N] here.
		sub(/^~ 2\^/, "", v)
		return v + 0 < 1 ? "[" v + 0 ", " v + 2 ")" : "[" power(v - 1) + 1 ", " power(v) + 1 ")"
	}
	if (modifier[i] != "") {
		sub(/^~ /, "", v)
		split(v, part, "-")
		return "[" part[1] ", " sprintf("%.0f", part[2] + 1) ")"
	}
	if (key_type[i] ~ /string/) {
		# The kernel fills the column with blanks.
		sub(/ +$/, "", v)
		if (v == "(fault)")
			return v
		return key[i] == "comm" && v ~ /^[!-~]+$/ && v !~ /["\\=|]/ ? v : "\"" escaped(v) "\""
	}
	gsub(/^ +| +$/, "", v)
	if (key_type[i] ~ /symbol|caller/) {
		sub(/^\[[0-9a-f]+\] /, "", v)
		sub(/ +$/, "", v)
		return v
	}
	if (key_type[i] ~ /^x/)
		return "0x" v
	if (key_type[i] == "bool")
		return v + 0 ? "true" : "false"
	if (key_type[i] ~ /^s/)
		return as_signed(v)
	if (key_type[i] ~ /errno|retval/) {
		v = as_signed(v)
		if (v + 0 >= 4294963201 && v + 0 <= 4294967295)
			v = sprintf("%.0f", v - 4294967296)
		if (v ~ /^-/ && (-v) in errno)
			return v errno[-v]
	}
	return v
}

function power(n,   p) {
	p = 1
	while (n-- > 0)
		p *= 2
	return p
}

# take_row(): add the row in $row to the table.
function take_row(   n, i, value, at, rest, text, frames, line, count, total, k) {
	at = " *__" me "_end: +[0-9]+$"
	if (!match(row, at))
		return
	row = substr(row, 1, RSTART - 1)
	total = ""
	if (sum != "" && match(row, " *" sum_field ": +[0-9]+$")) {
		total = substr(row, RSTART, RLENGTH)
		sub(/^.* /, "", total)
		row = substr(row, 1, RSTART - 1)
	}
	if (!match(row, /[}] hitcount: +[0-9]+$/))
		return
	count = substr(row, RSTART)
	sub(/^.* /, "", count)
	rest = substr(row, 3, RSTART - 3)
	text = frames = ""
	# The names of all keys but the first one follow a comma.
	for (i = 1; i <= nr_keys; i++) {
		n = i < nr_keys ? index(rest, ", " shown_field(i + 1) ":") : 0
		value = n ? substr(rest, 1, n - 1) : rest
		rest = n ? substr(rest, n + 2) : ""
		value = substr(value, length(shown_field(i)) + 2)
		if (key_type[i] == "stack") {
			frames = stack_of(value)
			text = text " stack"
		} else {
			sub(/^ /, "", value)
			text = text " " key[i] "=" (key_type[i] == "func" ? of : shown(i, value))
		}
	}
	k = text SUBSEP frames
	if (!(k in hits)) {
		row_text[++nr_rows] = k
		hits[k] = 0
	}
	hits[k] += count
	sums[k] += as_signed(total)
	all_hits += count
}

# shown_field(I): return the name of key I in a row.
function shown_field(i) {
	return key_type[i] == "stack" ? stack_field : key[i] == "cpu" ? cpu_field : key_field[i]
}

# stack_of(TEXT): return the frames, each after a newline, from the probed function on.
function stack_of(text,   n, i, line, all, kept) {
	n = split(text, line, "\n")
	for (i = 1; i <= n; i++) {
		gsub(/^ +| +$/, "", line[i])
		if (line[i] == "" || line[i] == ":")
			continue
		if (line[i] == of || index(line[i], of "+") == 1)
			all = kept = ""
		if (kept++ == depth)
			all = all "\n... (" depth " entries are kept)"
		if (kept <= depth)
			all = all "\n" line[i]
	}
	return all
}

function bar(n, most,   text) {
	text = sprintf("%" int(20 * n / most) "s", "")
	if (int(20 * n / most) < 1)
		text = ""
	gsub(/ /, "@", text)
	return sprintf("|%-20s|", text)
}

function is_above(a, b) {
	return hits[a] != hits[b] ? hits[a] > hits[b] : a "" < b ""
}

# is_before(A, B): return whether row A is before row B in the order of their ranges.
function is_before(a, b,   i, x, y) {
	for (i = 1; i <= nr_keys; i++) {
		x = a
		y = b
		if (!match(x, " " key_pattern(i) "=\\[?-?[0-9]+") || modifier[i] == "")
			continue
		x = substr(x, RSTART, RLENGTH)
		match(y, " " key_pattern(i) "=\\[?-?[0-9]+")
		y = substr(y, RSTART, RLENGTH)
		sub(/^.*[=[]/, "", x)
		sub(/^.*[=[]/, "", y)
		if (x + 0 != y + 0)
			return x + 0 < y + 0
	}
	return is_above(a, b)
}

function key_pattern(i,   text) {
	text = key[i]
	gsub(/[^A-Za-z0-9_]/, ".", text)
	return text
}

function put_row(text, k, most,   n, part, i) {
	n = split(text, part, "\n")
	printf "%s  %s hits=%.0f share=%d%%", module, part[1], hits[k], int(100 * hits[k] / all_hits)
	if (sum != "")
		printf " sum=%.0f mean=%.0f", sums[k], int(sums[k] / hits[k])
	print most ? " " bar(hits[k], most) : ""
	for (i = 2; i <= n; i++)
		print module " " part[i]
}

function print_table(   i, j, gap, k, ranges, rows, part, names, n, most) {
	names = symbols
	if (length(names) > 300) {
		n = split(symbols, part, ",")
		names = part[1]
		for (i = 2; length(names part[i]) < 300; i++)
			names = names "," part[i]
		names = names " and " n - i + 1 " more"
	}
	sub(/\$/, "", by)
	gsub(/,\$/, ",", by)
	all_hits += full
	printf "%s%s by %s: %d keys, %.0f hits\n", module, names, by, nr_rows, all_hits
	for (gap = int(nr_rows / 2); gap > 0; gap = int(gap / 2))
		for (i = gap + 1; i <= nr_rows; i++) {
			k = row_text[i]
			for (j = i; j > gap && is_above(k, row_text[j - gap]); j -= gap)
				row_text[j] = row_text[j - gap]
			row_text[j] = k
		}
	rows = nr_rows < top ? nr_rows : top + 0
	for (i = rows + 1; i <= nr_rows; i++) {
		hits["other"] += hits[row_text[i]]
		sums["other"] += sums[row_text[i]]
	}
	most = hits[row_text[1]]
	for (i = 1; i <= nr_keys; i++)
		if (modifier[i] != "")
			ranges = 1
	for (gap = int(rows / 2); ranges && gap > 0; gap = int(gap / 2))
		for (i = gap + 1; i <= rows; i++) {
			k = row_text[i]
			for (j = i; j > gap && is_before(k, row_text[j - gap]); j -= gap)
				row_text[j] = row_text[j - gap]
			row_text[j] = k
		}
	for (i = 1; i <= rows; i++) {
		k = row_text[i]
		gap = index(k, SUBSEP)
		put_row(substr(k, 2, gap - 2) substr(k, gap + 1), k, most)
	}
	if (nr_rows > rows)
		put_row(nr_rows - rows " other keys", "other", 0)
	if (full) {
		hits["full"] = full
		printf "%s  table full hits=%.0f share=%d%%\n", module, full, \
			int(100 * full / all_hits)
	}
}

BEGIN {
	me = ENVIRON["me"]
	module = kind "_example: "
	parse_args()
	parse_keys()
	if (define) {
		print_trigger()
		exit
	}
	read_errnos()
	if (depth == "")
		depth = 16
	depth += 0
}

index($0, "probe-" me ": ") == 1 {
	of = substr($0, length(me) + 9)
	next
}

# A row ends with the value "end". The text of a key may have newlines.
in_row || /^[{] / {
	if (!in_row) {
		row = ""
		stack_field = /^[{] stacktrace:|, stacktrace:/ ? "stacktrace" : "common_stacktrace"
		cpu_field = /^[{] cpu:|, cpu:/ ? "cpu" : "common_cpu"
	}
	row = row (in_row ? "\n" : "") $0
	in_row = $0 !~ (" __" me "_end: +[0-9]+$")
	if (!in_row)
		take_row()
	next
}

/^ +Dropped: [0-9]+$/ { full += $2 }

END { if (!define && !failed) print_table() }
