# SPDX-License-Identifier: GPL-2.0-only
#  The tables of by= and the counters of functions: parses their lines for format.awk, and prints
# them for --top and --folded. A table is a header, its rows, and for a row with a stack its frames.
# Lines of hits of the same module may be between them.
#
# A later table of the same run replaces an earlier one, as it contains its hits, but the tables of
# every= are added up: each of them has the hits since the one before.

BEGIN { re_bound = "-?[0-9]+[KMGTPE]?" }

# is_header(): parse $text as the header of a table. Sets title, functions and by.
function is_header(   head) {
	if (!match(text, /^[^ "]+( and [0-9]+ more)? by [^ "]+: [0-9]+ keys, [0-9]+ hits/))
		return 0
	head = substr(text, 1, RLENGTH)
	rest = substr(text, RLENGTH + 1)
	if (rest !~ /^( in [0-9]+\.[0-9]+ s)?( since clear)?(; min and max since load)?$/)
		return 0
	functions = substr(head, 1, index(head, " by ") - 1)
	by = substr(head, length(functions) + 5)
	sub(/: .*/, "", by)
	title = functions " by " by
	sub(/^.*: /, "", head)
	split(head, word, " ")
	nr_keys = word[1]
	hits = word[3]
	seconds = match(rest, /[0-9]+\.[0-9]+/) ? number(substr(rest, RSTART, RLENGTH)) : ""
	since_clear = rest ~ / since clear/
	return 1
}

# new_table(): handle the header that is_header() has parsed.
function new_table(   id, of_interval) {
	table_symbol[probe] = functions
	if (format == "json")
		emit(start("table", probe) ",\"symbol\":" quote(functions) ",\"by\":" quote(by) \
			",\"keys\":" typed(nr_keys) ",\"hits\":" typed(hits) \
			(seconds != "" ? ",\"seconds\":" seconds : "") \
			(since_clear ? ",\"since_clear\":true" : "") "}")
	of_interval = seconds != "" && !since_clear
	id = probe SUBSEP run[probe] + 0 SUBSEP title
	if (!(id in table_number)) {
		table_number[id] = ++nr_tables
		table_probe[nr_tables] = probe
		table_run[nr_tables] = run[probe] + 0
		table_title[nr_tables] = title
		table_functions[nr_tables] = functions
		table_by[nr_tables] = by
	}
	id = table_number[id]
	open_table[probe] = id
	if (of_interval && whole[id]) {
		open_table[probe] = 0
		return
	}
	if (!of_interval) {
		whole[id] = 1
		generation[id]++
		nr_rows[id] = table_hits[id] = 0
	} else if (nr_rows[id]) {
		added_up[id] = 1
	}
	table_hits[id] += hits
}

# key_value(): take the value of a key from the beginning of $rest.
function key_value(   v) {
	# [0], [2, 4), [512, 1K), (..., 0)
	if (match(rest, "^(\\[" re_bound "(, " re_bound ")?|\\(\\.\\.\\., " re_bound ")[])]")) {
		v = substr(rest, 1, RLENGTH)
		rest = substr(rest, RLENGTH + 1)
		return v
	}
	return one_value()
}

