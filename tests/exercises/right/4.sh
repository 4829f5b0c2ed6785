# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016 # $arg1 is not a variable of the shell
insmod kretprobe_example.ko symbol=exercise_query min_us=50000
work
rmmod kretprobe_example
answer "$(dmesg | grep -c 'exercise_query returned')"
