# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016 # $arg1 is not a variable of the shell
insmod kprobe_example.ko symbol=vfs_unlink post=0
work
rmmod kprobe_example
dmesg | sed -n 's/.*<vfs_unlink> .* comm=//p' | sort | uniq -c >/tmp/programs
cat /tmp/programs
read -r count program </tmp/programs
answer "$program" "$count"
