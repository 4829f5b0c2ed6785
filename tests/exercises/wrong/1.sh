# SPDX-License-Identifier: GPL-2.0-only
# missing: the probe on vfs_unlink had no hit
# shellcheck shell=sh disable=SC2016 # $arg1 is not a variable of the shell
work
insmod kprobe_example.ko symbol=vfs_unlink post=0
rmmod kprobe_example
answer rm 3
