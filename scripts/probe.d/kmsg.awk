# SPDX-License-Identifier: GPL-2.0-only
#
# Converts records of /dev/kmsg to a module's lines as dmesg prints them: those between the two marks
# "probe-ME: begin" and "end". "lost" is not a record: it stands for records that the kernel has
# overwritten.

BEGIN {
	for (i = 0; i < 256; i++)
		byte[sprintf("%02x", i)] = sprintf("%c", i)
	begin = "probe-" ENVIRON["me"] ": begin"
	end = "probe-" ENVIRON["me"] ": end"
	module = module ": "
}

# /dev/kmsg shows characters that are not printable, and the backslash, as \xNN.
function plain(text,   at, all) {
	while ((at = index(text, "\\x"))) {
		all = all substr(text, 1, at - 1) byte[substr(text, at + 2, 2)]
		text = substr(text, at + 4)
	}
	return all text
}

$0 == "lost" {
	if (on)
		print "probe: lines of the kernel's log were overwritten before they were" \
			" read" >"/dev/stderr"
	report("lost")
	next
}

function report(what) {
	print what >events
	close(events)
}

# The record's dictionary.
/^ / { next }

{
	at = index($0, ";")
	text = substr($0, at + 1)
}

text == begin { on = 1 }
text == end { exit }
# The kernel prints these two for each out-of-tree module. They are not errors.
index(text, module "loading out-of-tree module taints kernel") == 1 { next }
index(text, module "module verification failed: ") == 1 { next }
# A priority of 8 or more means that a program wrote the record.
!on || index(text, module) != 1 || $0 + 0 >= 8 { next }

{
	print index(text, "\\") ? plain(text) : text
	fflush()
}

index(text, module "max_hits=") == 1 && / reached: / { report("max") }
