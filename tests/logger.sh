#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Reads the kernel's log for the tests; runs beside them inside the VM. A request, a line
# "CANARY FILE" in $state/request, makes it append the log up to the canary to FILE. The reply
# in $state/reply is "complete", or "lossy" if the kernel overwrote lines before they were read.
: "${state:?}"

# The FIFO of the replies stays open for reading and writing, so that no reply is lost when a test
# closes it, after the end of the previous reply, just before the next one is written.
exec 6<>"$state/reply" 7<>"$state/request" 8</dev/kmsg
while read -r request <&7; do
	canary=${request% *}
	# One read of /dev/kmsg returns one record, so grep consumes exactly up to the canary. If
	# the kernel has overwritten the next record the read fails, and the following one returns
	# the oldest record that is left.
	reply=complete
	until grep -B 65536 -m 1 -F "$canary" <&8 >>"${request##* }"; do
		reply=lossy
	done
	echo "${canary##* } $reply" >&6
done
