# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1111,SC2034,SC2086,SC2154 # guest.sh sources this
#
# Exercise 10: how many calls get a page that is not in memory?

draw 5
fresh=$((drawn + 2))
draw 5
present=$((drawn + 3))

work() {
	while [ $((fresh + present)) -gt 0 ]; do
		if [ $fresh -gt 0 ]; then
			run copy 0
			fresh=$((fresh - 1))
		fi
		if [ $present -gt 0 ]; then
			run copy 1
			present=$((present - 1))
		fi
	done
}

check() {
	module=kprobe_example
	! logged '^jprobe_example: Planted ' >/dev/null || module=jprobe_example
	! logged '^kretprobe_example: Planted ' >/dev/null || module=kretprobe_example
	probed $module exercise_copy || return
	if [ $module = kretprobe_example ]; then
		missing \
			"a return probe reads memory when the function returns. It has read the" \
			"返回探针在函数返回时才读内存，"
		say "  page by then: use kprobe_example or jprobe_example" \
			"  那时函数已经读过该页：用 kprobe_example 或 jprobe_example"
		return
	fi
	if ! logged '=\(fault\)' >/dev/null; then
		missing "no line has (fault): args='first=+u0(\$arg1):u8' reads memory" \
			"没有一行是 (fault)：args='first=+u0(\$arg1):u8' 读取 \$arg1 指向的内存"
		return
	fi
	answered 1 "NUMBER" "次数" || return
	[ "$given" = "$(truth fresh)" ] ||
		missing "it is not $given of $(truth copied) calls: count the lines with (fault)" \
			"$(truth copied) 次调用中不是 $given 次：数带 (fault) 的行"
}
