# SPDX-License-Identifier: GPL-2.0-only
#
# What calls come to: a table of them for a terminal (format top, with top rows), and the data of a
# page (format html), whose charts are in page.html. A call is a line of the pre handler, of the
# entry function or of the return handler.

# hit_for_report(): what report_hit() needs of the hit that is_hit() has taken to pieces.
function hit_for_report() {
	return type SUBSEP visible(symbol) SUBSEP visible(comm) SUBSEP result() SUBSEP ns SUBSEP \
		time SUBSEP probe "_example: " visible(text)
}

# result(): of a return: an errno's name, an error without one as its number, or ok.
function result() {
	if (type != "return")
		return ""
	if (errno != "")
		return errno
	return value ~ /^-[0-9]+$/ && value + 0 >= -4095 ? value : "ok"
}

# report_hit(HELD): with the stack of $probe in frame[].
function report_hit(held,   part, caller, group, stack, i, n, name) {
	split(held, part, SUBSEP)
	if (part[1] == "post")
		return
	if (part[1] == "fault") {
		nr_faults++
		return
	}
	n = nr_frames[probe]
	for (i = n; i > 0; i--) {
		name = frame[probe, i]
		# no frame, but why there is none
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

# us(NS): in microseconds
function us(ns) { return sprintf("%.3f", ns / 1000) }

# print_top(): the rows that have taken most time, or without times have most calls, come first.
function print_top(   order, i, j, gap, n, this, rows, part, cell, width, c, text) {
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
		# Numbers are on the right.
		for (c = 1; c <= n; c++)
			this = this sprintf((c > 1 ? "  %" : "%") (text[c] ~ /^calls$| us$/ ? \
				"" : "-") width[c] "s", cell[i, c])
		sub(/ +$/, "", this)
		print this
	}
	if (nr_groups > rows)
		print "(" nr_groups - rows " more rows: --top " nr_groups ")"
	if (nr_lines && !nr_calls)
		print "probe: there are lines of the modules, but none is that of a hit" \
			>"/dev/stderr"
}

function is_worse(a, b) {
	if (total[a] != total[b])
		return total[a] + 0 > total[b] + 0
	return calls[a] != calls[b] ? calls[a] > calls[b] : a < b
}

# ---------------------------------------------------------------------------------------- the page

# in_page(TEXT): as JSON that may stand in a page: no "<" can end the element that it is in.
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

# copy_page(UNTIL): of page.html, the part that ends with the line UNTIL.
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

# page_hit(PART, GROUP, STACK): [time, duration, group, stack, line], and of stacks each once.
function page_hit(part, group, stack,   nr) {
	nr = -1
	if (stack != "") {
		if (!(stack in stack_number)) {
			stack_number[stack] = nr_stacks++
			stack_of[nr_stacks] = stack
		}
		nr = stack_number[stack]
	}
	# Local clocks differ and lines come in batches, so a small step back is no new boot.
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
	printf "],\n\"boots\":[0%s],\"faults\":%d,\"lost\":%d,\"left_out\":%d,\n", boots, \
		nr_faults, nr_lost, nr_left_out
	printf "\"messages\":[%s]}", messages
	print "</script>"
	copy_page("@END@")
	if (any || nr_lines)
		print "probe: " nr_calls + 0 " calls are in the page" >"/dev/stderr"
}
