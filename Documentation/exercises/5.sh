# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1111,SC2034,SC2086,SC2154 # guest.sh sources this
#
# Exercise 5: how often does the instruction find two equal numbers?

draw 4
equal=$((drawn + 2))
draw 4
different=$((drawn + 3))

work() {
	number=0
	while [ $number -lt $((equal + different)) ]; do
		number=$((number + 1))
		if [ $number -le $different ]; then
			run compare $number 1000
		else
			run compare $number $number
		fi
	done
}

check() {
	at=$(cat $control/cmp)
	probed kprobe_example exercise_compare || return
	if ! logged '^kprobe_example: Planted ' | grep -qF "($at/"; then
		missing "the probe is not on the instruction $at" "探针不在指令 $at 上"
	elif ! logged '^kprobe_example: <.*> post_handler: ' >/dev/null; then
		missing "there is no line of a post handler: leave out post=0" \
			"没有 post_handler 的日志行：不要写 post=0"
	elif answered 1 "NUMBER" "次数"; then
		[ "$given" != "$(truth equal)" ] || return
		if [ "$given" = "$(truth compared)" ]; then
			missing "0x40 is set in all $given lines of the pre handler, which runs" \
				"pre_handler 的 $given 行里 0x40 位都是 1："
			say "  before the instruction: count those of the post handler" \
				"  它在该指令之前运行。应该数 post_handler 的行"
		else
			missing "it is not $given: count post_handler lines with 0x40 in flags" \
				"不是 $given：数 flags 中 0x40 位为 1 的 post_handler 行"
		fi
	fi
}
