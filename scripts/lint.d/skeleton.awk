# SPDX-License-Identifier: GPL-2.0-only
#
# Prints what a document in reStructuredText and its translation have in common, in the order of
# the document: sections, commands and transcripts, rows of tables, images, and for each section the
# literals and the numbers in its text, sorted.

# Print the literals and numbers of a section, in an order that does not depend on the sentences.
function end_section(	n, i, j, found, item) {
	while (match(text, /``[^`]+``/)) {
		found = substr(text, RSTART, RLENGTH)
		gsub(/[ \t]+/, " ", found)
		# In the exercises, the words of an answer are translated.
		sub(/^``answer[ :].*/, "``answer``", found)
		item[++n] = "literal " found
		text = substr(text, 1, RSTART - 1) " " substr(text, RSTART + RLENGTH)
	}
	while (match(text, /[0-9][0-9.]*/)) {
		found = substr(text, RSTART, RLENGTH)
		sub(/\.$/, "", found)
		item[++n] = "number " found
		text = substr(text, 1, RSTART - 1) " " substr(text, RSTART + RLENGTH)
	}
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && item[j] < item[j - 1]; j--) {
			found = item[j]
			item[j] = item[j - 1]
			item[j - 1] = found
		}
	for (i = 1; i <= n; i++)
		print item[i]
	text = ""
}

{ sub(/[ \t]+$/, "") }

# A literal block ends with the first line that is indented less. A comment behind a command is
# translated.
code && /[^ ]/ {
	match($0, /^ */)
	if (RLENGTH > margin) {
		line = $0
		sub(/[ ][ ]+# .*/, "", line)
		if (line !~ /[^ ]/)
			line = $0
		print "code " line
		next
	}
	code = 0
}
code { next }

# A title has its line below it, or above and below.
/^(=+|-+)$/ {
	if (last != "") {
		end_section()
		print "section " substr($0, 1, 1)
	}
	last = ""
	next
}
# A table has a border above and below, perhaps one below its head. A row begins in the first column.
/^=+( +=+)+$/ {
	print "border"
	table = border = 1
	last = ""
	next
}
table && /^[^ ]/ { print "row" }
$0 == "" && border { table = 0 }
{ border = 0 }

/^\.\. / {
	if (/^\.\. image::/)
		print
	last = ""
	next
}
/^ +:[a-z]+:/ { next }
/::$/ {
	code = 1
	match($0, /^ */)
	margin = RLENGTH
}
{
	last = $0
	text = text " " $0
}
END { end_section() }
