# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1111,SC2034,SC2086,SC2154 # guest.sh sources this
#
# Exercise 4: how many of the queries take longer than 50 ms?

draw 3
slow=$((drawn + 2))
draw 6
quick=$((drawn + 8))

work() {
	left=$quick
	while [ $left -gt 0 ]; do
		run query $left 0
		left=$((left - 1))
		if [ $slow -gt 0 ]; then
			run query $left 120
			slow=$((slow - 1))
		fi
	done
}

check() {
	probed kretprobe_example exercise_query || return
	answered 1 "NUMBER" "数量" || return
	[ "$given" != "$(truth slow)" ] || return
	if [ "$given" = "$(truth queries)" ]; then
		missing "$given is the number of all queries: use min_us=50000" \
			"$given 是全部查询的次数：min_us=50000 只记录慢的调用"
	else
		missing "it is not $given: look at the histogram, or use min_us=50000" \
			"不是 $given：看直方图，或者数一数 min_us=50000 时的日志行"
	fi
}
