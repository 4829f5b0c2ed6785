# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1111,SC2034,SC2086,SC2154 # guest.sh sources this
#
# Exercise 7: which program writes the most bytes, and how many?

# The one that writes most bytes makes fewer calls than the others.
draw_word courier auditor indexer
largest=$drawn
draw 5
calls=$((drawn + 4))
draw 9
length=$((1000 + 100 * drawn))

# writes NAME CALLS LENGTH: a program that writes lines of LENGTH bytes.
writes() {
	program $1 <<END
calls=0
while [ \$calls -lt $2 ]; do
	printf '%0$(($3 - 1))d\n' 0
	calls=\$((calls + 1))
done >>written
END
}

work() {
	for name in courier auditor indexer; do
		case $name in
		"$largest") writes $name $calls $length ;;
		*) writes $name $((4 * calls)) 50 ;;
		esac
	done
	courier
	auditor
	indexer
}

check() {
	for module in jprobe_example kretprobe_example kprobe_example; do
		! logged "^$module: Planted " >/dev/null || break
	done
	probed $module vfs_write || return
	if ! logged "^$module: vfs_write by .*comm" >/dev/null; then
		missing "there is no table: by=comm counts the hits of each program" \
			"没有表格：by=comm 按程序统计命中"
		return
	elif ! logged "^$module:   comm=.* sum=" >/dev/null; then
		missing "the table has no sum: sum=count adds up a value of args=" \
			"表格里没有总和：sum=count 累加 args= 中的值"
		return
	fi
	answered 2 "PROGRAM BYTES" "程序名 字节数" || return
	set -- $given
	[ "$1" = $largest ] ||
		missing "$1 does not write the most bytes: compare sum=, not hits=" \
			"写字节最多的不是 $1：比较 sum=，而不是 hits="
	[ "$2" = $((calls * length)) ] || missing "it is not $2 bytes" "不是 $2 字节"
}