# is_row(): parse $text as a row: names and values of nr_key keys, or the kind of rest that it is.
function is_row(   at, v) {
	closed = 1
	nr_key = has_stack = 0
	rest_of_table = ""
	rest = substr(text, 2)
	if (match(rest, /^ ([0-9]+ other keys|table full) hits=/)) {
		rest_of_table = substr(rest, 2, RLENGTH - 7)
		rest = substr(rest, RLENGTH - 5)
	}
	while (!match(rest, /^ hits=[0-9]+ share=[0-9]+%/)) {
		nr_key++
		errno_of[nr_key] = ""
		if (rest ~ /^ stack( |$)/) {
			key_name[nr_key] = "stack"
			key[nr_key] = ""
			has_stack = 1
			rest = substr(rest, 7)
			continue
		}
		at = index(rest, "=")
		if (rest_of_table != "" || at < 3 || substr(rest, 1, at) !~ /^ [^ "]+=$/)
			return 0
		key_name[nr_key] = substr(rest, 2, at - 2)
		rest = substr(rest, at + 1)
		v = rest
		key[nr_key] = key_value()
		if (!closed)
			return 0
		if (match(rest, /^ -E[A-Z0-9_]+/)) {
			errno_of[nr_key] = substr(rest, 3, RLENGTH - 2)
			rest = substr(rest, RLENGTH + 1)
		}
		# With the mark of a string that was cut, and with the errno.
		key_shown[nr_key] = substr(v, 1, length(v) - length(rest))
	}
	if (rest_of_table == "" && !nr_key)
		return 0
	key_text = substr(text, 3, length(text) - length(rest) - 2)
	split(substr(rest, 1, RLENGTH), word, /[ =%]+/)
	hits = word[3]
	share = word[5]
	rest = substr(rest, RLENGTH + 1)
	sum = least = mean = most = unread = ""
	if (match(rest, /^ sum=-?[0-9]+ min=-?[0-9]+ mean=-?[0-9]+ max=-?[0-9]+/)) {
		split(substr(rest, 1, RLENGTH), word, /[ =]+/)
		sum = word[3]
		least = word[5]
		mean = word[7]
		most = word[9]
		rest = substr(rest, RLENGTH + 1)
	} else if (match(rest, /^ sum=-?[0-9]+ mean=-?[0-9]+/)) {
		# of --via tracefs
		split(substr(rest, 1, RLENGTH), word, /[ =]+/)
		sum = word[3]
		mean = word[5]
		rest = substr(rest, RLENGTH + 1)
	}
	if (match(rest, /^ unread=[0-9]+/)) {
		unread = substr(rest, 9, RLENGTH - 8)
		rest = substr(rest, RLENGTH + 1)
	}
	return rest ~ /^( \|[@ ]*\|)?$/
}

# new_row(): handle the row that is_row() has parsed. The frames of its stack may follow.
function new_row(   id, i, r, object) {
	id = open_table[probe]
	flush_row()
	if (format == "json") {
		object = start("row", probe) ",\"symbol\":" quote(table_symbol[probe])
		if (rest_of_table != "")
			object = object ",\"rest\":" quote(rest_of_table)
		object = object ",\"key\":{"
		r = ""
		for (i = 1; i <= nr_key; i++)
			if (!has_stack || key_name[i] != "stack" || key[i] != "") {
				object = object r quote(key_name[i]) ":" json_key(key[i])
				r = ","
			}
		object = object "}"
		r = ""
		for (i = 1; i <= nr_key; i++)
			if (errno_of[i] != "")
				r = r (r == "" ? "" : ",") quote(key_name[i]) ":\"" errno_of[i] "\""
		row_object[probe] = object (r != "" ? ",\"errnos\":{" r "}" : "") ",\"hits\":" \
			typed(hits) ",\"share\":" typed(share) (sum != "" ? ",\"sum\":" \
			typed(sum) : "") (least != "" ? ",\"min\":" typed(least) : "") \
			(sum != "" ? ",\"mean\":" typed(mean) : "") \
			(least != "" ? ",\"max\":" typed(most) : "") \
			(unread != "" ? ",\"unread\":" typed(unread) : "")
	}
	nr_row_frames[probe] = 0
	row_open[probe] = has_stack
	if (!id || format == "json") {
		if (!has_stack)
			flush_row()
		return
	}
	held_row[probe] = 1
	row_id[probe] = id
	row_text[probe] = rest_of_table != "" ? "" : key_text
	row_rest[probe] = rest_of_table
	row_numbers[probe] = hits " " (sum == "" ? "-" : sum) " " (least == "" ? "-" : least) " " \
		(most == "" ? "-" : most) " " unread + 0 " " (mean == "" ? "-" : mean)
	row_cells[probe] = ""
	for (i = 1; i <= nr_key; i++)
		row_cells[probe] = row_cells[probe] (i > 1 ? SUBSEP : "") \
			(key_name[i] == "stack" && key[i] == "" ? "\001" : key_shown[i])
	if (!has_stack)
		flush_row()
}

# json_key(V): return the value V of a key as JSON; a range as an object.
function json_key(v,   part, n, last) {
	if (v ~ /^(\[-?[0-9]|\(\.\.\., )/ && v ~ /[])]$/) {
		n = split(substr(v, 2, length(v) - 2), part, ", ")
		last = substr(v, length(v))
		return "{\"from\":" (part[1] == "..." ? "null" : exact(part[1])) \
			(n > 1 && last == "]" ? ",\"last\":" exact(part[2]) : ",\"to\":" \
			(n > 1 ? exact(part[2]) : part[1] + 1)) "}"
	}
	return typed(v)
}

# exact(V): return a bound such as 4K as JSON. Only bounds without a unit have many digits.
function exact(v) { return v ~ /[KMGTPE]$/ ? bound(v) : typed(v) }

# row_frame(): add $text to the stack of the open row.
function row_frame() {
	row_stack[probe, ++nr_row_frames[probe]] = text
}

# flush_row(): the open row of $probe is complete.
function flush_row(   i, n, id, r, path, name, part, was) {
	n = nr_row_frames[probe]
	row_open[probe] = 0
	if (probe in row_object) {
		path = ""
		for (i = 1; i <= n; i++)
			path = path (i > 1 ? "," : ",\"stack\":[") quote(row_stack[probe, i])
		emit(row_object[probe] path (n ? "]" : "") "}")
		delete row_object[probe]
	}
	if (!held_row[probe])
		return
	held_row[probe] = 0
	id = row_id[probe]
	for (i = 1; i <= n; i++) {
		name = row_stack[probe, i]
		if (name ~ /^(\.\.\. |\[)/)
			continue
		sub(/\+0x[0-9a-f]+(\/0x[0-9a-f]+)?/, "", name)
		path = path (path == "" ? "" : SUBSEP) visible(name)
	}
	# Two stacks may differ in the offsets only.
	name = id SUBSEP generation[id] + 0 SUBSEP row_text[probe] SUBSEP \
		(row_rest[probe] == "" ? path : substr(row_rest[probe], length(row_rest[probe])))
	if (!(name in row_number))
		row_number[name] = ++nr_rows[id]
	r = row_number[name]
	was = name in seen_row
	seen_row[name]
	split(row_numbers[probe], part, " ")
	row_hits[id, r] = (was ? row_hits[id, r] : 0) + part[1]
	row_has_sum[id, r] = part[2] != "-" || (was && row_has_sum[id, r])
	row_sum[id, r] = was ? row_sum[id, r] + part[2] : part[2]
	row_mean[id, r] = was ? "" : part[6]
	row_least[id, r] = part[3]
	row_most[id, r] = part[4]
	row_unread[id, r] = (was ? row_unread[id, r] : 0) + part[5]
	row_kind[id, r] = row_rest[probe]
	row_key[id, r] = row_cells[probe]
	row_path[id, r] = path
	if (row_has_sum[id, r])
		table_has_sum[id] = 1
	if (part[3] != "-")
		table_has_least[id] = 1
}

# --------------------------------------------------------------------------------- what is printed

# is_behind(ID, A, B): return whether row A is to be printed behind row B. The rows of a table are
# in order, unless tables of every= were added up: then most hits come first, or the smallest range.
function is_behind(id, a, b,   in_a, in_b, n, i, from_a, from_b) {
	if ((row_kind[id, a] != "") != (row_kind[id, b] != ""))
		return row_kind[id, a] != ""
	if (!added_up[id])
		return a > b
	if (table_by[id] !~ /\.(log2|buckets=)/)
		return row_hits[id, a] != row_hits[id, b] ? \
			row_hits[id, a] < row_hits[id, b] : a > b
	n = split(row_key[id, a], in_a, SUBSEP)
	split(row_key[id, b], in_b, SUBSEP)
	for (i = 1; i <= n; i++) {
		from_a = lower_bound(in_a[i])
		from_b = lower_bound(in_b[i])
		if (from_a != from_b)
			return from_a > from_b
	}
	return a > b
}

# lower_bound(V): return a number to sort the value V by, or V itself.
function lower_bound(v) {
	if (v ~ /^\(\.\.\., /)
		return -1
	if (v ~ /^\[-?[0-9]/)
		return bound_of(substr(v, 2)) + 0
	return v ~ /^-?[0-9]+$/ ? v + 0 : v
}

function bound_of(v) {
	match(v, /^-?[0-9]+[KMGTPE]?/)
	v = substr(v, 1, RLENGTH)
	return v ~ /^-/ ? v : bound(v)
}

# sort_rows(ID): set order[] to the rows to print, and return their number: those with the most
# hits, if there are more than top, and what a table has at its end.
function sort_rows(id,   i, j, gap, n, this, rows) {
	rows = nr_rows[id]
	for (i = 1; i <= rows; i++)
		order[i] = i
	if (rows > top) {
		for (gap = int(rows / 2); gap > 0; gap = int(gap / 2))
			for (i = gap + 1; i <= rows; i++) {
				this = order[i]
				for (j = i; j > gap && is_larger(id, this, order[j - gap]); j -= gap)
					order[j] = order[j - gap]
				order[j] = this
			}
		for (i = n = 0; ++i <= rows; )
			if (row_kind[id, order[i]] != "" || i <= top)
				order[++n] = order[i]
		rows = n
	}
	for (gap = int(rows / 2); gap > 0; gap = int(gap / 2))
		for (i = gap + 1; i <= rows; i++) {
			this = order[i]
			for (j = i; j > gap && is_behind(id, order[j - gap], this); j -= gap)
				order[j] = order[j - gap]
			order[j] = this
		}
	return rows
}

# is_larger(ID, A, B): return whether row A has more hits than row B. The rows at the end of a table
# are the smallest.
function is_larger(id, a, b) {
	if ((row_kind[id, a] != "") != (row_kind[id, b] != ""))
		return row_kind[id, b] != ""
	return row_hits[id, a] != row_hits[id, b] ? row_hits[id, a] > row_hits[id, b] : a < b
}

# fill_cells(ID, R, I): set cell[I, 1], ... to what row R shows, and return the number of columns.
function fill_cells(id, r, i,   n, part, c, at) {
	n = split(row_key[id, r], part, SUBSEP)
	for (c = 1; c <= n; c++) {
		if (part[c] == "\001") {
			at = row_path[id, r]
			gsub(SUBSEP, " < ", at)
			part[c] = at == "" ? "-" : at
		}
		cell[i, c] = visible(part[c])
	}
	n = split(table_by[id], part, ",")
	if (row_kind[id, r] != "") {
		cell[i, 1] = row_kind[id, r]
		for (c = 2; c <= n; c++)
			cell[i, c] = ""
	}
	cell[i, ++n] = sprintf("%.0f", row_hits[id, r])
	cell[i, ++n] = int(100 * row_hits[id, r] / (table_hits[id] ? table_hits[id] : 1)) "%"
	if (table_has_sum[id]) {
		at = row_hits[id, r] - row_unread[id, r]
		cell[i, ++n] = row_mean[id, r] != "" ? row_sum[id, r] : \
			sprintf("%.0f", row_sum[id, r])
		if (table_has_least[id])
			cell[i, ++n] = row_least[id, r]
		# The mean is empty if rows were added up.
		cell[i, ++n] = row_mean[id, r] != "" ? row_mean[id, r] : \
			!row_has_sum[id, r] || at < 1 ? "-" : \
			sprintf("%.0f", int(row_sum[id, r] / at))
		if (table_has_least[id])
			cell[i, ++n] = row_most[id, r]
	}
	return n
}

# head_cells(ID): set cell[0, 1], ... to the names of the columns.
function head_cells(id,   n, c, part) {
	n = split(table_by[id], part, ",")
	for (c = 1; c <= n; c++)
		cell[0, c] = visible(part[c])
	cell[0, ++n] = "hits"
	cell[0, ++n] = "share"
	if (!table_has_sum[id])
		return
	cell[0, ++n] = "sum"
	if (table_has_least[id])
		cell[0, ++n] = "min"
	cell[0, ++n] = "mean"
	if (table_has_least[id])
		cell[0, ++n] = "max"
}

# print_cells(ROWS, COLUMNS, FIRST): print cell[][], with columns from FIRST on to the right.
function print_cells(rows, columns, first,   i, c, width, line) {
	for (c = 1; c <= columns; c++) {
		width[c] = 0
		for (i = 0; i <= rows; i++)
			if (length(cell[i, c]) > width[c])
				width[c] = length(cell[i, c])
	}
	for (i = 0; i <= rows; i++) {
		line = ""
		for (c = 1; c <= columns; c++)
			line = line sprintf((c > 1 ? "  %" : "%") (c < first ? "-" : "") \
				width[c] "s", cell[i, c])
		sub(/ +$/, "", line)
		print line
	}
}

# print_tables(SEPARATE): print the tables; SEPARATE: something is printed in front of them.
function print_tables(separate,   id, i, n, rows, part) {
	for (id = 1; id <= nr_tables; id++) {
		if (separate)
			print ""
		separate = 1
		print visible(table_title[id]) ": " sprintf("%.0f", table_hits[id]) " hits"
		rows = sort_rows(id)
		head_cells(id)
		for (i = 1; i <= rows; i++)
			n = fill_cells(id, order[i], i)
		if (rows)
			print_cells(rows, n, split(table_by[id], part, ",") + 1)
		if (nr_rows[id] > rows)
			print "(" nr_rows[id] - rows " more rows: --top " nr_rows[id] ")"
	}
}

# count_tables(): add the rows with stacks to seen[], which replace the hits of that run.
function count_tables(   id, r, i, n, m, part, name, path, by_stack) {
	for (id = 1; id <= nr_tables; id++) {
		n = split(table_by[id], name, ",")
		by_stack = 0
		for (i = 1; i <= n; i++)
			if (name[i] == "stack")
				by_stack = i
		if (!by_stack)
			continue
		has_stacks = 1
		in_table[table_probe[id], table_run[id]] = 1
		for (r = 1; r <= nr_rows[id]; r++) {
			if (row_kind[id, r] != "") {
				nr_uncounted += row_hits[id, r]
				continue
			}
			n = split(row_key[id, r], part, SUBSEP)
			path = ""
			for (i = 1; i <= n; i++)
				if (i != by_stack)
					path = path (path == "" ? "" : ";") \
						word_of((name[i] == "comm" ? "" : name[i] "=") \
							plain_key(part[i]))
			m = split(row_path[id, r], part, SUBSEP)
			for (i = m; i > 0; i--)
				path = path (path == "" ? "" : ";") word_of(part[i])
			if (path == "")
				path = "_"
			count_path(path, weight == "sum" ? row_sum[id, r] : row_hits[id, r])
		}
	}
}

# plain_key(V): return the value of a key without the quotes of a string.
function plain_key(v) { return v ~ /^".*"$/ ? plain(substr(v, 2, length(v) - 2)) : v }

function count_path(path, n) {
	if (n > 0)
		folded[path] += n
}
