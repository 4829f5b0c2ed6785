# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016 # $arg3 is not a variable of the shell
insmod kprobe_example.ko symbol=vfs_write post=0 args='count=$arg3:u64' by=comm sum=count log=0
work
rmmod kprobe_example
dmesg | sed -n 's/.*: *comm=\([a-z]*\) hits=.* sum=\([0-9]*\) .*/\2 \1/p' | sort -n |
	tail -n 1 >/tmp/most
read -r bytes program </tmp/most
answer "$program" "$bytes"
