# SPDX-License-Identifier: GPL-2.0-only
#  Summaries of the calls in a log: tables for a terminal (format top, with top rows) and the data
# of a page (format html), whose charts are in page.html. A call is a line of the pre handler, of
# the entry function or of the return handler.

# hit_for_report(): return what report_hit() needs of the hit that is_hit() has parsed.
function hit_for_report() {
	return type SUBSEP visible(symbol) SUBSEP visible(comm) SUBSEP result() SUBSEP ns SUBSEP \
		time SUBSEP probe "_example: " visible(text)
}

# result(): return how the call ended: the name of an errno, the number of an error without a name,
# or ok.
function result() {
	if (type != "return")
		return ""
	if (errno != "")
		return errno
	return value ~ /^-[0-9]+$/ && value + 0 >= -4095 ? value : "ok"
}

# report_hit(HELD): count the hit, whose stack is in frame[].
function report_hit(held,   part, caller, group, stack, i, n, name) {
	split(held, part, SUBSEP)
	if (part[1] == "post" || (errors && part[1] == "return" && part[4] == "ok"))
		return
	if (part[1] == "fault") {
		nr_faults++
		return
	}
	n = nr_frames[probe]
	for (i = n; i > 0; i--) {
		name = frame[probe, i]
		# This is not a frame, but the reason why there is none.
		if (name ~ /^(\.\.\. |\[)/)
			continue
		sub(/\+0x[0-9a-f]+(\/0x[0-9a-f]+)?/, "", name)
		name = visible(name)
		if (i > 1)
			caller = name
		stack = stack (stack == "" ? "" : SUBSEP) name
	}
	group = probe SUBSEP part[2] SUBSEP caller SUBSEP part[3] SUBSEP part[4]
	if (!(group in group_number)) {
		group_number[group] = nr_groups++
		group_of[nr_groups] = group
	}
	i = group_number[group] + 1
	calls[i]++
	if (part[1] == "return") {
		has_time = 1
		total[i] += part[5]
		if (part[5] + 0 > largest[i] + 0)
			largest[i] = part[5]
	}
	if (format == "html")
		page_hit(part, group_number[group], stack)
	nr_calls++
}

# us(NS): return NS in microseconds.
function us(ns) { return sprintf("%.3f", ns / 1000) }

# print_top(): print the calls by function, caller, program and result. The rows that took most
# time, or without times have most calls, come first. The counters of functions and the tables of
# by= follow.
function print_top(   order, i, j, gap, n, this, rows, part, cell, width, c, text, is_printed) {
	for (i = 1; i <= nr_groups; i++)
		order[i] = i
	# shell sort
	for (gap = int(nr_groups / 2); gap > 0; gap = int(gap / 2))
		for (i = gap + 1; i <= nr_groups; i++) {
			this = order[i]
			for (j = i; j > gap && is_worse(this, order[j - gap]); j -= gap)
				order[j] = order[j - gap]
			order[j] = this
		}
	n = split("function,from where,program," (has_time ? \
		"result,calls,mean us,largest us,total us" : "calls"), text, ",")
	rows = nr_groups < top ? nr_groups : top
	for (i = 0; i <= rows; i++) {
		this = order[i]
		split(i ? group_of[this] : "", part, SUBSEP)
		cell[i, 1] = part[2]
		cell[i, 2] = part[3] == "" ? "-" : part[3]
		cell[i, 3] = part[4]
		cell[i, n == 4 ? 4 : 5] = calls[this]
		if (n > 4) {
			cell[i, 4] = part[5] == "" ? "-" : part[5]
			cell[i, 6] = part[5] == "" ? "-" : us(total[this] / calls[this])
			cell[i, 7] = part[5] == "" ? "-" : us(largest[this])
			cell[i, 8] = part[5] == "" ? "-" : us(total[this])
		}
		for (c = 1; c <= n; c++) {
			if (!i)
				cell[i, c] = text[c]
			if (length(cell[i, c]) > width[c])
				width[c] = length(cell[i, c])
		}
	}
	for (i = 0; i <= rows && nr_groups; i++) {
		this = ""
		# Numbers are aligned to the right.
		for (c = 1; c <= n; c++)
			this = this sprintf((c > 1 ? "  %" : "%") (text[c] ~ /^calls$| us$/ ? \
				"" : "-") width[c] "s", cell[i, c])
		sub(/ +$/, "", this)
		print this
	}
	if (nr_groups > rows)
		print "(" nr_groups - rows " more rows: --top " nr_groups ")"
	is_printed = print_functions(nr_groups)
	print_tables(nr_groups || is_printed)
	if (nr_lines && !nr_calls && !nr_tables)
		print "probe: there are lines of the modules, but none is that of a hit" \
			>"/dev/stderr"
}

function is_worse(a, b) {
	if (total[a] != total[b])
		return total[a] + 0 > total[b] + 0
	return calls[a] != calls[b] ? calls[a] > calls[b] : a < b
}

# ----------------------------------------------------------------------------------- the functions

# count_function(): take the counters from $text, the last line or a report of a function. A later
# line of the same run replaces an earlier one. The hits are those that the module did not cause.
function count_function(   n, word, id, i, at, name) {
	n = split(text, word, " ")
	name = word[4]
	if (name ~ /^(unregistered|mode=)/)
		return
	id = function_id(name)
	for (i = 5; i <= n; i++) {
		at = index(word[i], "=")
		name = substr(word[i], 1, at - 1)
		if (name ~ /^(hits|self|failed|mean|max)$/ && substr(word[i], at + 1) ~ /^[0-9]+$/)
			counter[id, name] = substr(word[i], at + 1) + 0
	}
	counter[id, "hits"] -= counter[id, "self"]
}

# count_calls(NAME, FAILED, MEAN, MAX): take what the header of a histogram has.
function count_calls(name, failed, mean, max,   id) {
	id = function_id(name)
	counter[id, "failed"] = failed
	counter[id, "mean"] = mean
	counter[id, "max"] = max
}

# function_id(NAME): return the index of the function in counter[] in this run of $probe.
function function_id(name,   id) {
	id = probe SUBSEP run[probe] + 0 SUBSEP name
	if (!(id in function_number)) {
		function_number[id] = ++nr_functions
		function_name[nr_functions] = name
		if (++functions_of[probe, run[probe] + 0] > 1)
			has_functions = 1
	}
	return function_number[id]
}

# sort_functions(): set order[] to the functions with hits, and return their number: with --errors
# those with most failed calls first, otherwise those with most hits.
function sort_functions(   i, j, gap, n, this) {
	for (i = 1; i <= nr_functions; i++)
		if (counter[i, "hits"] > 0)
			order[++n] = i
	for (gap = int(n / 2); gap > 0; gap = int(gap / 2))
		for (i = gap + 1; i <= n; i++) {
			this = order[i]
			for (j = i; j > gap && is_above(this, order[j - gap]); j -= gap)
				order[j] = order[j - gap]
			order[j] = this
		}
	return n + 0
}

function is_above(a, b) {
	if (errors && counter[a, "failed"] + 0 != counter[b, "failed"] + 0)
		return counter[a, "failed"] + 0 > counter[b, "failed"] + 0
	return counter[a, "hits"] != counter[b, "hits"] ? \
		counter[a, "hits"] + 0 > counter[b, "hits"] + 0 : a < b
}

# print_functions(SEPARATE): print a table of the functions, if a module has probed several at once.
# SEPARATE: something is printed in front of it. Returns whether there is a table.
function print_functions(separate,   i, n, rows, timed, c) {
	if (!has_functions || !(n = sort_functions()))
		return 0
	rows = n < top ? n : top
	for (i = 1; i <= rows; i++)
		if ((order[i], "max") in counter)
			timed = 1
	split("function,hits,failed,mean us,max us", word, ",")
	for (c = 1; c <= 5; c++)
		cell[0, c] = word[c]
	for (i = 1; i <= rows; i++) {
		cell[i, 1] = visible(function_name[order[i]])
		cell[i, 2] = counter[order[i], "hits"]
		c = (order[i], "max") in counter
		cell[i, 3] = c ? counter[order[i], "failed"] : "-"
		cell[i, 4] = c ? us(counter[order[i], "mean"]) : "-"
		cell[i, 5] = c ? us(counter[order[i], "max"]) : "-"
	}
	if (separate)
		print ""
	print_cells(rows, timed ? 5 : 2, 2)
	if (n > rows)
		print "(" n - rows " more functions: --top " n ")"
	fflush()
	return 1
}

# ---------------------------------------------------------------------------------------- the page

# in_page(TEXT): return TEXT as a JSON string without "<", which could end the element of the page
# that contains it.
function in_page(text,   n, part, i) {
	text = as_string(text)
	if (!index(text, "<"))
		return text
	n = split(text, part, "<")
	text = part[1]
	for (i = 2; i <= n; i++)
		text = text "\\u003c" part[i]
	return text
}

# copy_page(UNTIL): print the next lines of page.html, up to the line UNTIL.
function copy_page(until,   text, at) {
	while ((getline text <page) > 0 && text != until) {
		while ((at = index(text, "@NONCE@")))
			text = substr(text, 1, at - 1) nonce substr(text, at + 7)
		print text
	}
}

function begin_page() {
	copy_page("@DATA@")
	printf "<script type=\"application/json\" id=\"hits\">["
}

# page_hit(PART, GROUP, STACK): print [time, duration, group, stack, line], and keep each stack
# once.
function page_hit(part, group, stack,   nr) {
	nr = -1
	if (stack != "") {
		if (!(stack in stack_number)) {
			stack_number[stack] = nr_stacks++
			stack_of[nr_stacks] = stack
		}
		nr = stack_number[stack]
	}
	# The clocks of CPUs differ and lines come in batches, so a small step back is not a new
	# boot.
	if (nr_calls && (new_boot || part[6] + 10 < newest)) {
		boots = boots "," nr_calls
		newest = 0
	}
	new_boot = 0
	if (part[6] + 0 > newest)
		newest = part[6] + 0
	printf("%s\n[%s,%s,%d,%d%s]", nr_calls ? "," : "", part[6], \
		part[1] == "return" ? part[5] : "null", group, nr, \
		nr_calls < most_lines ? "," in_page(part[7]) : "")
}

function page_message(text) {
	if (nr_messages++ < 1000)
		messages = messages (messages == "" ? "" : ",\n") in_page(probe "_example: " text)
}

# page_tables(): print the counters of functions, and the tables of by= as [title, columns, rows]. A
# row is [cells, part of the most hits in a row].
function page_tables(   i, n, id, rows, c, most) {
	printf "\"functions\":["
	n = has_functions ? sort_functions() : 0
	for (i = 1; i <= n; i++) {
		c = (order[i], "max") in counter
		printf("%s\n[%s,%s,%s,%s,%s]", i > 1 ? "," : "", \
			in_page(visible(function_name[order[i]])), \
			number(counter[order[i], "hits"]), \
			c ? number(counter[order[i], "failed"]) : "null", \
			c ? number(counter[order[i], "mean"]) : "null", \
			c ? number(counter[order[i], "max"]) : "null")
	}
	printf "],\n\"sums\":["
	top = 1e9
	for (id = 1; id <= nr_tables; id++) {
		rows = sort_rows(id)
		head_cells(id)
		n = most = 0
		for (i = 1; i <= rows; i++) {
			n = fill_cells(id, order[i], i)
			if (row_kind[id, order[i]] == "" && row_hits[id, order[i]] + 0 > most)
				most = row_hits[id, order[i]] + 0
		}
		printf("%s\n[%s,[", id > 1 ? "," : "", in_page(visible(table_title[id]) ": " \
			sprintf("%.0f", table_hits[id]) " hits"))
		for (c = 1; c <= n; c++)
			printf("%s%s", c > 1 ? "," : "", in_page(cell[0, c]))
		printf "],["
		for (i = 1; i <= rows; i++) {
			printf("%s\n[[", i > 1 ? "," : "")
			for (c = 1; c <= n; c++)
				printf("%s%s", c > 1 ? "," : "", in_page(cell[i, c]))
			printf("],%.4f]", most && row_kind[id, order[i]] == "" ? \
				row_hits[id, order[i]] / most : 0)
		}
		printf "]]"
	}
	printf "],\n"
}

function end_page(   i, n, part, c) {
	print "\n]</script>"
	printf "<script type=\"application/json\" id=\"tables\">{\"groups\":["
	for (i = 1; i <= nr_groups; i++) {
		split(group_of[i], part, SUBSEP)
		printf("%s\n[%s,%s,%s,%s,%s]", i > 1 ? "," : "", in_page(part[2]), \
			in_page(part[1]), in_page(part[3]), in_page(part[4]), in_page(part[5]))
	}
	printf "],\n\"stacks\":["
	for (i = 1; i <= nr_stacks; i++) {
		n = split(stack_of[i], part, SUBSEP)
		printf("%s\n[", i > 1 ? "," : "")
		for (c = 1; c <= n; c++)
			printf("%s%s", c > 1 ? "," : "", in_page(part[c]))
		printf "]"
	}
	printf "],\n"
	page_tables()
	printf "\"boots\":[0%s],\"faults\":%d,\"lost\":%d,\"left_out\":%d,\n", boots, \
		nr_faults, nr_lost, nr_left_out
	printf "\"messages\":[%s]}", messages
	print "</script>"
	copy_page("@END@")
	if (any || nr_lines)
		print "probe: " nr_calls + 0 " calls are in the page" >"/dev/stderr"
}
