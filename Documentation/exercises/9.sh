# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1111,SC2034,SC2086,SC2154 # guest.sh sources this
#
# Exercise 9: how many queries want 1000 rows or more? By a module, and by a trace event.

draw 20
big=$((drawn + 20))

work() {
	number=0
	while [ $number -lt 300 ]; do
		number=$((number + 1))
		if [ $number -le $big ]; then
			run query $((number + 999)) 0
		else
			run query $number 0
		fi
	done
}

check() {
	probed kprobe_example exercise_query || return
	events=$(cat /sys/kernel/tracing/kprobe_events)
	case $events in
	*exercise_query*) ;;
	*)
		missing "there is no event on exercise_query: define it, and leave it defined" \
			"没有 exercise_query 的事件：请定义它，并保留到脚本结束"
		return
		;;
	esac
	name=${events%% *}
	name=${name#*/}
	profile=$(sed -n "s/^ *$name  *\([0-9]*\) .*/\1/p" /sys/kernel/tracing/kprobe_profile)
	if [ "$profile" != "$(truth queries)" ]; then
		missing "the event saw $profile of $(truth queries) calls: enable it before work" \
			"事件看到 $(truth queries) 次调用中的 $profile 次：在 work 之前启用它"
		return
	fi
	answered 2 "COUNT-BY-MODULE COUNT-BY-EVENT" "模块得到的次数 事件得到的次数" || return
	set -- $given
	[ "$1" = "$(truth big)" ] && [ "$2" = "$(truth big)" ] && return
	missing "the two numbers are $1 and $2, and should be the same, and right" \
		"两个数是 $1 和 $2，应该相同且正确"
	suppressed kprobe_example
}
