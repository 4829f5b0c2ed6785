# SPDX-License-Identifier: GPL-2.0-only
# missing: that is another program's failure
# shellcheck shell=sh disable=SC2016 # $arg1 is not a variable of the shell
insmod kretprobe_example.ko symbol=do_sys_openat2 errors=1 args='path=$arg2:ustring'
work
rmmod kretprobe_example
answer /etc/other.conf ENOENT
