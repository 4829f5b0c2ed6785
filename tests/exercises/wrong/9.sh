# SPDX-License-Identifier: GPL-2.0-only
# missing: enable it before work
# shellcheck shell=sh disable=SC2016 # $arg1 is not a variable of the shell
echo 'p:query exercise_query rows=$arg1:s64' >>/sys/kernel/tracing/kprobe_events
insmod kprobe_example.ko symbol=exercise_query post=0
work
rmmod kprobe_example
answer "$(dmesg | grep -c '<exercise_query>')" 0
