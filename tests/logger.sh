#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Reads the kernel's log for the tests; runs beside them, inside the VM. Asked
# for a canary in $state/ask, it puts everything before that one into
# $state/new, and says in $state/answer whether that is whole or lossy.
: "${state:?}"

exec 7<>"$state/ask" 8</dev/kmsg
while read -r canary <&7; do
	# One read of /dev/kmsg returns one record, so grep consumes exactly up
	# to the canary. When the kernel has overtaken the reader the read fails
	# and the next one goes on with the oldest record that is left.
	answer=whole
	: >"$state/new"
	until grep -B 65536 -m 1 -F "$canary" <&8 >>"$state/new"; do
		answer=lossy
	done
	echo "${canary##* } $answer" >"$state/answer"
done
