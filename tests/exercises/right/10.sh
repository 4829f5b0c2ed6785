# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016 # $arg1 is not a variable of the shell
insmod kprobe_example.ko symbol=exercise_copy post=0 args='first=+u0($arg1):u8'
work
rmmod kprobe_example
answer "$(dmesg | grep -c '(fault)')"
