# SPDX-License-Identifier: GPL-2.0-only
#
# Expands a pattern such as ext4_* for scripts/probe: prints the functions that it matches and that
# can be probed, one in a line, and reports their number and what was left out. pattern: [MODULE:]
# and a pattern in the shell's syntax. have: names that are selected already, with commas. exact: 1
# leaves out clones, whose arguments may differ from the source. most: the largest number of
# functions, without those of have. sys: the prefix of a system call's function, for sys_*.
#  Files: kallsyms; modules; blacklist, of kprobes, and available, of ftrace, if there are any.
# Without the latter, the kernel refuses what cannot be probed.

function refuse(why) {
	print "probe: '" pattern "': " why >"/dev/stderr"
	exit 1
}

# list(TEXT): return the regular expression for [TEXT] in a pattern.
function list(text,   i, from, to, all, not) {
	if (sub(/^[!^]/, "", text))
		not = "^"
	for (i = 1; i <= length(text); i++) {
		from = index(letters, substr(text, i, 1))
		to = from
		if (substr(text, i + 1, 1) == "-" && i + 2 <= length(text)) {
			to = index(letters, substr(text, i + 2, 1))
			i += 2
		}
		if (!from || to < from)
			refuse("expected a list of characters such as [a-z] or [!0-9]")
		all = all substr(letters, from, to - from + 1)
	}
	if (all == "")
		refuse("expected a list of characters such as [a-z] or [!0-9]")
	return "[" not all "]"
}

# expression(PATTERN): return the regular expression for the shell's PATTERN.
function expression(text,   i, c, all, end) {
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "*") {
			all = all ".*"
		} else if (c == "?") {
			all = all "."
		} else if (c == "[") {
			end = index(substr(text, i), "]")
			all = all list(end ? substr(text, i + 1, end - 2) : "")
			i += end - 1
		} else if (index(letters, c)) {
			all = all (c ~ /[.$]/ ? "[" c "]" : c)
		} else {
			refuse("'" c "' is in no name: a pattern has letters, digits, _, ., *, ?" \
				" and [a-z], and no offset")
		}
	}
	return "^" all "$"
}

# leave_out(WHY): count the function and keep the first names for the message.
function leave_out(why) {
	if (!(why in nr_out))
		reason[++nr_reasons] = why
	if (nr_out[why]++ < 3)
		out[why] = out[why] (nr_out[why] > 1 ? ", " : "") name
}

# left_out(): return the text about all that were left out.
function left_out(   i, all, why) {
	for (i = 1; i <= nr_reasons; i++) {
		why = reason[i]
		all = all (i > 1 ? "; " : "") why ": " nr_out[why] " (" out[why] \
			(nr_out[why] > 3 ? ", ..." : "") ")"
	}
	return all
}

# lines_with(TEXT, FILE): return the command for the lines of FILE that contain TEXT, which has
# characters of names only. grep is much faster than some awks.
function lines_with(text, file) {
	return text == "" ? "cat " file : "grep -F -e '" text "' " file
}

# find_traceable(): set traceable[] to the addresses of the candidates that ftrace knows.
function find_traceable(   line, i, name, command, n) {
	command = lines_with(literal, available)
	while ((command | getline line) > 0)
		if (line in listed)
			traceable[address_of[listed[line]]]
	# A function may have several names. ftrace has one of them, which may be another one.
	for (i = 1; i <= nr_candidates; i++) {
		name = candidate[i]
		if (address_of[name] in traceable || unusable(name))
			continue
		hidden[address_of[name]]
		command = (n++ ? command : "grep -F") " -e " address_of[name]
	}
	if (!n)
		return
	split("", listed)
	command = (n < 10 ? command : "cat") " " kallsyms
	while ((command | getline line) > 0) {
		i = index(line, " ")
		if (substr(line, 1, i - 1) in hidden) {
			name = substr(line, i + 3)
			sub(/\t/, " ", name)
			listed[name] = substr(line, 1, i - 1)
		}
	}
	while ((getline line <available) > 0)
		if (line in listed)
			traceable[listed[line]]
}

# unusable(NAME): return why the function cannot be used even if ftrace knows it, or nothing.
function unusable(name) {
	if (name in blacklisted || address_of[name] in blacklisted)
		return "on the kernel's blacklist"
	if (name ~ /\.(cold|part)(\.|$)/)
		return "parts of functions"
	if (exact && name ~ /\./)
		return "clones, which may have other arguments"
	return times[name] > 1 ? "names of several functions" : ""
}

