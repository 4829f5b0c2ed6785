# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1111,SC2034,SC2086,SC2154 # guest.sh sources this
#
# Exercise 3: which open of the program "starter" fails, and with which error?

draw_word ENOENT ENOTDIR EISDIR ELOOP
errno=$drawn
draw_word alpha beta gamma delta
case $errno in
ENOENT) failing=/etc/$drawn.conf ;;
ENOTDIR) failing=/proc/version/$drawn ;;
EISDIR) failing=/tmp/exercise/$drawn ;;
ELOOP) failing=/tmp/exercise/$drawn.link ;;
esac

work() {
	case $errno in
	EISDIR) mkdir -p "$failing" && redirect='>>' ;;
	ELOOP) ln -sf "$failing" "$failing" && redirect='<' ;;
	*) redirect='<' ;;
	esac
	program starter <<END
exec 2>/dev/null
read -r line </proc/version || exit 1
read -r line </proc/uptime || exit 1
exec 3$redirect$failing || exit 1
echo ready
END
	program other <<END
exec 2>/dev/null
exec 3</etc/other.conf || exit 1
END
	other
	starter
	other
}

check() {
	probed kretprobe_example do_sys_openat2 || return
	answered 2 "PATH ERROR, such as /etc/x ENOENT" "路径 错误名，例如 /etc/x ENOENT" || return
	set -- $given
	case $1 in
	"$failing") ;;
	/etc/other.conf)
		missing "that is another program's failure: comm=starter" \
			"那是另一个程序的失败：用 comm=starter"
		;;
	*)
		missing "starter does not fail at $1: errors=1 logs failures only" \
			"starter 不是在打开 $1 时失败：errors=1 只记录失败的调用"
		;;
	esac
	[ "${2#-}" = $errno ] || missing "the error is not $2: the line says -NUMBER -NAME" \
		"错误不是 $2：日志行写的是 -数字 -名字"
}
