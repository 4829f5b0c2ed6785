#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Ends a test that takes too long; runs beside it, inside the VM.
# watchdog.sh "TEST RUN" PID LIMIT
: "${state:?}"

sleep "$3"
: >"$state/late"
kill -KILL "-$2"
# A process inside the kernel can't be killed. Then nobody is left who would
# go on, so the verdict is given here.
sleep 5
echo "@@ end $1 fail still running after $3 s, and cannot be killed"
echo "@@ again"
# what was written to the serial port must get out
sleep 1
reboot -f
