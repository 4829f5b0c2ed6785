# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1111,SC2034,SC2086,SC2154 # guest.sh sources this
#
# Exercise 2: which file does the program "collector" write to?

draw_word cache spool lib log tmp
place=/var/$drawn
draw_word .stamp state.db audit journal.1 top
written=$place/$drawn

work() {
	mkdir -p $place
	# Other programs open files as well.
	program reporter <<END
read -r line </proc/uptime
echo report >/tmp/report
END
	program collector <<END
read -r line </proc/version
read -r line </proc/loadavg
echo "\$line" >>$written
read -r line </proc/meminfo
END
	reporter
	collector
	reporter
}

check() {
	probed jprobe_example do_sys_openat2 || return
	if ! logged '^jprobe_example: <do_sys_openat2> .*"' >/dev/null; then
		missing "the lines have no path: args='path=\$arg2:ustring' shows it" \
			"日志行里没有路径：args='path=\$arg2:ustring' 可以显示它"
		suppressed jprobe_example
		return
	fi
	answered 1 "PATH" "路径" || return
	case $given in
	"$written") ;;
	/tmp/report)
		missing "that is what reporter writes: comm=collector" \
			"那是 reporter 写的文件：用 comm=collector"
		;;
	*)
		missing "collector does not write to $given: look for an odd number in flags" \
			"collector 写的不是 $given：以写方式打开时，flags 的最低位是 1"
		;;
	esac
}
