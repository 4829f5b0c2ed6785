#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Kills a test that takes too long; runs beside it inside the VM.
# watchdog.sh "TEST RUN" PID LIMIT
: "${state:?}"

sleep "$3"
: >"$state/late"
# Tell what the test's processes are doing.
for process in /proc/[0-9]*; do
	read -r stat <"$process/stat" || continue
	# The fields after the command's name are: state, parent, group, session.
	# shellcheck disable=SC2086 # this is a list
	set -- "$1" "$2" "$3" ${stat##*) }
	[ "${7-}" = "$2" ] || continue
	echo "# process ${process#/proc/} ($4): $(tr '\0' ' ' <"$process/cmdline")"
	sed 's/^/#   /' "$process/stack"
done 2>/dev/null
kill -KILL "-$2"
# If this process still exists, the test could not be killed because it is stuck in the kernel,
# and guest.sh waits for it. So this process reports the failure and reboots.
sleep 5
echo "@@ end $1 fail still running after $3 s, and cannot be killed"
echo "@@ again"
# Give the serial port time to send the lines.
sleep 1
reboot -f
