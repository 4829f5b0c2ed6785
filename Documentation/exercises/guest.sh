#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The part of scripts/exercise inside the virtual machine.
#
#   guest.sh check N FILE    run the answer in FILE to exercise N and say what is missing
#   guest.sh start N         prepare exercise N, for a shell
#   guest.sh work N          run what the exercise is about; the command "work"
#   guest.sh given WORD...   store the answer; the command "answer"
#   guest.sh end             remove what an exercise has left
#
# Exercise N is the file N.sh in this folder. It sets what differs from one SEED to the other, and
# defines work(), which does it, and check(), which looks at the answer.
#
# SEED       a number: what the programs of an exercise do depends on it
# MESSAGES   zh: messages in Chinese
#
# shellcheck disable=SC1090,SC1091,SC1111,SC2034 # N.sh, its variables, and Chinese quotes

here=$(cd "$(dirname "$0")" && pwd)
state=/tmp/exercise
control=/sys/kernel/debug/exercise
log=$state/log

# ------------------------------------------------------------------- messages

# say ENGLISH CHINESE
say() {
	case ${MESSAGES-} in
	zh) printf '%s\n' "$2" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

# missing ENGLISH CHINESE: print what is missing. The exercise is not solved then.
missing() {
	failed=1
	say "exercise $number: not yet: $1" "练习 $number：还没有完成：$2"
}

# --------------------------------------------------------- what the seed decides

# draw N: set $drawn to a number from 0 to N - 1.
draw() {
	random=$(((random * 1103515245 + 12345) % 2147483648))
	drawn=$((random / 256 % $1))
}

# draw_word WORD...: set $drawn to one of the words.
draw_word() {
	draw $#
	shift "$drawn"
	drawn=$1
}

# program NAME: make a shell script with that name, of the text on the input. A shell without shared
# libraries opens no other files.
program() {
	{
		echo "#!/bin/busybox-static sh"
		cat
	} >"$state/bin/$1"
	chmod +x "$state/bin/$1"
}

# run WORD...: have the functions of exercise.ko called.
run() {
	echo "$*" >$control/run
}

# --------------------------------------------------------- looking at an answer

# logged REGEX: print the lines of the kernel's log during the answer that match.
logged() {
	grep -E -e "$1" "$log"
}

# truth NAME: print what the functions of exercise.ko have counted.
truth() {
	sed -n "s/^$1 //p" $control/truth
}

# hits MODULE: print how many hits its last lines and its counters show.
hits() {
	{
		logged "^$1: .* unregistered hits=" | sed 's/.* hits=\([0-9]*\) .*/\1/'
		! [ -e "/sys/module/$1/parameters/stats" ] ||
			sed -n '1s/^hits //p' "/sys/module/$1/parameters/stats"
	} | awk '{ sum += $1 } END { print sum + 0 }'
}

# probed MODULE FUNCTION: the answer had a probe on FUNCTION, which was hit, and "work" ran.
probed() {
	if ! logged "^$1: Planted .*$2([+: ]|$)" >/dev/null; then
		missing "there was no probe of $1 on $2" "$1 没有在 $2 上注册探针"
		why=$(logged "^$1: " | grep -v -e Planted -e ' returned ' -e '<' -e taint \
			-e 'module verification' | head -n 1)
		[ -z "$why" ] || say "  the module says: $why" "  模块的输出：$why"
	elif [ ! -e $state/worked ]; then
		missing "your script does not run the command: work" \
			"脚本没有执行命令 work"
	elif [ "$(hits "$1")" = 0 ]; then
		missing "the probe on $2 had no hit: insmod before work, rmmod after it" \
			"$2 上的探针没有命中：insmod 应在 work 之前，rmmod 在其之后"
	else
		return 0
	fi
	return 1
}

# suppressed MODULE: mention lines that the rate limit kept out of the log.
suppressed() {
	logged "^$1: [0-9]* hits suppressed" >/dev/null || return
	say "  some hits are not in the log: ratelimit=0 removes the limit, where= logs fewer" \
		"  有些命中不在日志里：ratelimit=0 取消限制，where= 只记录需要的命中"
}

