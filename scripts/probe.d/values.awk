# SPDX-License-Identifier: GPL-2.0-only
#
# For tracefs.awk, hist.awk and where.awk: the ARGs of scripts/probe in -v spec, for a module of
# -v kind, and values in the format of the modules.

# parse_args(): set nr to the number of ARGs, and for each its text (arg[]), name[], fetch[] and
# type[], and whether it is in memory (in_memory[]) and known only when the function returns
# (at_return[]). Set retval to the first one that is the return value itself, and hidden to the same
# one if it has no name of its own.
function parse_args(   i, named) {
	nr = split(spec, arg, ",")
	for (i = 1; i <= nr; i++) {
		name[i] = fetch[i] = arg[i]
		type[i] = ""
		if (match(fetch[i], /:[a-z0-9]+$/)) {
			type[i] = substr(fetch[i], RSTART + 1)
			name[i] = fetch[i] = substr(fetch[i], 1, RSTART - 1)
		}
		named = sub(/=.*/, "", name[i])
		if (!named)
			gsub(/[$%]/, "", name[i])
		sub(/^.*=/, "", fetch[i])
		if (type[i] == "")
			type[i] = fetch[i] ~ /^\$?caller$/ ? "symbol" : "x64"
		in_memory[i] = fetch[i] ~ /[(]/
		at_return[i] = fetch[i] ~ /retval/ || (kind == "kretprobe" && fetch[i] ~ /%|stack/)
		if (!retval && fetch[i] ~ /^\$?retval$/) {
			retval = i
			hidden = named ? 0 : i
		}
	}
}

# read_errnos(): set errno[] to what follows each negative number: " -ENOENT".
function read_errnos(   line, word) {
	while ((getline line <errnos) > 0)
		if (split(line, word, " ") == 2 && word[1] > 0)
			errno[word[1]] = " -" word[2]
}

function escaped(text,   i, c, all) {
	if (text !~ /[^ -~]/ && !index(text, "\"") && !index(text, "\\"))
		return text
	for (i = 0; !("a" in ordinal) && i < 256; i++)
		ordinal[sprintf("%c", i)] = i
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		all = all (c == "\n" ? "\\n" : c == "\t" ? "\\t" : c ~ /["\\]/ ? "\\" c : \
			c ~ /[^ -~]/ ? sprintf("\\x%02x", ordinal[c]) : c)
	}
	return all
}