# narrower(): return the longer pattern with the largest group of functions that is small enough,
# and the size of that group.
function narrower(   i, at, name, prefix, size, best) {
	prefix = substr(wanted, 1, length(wanted) - 1)
	if ((prefix == "" && of_module == "") || prefix "*" != wanted || prefix ~ /[[*?]/)
		return ""
	for (i = 1; i <= nr; i++) {
		name = found[i]
		sub(/^.*:/, "", name)
		for (at = length(prefix) + 2; at < length(name); at++)
			if (substr(name, at, 1) == "_")
				size[of_module substr(name, 1, at) "*"]++
	}
	for (name in size)
		if (size[name] <= most && (best == "" || size[name] > size[best] || \
				(size[name] == size[best] && name < best)))
			best = name
	return best == "" ? "" : ", such as '" best "' (" size[best] ")"
}

BEGIN {
	# The characters in names, in the order of ASCII.
	letters = "$.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
	at = index(pattern, ":")
	of_module = substr(pattern, 1, at)
	wanted = substr(pattern, at + 1)
	if (wanted == "" || at == 1)
		refuse("expected a pattern such as ext4_* or ext4:*")
	# In the kernel the names of modules have _ instead of -.
	if (of_module !~ /\[/)
		gsub(/-/, "_", of_module)
	re_module = at ? expression(substr(of_module, 1, at - 1)) : ""
	# "sys_*" are the system calls, whatever prefix their functions have on this architecture.
	if (!at && sys != "" && sub(/^([sS]y[sS]_|__se_sys_|__do_sys_)/, sys, wanted))
		means = ", the system calls " wanted
	re = expression(wanted)
	nr_have = split(have, word, ",")
	for (i = 1; i <= nr_have; i++)
		chosen[word[i]]
	# The longest text that all names contain.
	n = split(wanted, word, /[*?]|\[[^]]*\]/)
	for (i = 1; i <= n; i++)
		if (length(word[i]) > length(literal))
			literal = word[i]
	if ((getline line <kallsyms) <= 0)
		refuse("/proc/kallsyms cannot be read: is CONFIG_KALLSYMS off?")
	command = lines_with(literal, kallsyms)
	while ((command | getline line) > 0) {
		n = split(line, word, /[\t ]+/)
		if (word[2] !~ /^[tTwW]$/ || word[3] !~ re || word[3] ~ /^__(pfx|cfi)_/)
			continue
		of = n < 4 ? "" : substr(word[4], 2, length(word[4]) - 2)
		if (at && (of == "" || of !~ re_module))
			continue
		name = (of == "" ? "" : of ":") word[3]
		if (times[name]++)
			continue
		if (++nr_candidates > 2000)
			continue
		candidate[nr_candidates] = name
		# Addresses may be hidden.
		address_of[name] = word[1] ~ /[^0]/ ? word[1] : "hidden " name
		listed[word[3] (of == "" ? "" : " " word[4])] = name
	}
	if (at && !nr_candidates) {
		while (!module_seen && (getline line <modules) > 0)
			module_seen = substr(line, 1, index(line, " ") - 1) ~ re_module
		if (!module_seen)
			refuse("no module " substr(of_module, 1, at - 1) " is loaded; functions of" \
				" a driver that is built into the kernel have no module")
	}
	if (nr_candidates > 2000)
		refuse("matches " nr_candidates " functions" means ", and at most 256 can be" \
			" probed at once: write a pattern that matches fewer, such as 'vfs_*' or" \
			" 'ext4:*'")
	while (blacklist != "" && (getline line <blacklist) > 0) {
		# 0xSTART-0xEND	NAME [MODULE]
		n = split(line, word, /[\t ]+/)
		if (word[1] ~ /^0x0*[1-9a-f]/)
			blacklisted[substr(word[1], 3, index(word[1], "-") - 3)]
		blacklisted[(n < 3 ? "" : substr(word[3], 2, length(word[3]) - 2) ":") word[2]]
	}
	has_available = available != "" && (getline line <available) > 0
	close(available)
	if (has_available && nr_candidates)
		find_traceable()
	for (i = 1; i <= nr_candidates; i++) {
		name = candidate[i]
		address = address_of[name]
		if (unusable(name))
			leave_out(unusable(name))
		else if (has_available && !(address in traceable) && address !~ /^hidden/)
			leave_out("not known to ftrace")
		else if (name in chosen || address in is_chosen)
			nr_chosen++
		else {
			is_chosen[address]
			found[++nr] = name
		}
	}
	if (!nr && !nr_chosen)
		refuse("matches no function that can be probed" means \
			(nr_candidates ? "; left out: " left_out() : ""))
	if (nr > most)
		refuse("matches " nr " functions" means ", and at most 256 can be probed at once:" \
			" write a pattern that matches fewer" narrower())
	for (i = 1; i <= nr; i++)
		print found[i]
	print "probe: '" pattern "': " nr " function" (nr == 1 ? "" : "s") means \
		(nr_chosen ? ", without " nr_chosen " selected already" : "") \
		(nr_reasons ? "; left out: " left_out() : "") >"/dev/stderr"
}