# answered COUNT ENGLISH CHINESE: the answer has so many words, whose meaning the texts name.
# shellcheck disable=SC2086 # $given is a list of words
answered() {
	set -- "$1" "$2" "$3" $given
	if [ $# = 3 ]; then
		missing "no answer: the script ends with: answer $2" \
			"没有答案：脚本最后一行应为：answer $3"
	elif [ $# != $(($1 + 3)) ]; then
		missing "the answer is '$given', and should be: $2" "答案是“$given”，应为：$3"
	else
		return 0
	fi
	return 1
}

# ------------------------------------------------------------------ one exercise

# exercise N: read N.sh. What the seed decides is the same each time.
exercise() {
	number=$1
	random=$(((${SEED:-1} + number * 7919) % 2147483648))
	draw 2
	. "$here/$1.sh"
}

# start N: prepare exercise N.
start() {
	rm -rf $state
	mkdir -p $state/bin
	printf '#!/bin/sh\nexec sh %s/guest.sh work %s\n' "$here" "$1" >$state/bin/work
	printf '#!/bin/sh\nexec sh %s/guest.sh given "$@"\n' "$here" >$state/bin/answer
	chmod +x $state/bin/*
	# scripts/probe looks for the modules beside its folder.
	for module in /modules/*_example.ko; do
		[ -e "$here/../${module##*/}" ] || ln -s "$module" "$here/.."
	done
	insmod "$here/exercise.ko"
}

# end: unload modules and remove events that the answer has left.
end() {
	for module in ${1-} kprobe_example jprobe_example kretprobe_example exercise; do
		[ ! -d "/sys/module/$module" ] || rmmod "$module"
	done
	echo 0 >/sys/kernel/tracing/events/enable
	: >/sys/kernel/tracing/kprobe_events
	rm -rf $state
}

# run_answer FILE: run a script, or load a module, run the work and unload it. Sets $status.
run_answer() {
	cd /modules || exit
	case $1 in
	*.ko)
		insmod "$1" && sh "$here/guest.sh" work "$number" && rmmod "$(basename "$1" .ko)"
		;;
	*) timeout 100 sh "$1" ;;
	esac >$state/printed 2>&1 </dev/null
	status=$?
}

# check_answer N FILE: run the answer, show what it printed and logged, and say what is missing.
check_answer() {
	failed=0
	start "$1" || exit 2
	exercise "$1"
	PATH=$state/bin:$here/../scripts:/sbin:/bin:/usr/sbin:/usr/bin
	export SEED MESSAGES PATH
	dmesg -c >/dev/null
	run_answer "$2"
	# A line of a user's process is in the log some milliseconds after its hit.
	usleep 100000
	dmesg | sed 's/^\[ *[0-9.]*\] //' >$log
	given=''
	[ ! -e $state/given ] || given=$(cat $state/given)
	if [ -s $state/printed ]; then
		say "Your script printed:" "脚本的输出："
		sed 's/^/  /' $state/printed | head -n 20
	fi
	say "The modules logged:" "模块的日志："
	logged '^(kprobe|jprobe|kretprobe)_example: |answer: ' | grep -v -e taint \
		-e 'module verification' >$state/shown
	sed 's/^/  /' $state/shown | head -n 12
	more=$(($(wc -l <$state/shown) - 12))
	[ $more -le 0 ] || say "  ($more more lines)" "  （还有 $more 行）"
	case $status in
	124 | 143)
		missing "the script did not end within 100 s: does it end all that it starts?" \
			"脚本在 100 秒内没有结束：它启动的程序都结束了吗？"
		;;
	esac
	# No character of the answer is a pattern.
	set -f
	check
	[ $failed != 0 ] || say "exercise $number: solved" "练习 $number：完成"
}

case $1 in
check)
	check_answer "$2" "$3"
	module=''
	case $3 in *.ko) module=$(basename "$3" .ko) ;; esac
	end "$module"
	exit $failed
	;;
start)
	start "$2"
	;;
work)
	exercise "$2"
	PATH=$state/bin:$PATH
	: >$state/worked
	cd $state && work
	;;
given)
	shift
	echo "$*" >$state/given
	;;
end) end ;;
esac
