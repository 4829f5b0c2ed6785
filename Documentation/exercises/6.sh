# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1111,SC2034,SC2086,SC2154 # guest.sh sources this
#
# Exercise 6: a jprobe of your own. How many writes are of 4096 bytes or more, and how many bytes
# are that in all?

draw 4
calls=$((drawn + 3))
draw 4
size=$((4096 * (drawn + 1)))

work() {
	echo short >written
	dd if=/dev/zero of=written bs=$size count=$calls 2>/dev/null
	dd if=/dev/zero of=written bs=4095 count=3 2>/dev/null
	echo short >written
}

check() {
	if [ $status != 0 ]; then
		missing "the module could not be loaded or unloaded: see above" \
			"模块无法加载或卸载：见上面的输出"
		return
	fi
	given=$(logged 'answer: ' | tail -n 1)
	if [ -z "$given" ]; then
		missing "the module prints no line \"answer: CALLS BYTES\" at rmmod" \
			"模块在 rmmod 时没有打印“answer: 次数 字节数”"
		return
	fi
	given=${given#*answer: }
	answered 2 "CALLS BYTES" "次数 字节数" || return
	set -- $given
	[ "$1" = $calls ] || missing "it is not $1 calls: a write counts from 4096 bytes on" \
		"不是 $1 次：4096 字节及以上的写才计入"
	[ "$2" = $((calls * size)) ] || missing "it is not $2 bytes" "不是 $2 字节"
}
