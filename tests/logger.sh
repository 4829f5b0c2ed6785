#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Reads the kernel's log for the tests; runs beside them, inside the VM. Asked
# in $state/ask for a canary, it appends everything up to that one to the file
# named there, and says in $state/answer whether that is whole or lossy.
: "${state:?}"

exec 7<>"$state/ask" 8</dev/kmsg
while read -r request <&7; do
	canary=${request% *}
	# One read of /dev/kmsg returns one record, so grep consumes exactly up
	# to the canary. When the kernel has overtaken the reader the read fails
	# and the next one goes on with the oldest record that is left.
	answer=whole
	until grep -B 65536 -m 1 -F "$canary" <&8 >>"${request##* }"; do
		answer=lossy
	done
	echo "${canary##* } $answer" >"$state/answer"
done
