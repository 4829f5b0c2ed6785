# SPDX-License-Identifier: GPL-2.0-only
#
# For scripts/probe --where, with values.awk: prints the condition in the environment as the parameter
# of a module, without blanks outside its texts, or (-v via=tracefs) as the filter of a trace event,
# after a line with the event that has the values: "entry", "return" or "either".

function wrong(why) {
	print "probe: --where: character " at ": " why >"/dev/stderr"
	failed = 1
	exit 2
}

# take(N): the next N characters, and skip the blanks behind them.
function take(n,   taken) {
	taken = substr(rest, 1, n)
	rest = substr(rest, n + 1)
	at += n
	if (match(rest, /^[ \t]+/)) {
		rest = substr(rest, RLENGTH + 1)
		at += RLENGTH
	}
	return taken
}

function starts(text) { return substr(rest, 1, length(text)) == text }

# needs(WHEN): the value is known when the function is entered, or when it returns.
function needs(when) {
	if (event != "" && event != when)
		wrong("via tracefs a condition is on what is known when a function is entered, or" \
			" on what is known when it returns, not on both")
	event = when
}

# take_name(): sets $field to the field of the event, and $is to its type: text, bool, errno (in a
# register), or number.
function take_name(   i, best) {
	if (starts("$"))
		take(1)
	for (i = 1; i <= nr; i++)
		if (starts(name[i]) && substr(rest, length(name[i]) + 1, 1) !~ /[A-Za-z0-9_]/)
			best = i
	if (best) {
		needs(at_return[best] ? "return" : "entry")
		field = "__" me "_" best
		is = type[best] ~ /string$/ ? "text" : type[best] == "bool" ? "bool" : \
			type[best] == "errno" && !in_memory[best] ? "errno" : "number"
		return take(length(name[best]))
	}
	if (!match(rest, /^[A-Za-z_][A-Za-z0-9_]*/))
		wrong("expected a name")
	best = substr(rest, 1, RLENGTH)
	if (best == "comm") {
		field = "__" me "_comm"
		is = "text"
	} else if (best == "retval" && kind == "kretprobe") {
		needs("return")
		field = "__" me "_number"
		is = "errno"
	} else if (best == "tid" || best == "cpu") {
		field = best == "tid" ? "common_pid" : "cpu"
		is = "number"
	} else {
		wrong("there is no name " best " via tracefs" \
			(best ~ /^(pid|uid|took)$/ ? "; tid, --pid and --min-us work" : ""))
	}
	take(length(best))
}

# take_number(): in decimal or hexadecimal; the name of an errno as its number.
function take_number(   minus) {
	minus = starts("-") ? take(1) : ""
	if (is == "bool" && match(rest, /^(true|false)/))
		return take(RLENGTH) == "true" ? 1 : 0
	if (match(rest, /^E[A-Z0-9]+/)) {
		if (!(substr(rest, 1, RLENGTH) in errno))
			wrong("there is no errno " substr(rest, 1, RLENGTH))
		return minus errno[take(RLENGTH)]
	}
	if (!match(rest, /^(0[xX][0-9a-fA-F]+|[0-9]+)/))
		wrong("expected a number")
	return minus take(RLENGTH)
}

function take_text(   quote, end) {
	quote = substr(rest, 1, 1)
	end = index(substr(rest, 2), quote)
	if ((quote != "\"" && quote != "'") || !end)
		wrong("expected a text in quotes")
	return take(end + 1)
}

# An int that is negative has an upper half of zero in a register: so it is one of two numbers.
function signed(op, n,   low, high) {
	low = "4294963201"
	high = "4294967295"
	if (op == "&" || n ~ /x/ || n > 4294967295 || n < -4294967296)
		return field op n
	return "((" field "<" low "||" field ">" high ")&&" field op n "||" field ">=" low "&&" field \
		"<=" high "&&" field op sprintf("%.0f", n + 4294967296) ")"
}

function comparison(   op, n) {
	take_name()
	if (!match(rest, /^(==|!=|<=|>=|<|>|&|~)/))
		wrong("expected an operator")
	op = take(RLENGTH)
	if (is == "text")
		return field op take_text()
	n = take_number()
	if (is == "errno")
		return signed(op, n)
	if (is == "bool") {
		if (op !~ /^[=!]=$/ || n !~ /^[01]$/)
			wrong("expected == or != and true or false")
		return field ((op == "==") == n ? "!=0" : "==0")
	}
	return field op n
}

function translated(   all) {
	for (take(0); rest != ""; ) {
		if (starts("&&") || starts("||"))
			all = all take(2)
		else if (match(rest, /^[()!]/))
			all = all take(1)
		else
			all = all comparison()
	}
	return all
}

# A parameter with a blank in it has double quotes around it, which the kernel takes off, and which
# end at the next double quote: so there is none inside.
function packed(   all, c, blank, single, double) {
	for (take(0); rest != ""; ) {
		c = substr(rest, 1, 1)
		if (c == "\"" || c == "'") {
			c = take_text()
			blank = blank || c ~ /[ \t]/
			if (c ~ /^'.*".*'$/)
				double = 1
			else if (c ~ /^".*'.*"$/)
				single = 1
			else
				c = "'" substr(c, 2, length(c) - 2) "'"
			all = all c
		} else {
			all = all take(1)
		}
	}
	if (!blank)
		return all
	if (single || double)
		wrong("texts with a blank and texts with a quote in them cannot be passed on together")
	return "\"" all "\""
}

BEGIN {
	rest = ENVIRON["where"]
	at = 1
	if (via != "tracefs") {
		print packed()
		exit
	}
	me = ENVIRON["me"]
	parse_args()
	while ((getline line <errnos) > 0)
		if (split(line, word, " ") == 2)
			errno[word[2]] = word[1]
	filter = translated()
	if (!failed) {
		print event == "" ? "either" : event
		print filter
	}
}
