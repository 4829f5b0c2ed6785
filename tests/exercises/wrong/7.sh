# SPDX-License-Identifier: GPL-2.0-only
# missing: there is no table: by=comm counts
# shellcheck shell=sh disable=SC2016 # $arg3 is not a variable of the shell
insmod kprobe_example.ko symbol=vfs_write post=0 args='count=$arg3:u64'
work
rmmod kprobe_example
answer courier 1
