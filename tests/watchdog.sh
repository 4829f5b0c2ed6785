#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Kills a test that takes too long; runs beside it inside the VM.
# watchdog.sh "TEST RUN" PID LIMIT
: "${state:?}"

sleep "$3"
: >"$state/late"
kill -KILL "-$2"
# If this process still exists, the test could not be killed because it is stuck in the kernel,
# and guest.sh waits for it. So this process reports the failure and reboots.
sleep 5
echo "@@ end $1 fail still running after $3 s, and cannot be killed"
echo "@@ again"
# Give the serial port time to send the lines.
sleep 1
reboot -f
