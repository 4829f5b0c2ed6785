# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016 # $arg1 is not a variable of the shell
cd /sys/kernel/tracing || exit
echo 'p:query exercise_query rows=$arg1:s64' >>kprobe_events
echo 1 >events/kprobes/query/enable
insmod /modules/kprobe_example.ko symbol=exercise_query post=0 args='rows=$arg1:s64' \
	'where=rows>=1000'
work
rmmod kprobe_example
echo 0 >events/kprobes/query/enable
by_event=$(grep -c 'query:.* rows=[1-9][0-9][0-9][0-9]' trace)
answer "$(dmesg | grep -c '<exercise_query>')" "$by_event"
