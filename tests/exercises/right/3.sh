# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016 # $arg1 is not a variable of the shell
insmod kretprobe_example.ko symbol=do_sys_openat2 errors=1 comm=starter args='path=$arg2:ustring'
work
rmmod kretprobe_example
dmesg | sed -n 's/.* returned -[0-9]* -\(E[A-Z]*\) .* path="\(.*\)" t=.*/\2 \1/p' >/tmp/failure
read -r path error </tmp/failure
answer "$path" "$error"
