# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016 # $arg1 is not a variable of the shell
insmod jprobe_example.ko symbol=do_sys_openat2 comm=collector \
	args='path=$arg2:ustring,flags=+0($arg3):x32' 'where=flags&1'
work
rmmod jprobe_example
answer "$(dmesg | sed -n 's/.*<do_sys_openat2> path="\(.*\)" flags=.*/\1/p')"
