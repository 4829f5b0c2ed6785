# SPDX-License-Identifier: GPL-2.0-only
# missing: exercise_close does not leak
# shellcheck shell=sh disable=SC2016 # $arg1 is not a variable of the shell
insmod kprobe_example.ko symbol=exercise_get post=0 args='$caller'
work
rmmod kprobe_example
answer exercise_close 12
