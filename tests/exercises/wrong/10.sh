# SPDX-License-Identifier: GPL-2.0-only
# missing: a return probe reads memory when the function returns
# shellcheck shell=sh disable=SC2016 # $arg1 is not a variable of the shell
insmod kretprobe_example.ko symbol=exercise_copy args='first=+u0($arg1):u8'
work
rmmod kretprobe_example
answer "$(dmesg | grep -c '(fault)')"
