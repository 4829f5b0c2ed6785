# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1111,SC2034,SC2086,SC2154 # guest.sh sources this
#
# Exercise 8: which function leaks objects, and how many?

draw_word open lookup refresh rename
leaker=exercise_$drawn
case $drawn in open) place=0 ;; lookup) place=1 ;; refresh) place=2 ;; rename) place=3 ;; esac
draw 4
calls=$((2 * drawn + 4))

work() {
	run objects $place $calls
}

check() {
	probed kprobe_example exercise_get || return
	answered 2 "FUNCTION NUMBER" "函数名 数量" || return
	set -- $given
	[ "$1" = $leaker ] ||
		missing "$1 does not leak: who calls exercise_put too seldom?" \
			"泄漏的不是 $1：谁调用 exercise_put 的次数太少？"
	[ "$2" = "$(truth leaked)" ] || missing "it is not $2 objects: subtract" \
		"不是 $2 个对象：做减法"
	suppressed kprobe_example
}
