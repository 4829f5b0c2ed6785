# SPDX-License-Identifier: GPL-2.0-only
# missing: that is what reporter writes
# shellcheck shell=sh disable=SC2016 # $arg1 is not a variable of the shell
insmod jprobe_example.ko symbol=do_sys_openat2 args='path=$arg2:ustring'
work
rmmod jprobe_example
answer /tmp/report
