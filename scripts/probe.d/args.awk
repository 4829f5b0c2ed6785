# SPDX-License-Identifier: GPL-2.0-only
#
# For hist.awk and where.awk: the ARGs of scripts/probe in -v spec, for a module of -v kind.

# parse_args(): set nr to the number of ARGs, and for each its name[] and type[], and whether it is
# in memory (in_memory[]) and known only when the function returns (at_return[]). Set retval to the
# first one that is the return value itself.
function parse_args(   i, arg, fetch) {
	nr = split(spec, arg, ",")
	for (i = 1; i <= nr; i++) {
		name[i] = fetch = arg[i]
		type[i] = ""
		if (match(fetch, /:[a-z0-9]+$/)) {
			type[i] = substr(fetch, RSTART + 1)
			name[i] = fetch = substr(fetch, 1, RSTART - 1)
		}
		if (!sub(/=.*/, "", name[i]))
			gsub(/[$%]/, "", name[i])
		sub(/^.*=/, "", fetch)
		if (type[i] == "")
			type[i] = fetch ~ /^\$?caller$/ ? "symbol" : "x64"
		in_memory[i] = fetch ~ /[(]/
		at_return[i] = fetch ~ /retval/ || (kind == "kretprobe" && fetch ~ /%|stack/)
		if (!retval && fetch ~ /^\$?retval$/)
			retval = i
	}
}
