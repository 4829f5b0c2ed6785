#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs inside the VM. For each line of /add/plan/list, some functions: puts a
# probe on them, lets two CPUs do what a machine does, and takes the probe away.
# Says to the host:
#
#   @@ ready
#   @@ absent SYMBOL              there is no such function
#   @@ refused SYMBOL WHY         the module did not load
#   @@ try NUMBER SYMBOL...
#   @@ counts SYMBOL COUNTS       what the module said of it at the end
#   @@ end NUMBER TAINTED
#   @@ done

# burst CPU: for each line of its FIFO, some of everything.
burst() {
	while read -r _ <&7; do
		echo "<6>probe-tests: burst on CPU $1" >/dev/kmsg
		cat /proc/self/maps >/dev/null
		(read -r _ </proc/uptime)
		usleep 1000
		echo "<6>probe-tests: end of burst on CPU $1" >/dev/kmsg
		echo "$1" >&8
	done
}

if [ "${1-}" = burst ]; then
	exec 7<>"/tmp/go.$2" 8<>/tmp/finished
	burst "$2"
	exit
fi

# bursts: one on each CPU at the same time.
bursts() {
	echo go >&5
	echo go >&6
	read -r _ <&8
	read -r _ <&8
}

# watch: if a number takes too long, what everybody is doing goes to the console,
# and the machine down.
watch() {
	previous='' same=0
	while sleep 5; do
		read -r now </tmp/now
		[ "$now" = "$previous" ] && same=$((same + 1)) || same=0
		previous=$now
		if [ $same -ge 18 ]; then
			echo "<3>probe-tests: stuck" >/dev/kmsg
			for key in l w t; do
				echo $key >/proc/sysrq-trigger
			done
			sleep 1
			echo c >/proc/sysrq-trigger
		fi
	done
}

# attempt SYMBOL...: all at once.
attempt() {
	number=$((number + 1))
	echo $number >/tmp/now
	echo "@@ try $number $*"
	echo "<6>probe-tests: try $number" >/dev/kmsg
	joined=$1
	all="$*"
	shift
	for symbol; do
		joined=$joined,$symbol
	done
	# shellcheck disable=SC2086 # a list
	if ! why=$(insmod "$ko" "symbol=$joined" $options 2>&1); then
		if [ "$joined" = "$all" ]; then
			echo "@@ refused $joined ${why##*: }"
			return
		fi
		# Which of them it was, each alone will tell.
		for single in $all; do
			attempt "$single"
		done
		return
	fi
	bursts
	if [ -e "$parameters/dump_stack" ]; then
		# So many and no more: a serial console takes long for a stack.
		echo 100 >"$parameters/max_hits"
		echo 1 >"$parameters/dump_stack"
		bursts
	fi
	rmmod "$module"
	# The last lines of the log: of each function, with a histogram; and the taint.
	dmesg -c -s 65536 | sed -n -e "s/^.*$module: .* unregistered //p" \
		-e '/^[0-9]*$/p' - /proc/sys/kernel/tainted >/tmp/counts
	for symbol in $all; do
		read -r counts
		echo "@@ counts $symbol $counts"
	done </tmp/counts
	echo "@@ end $number $(tail -n 1 /tmp/counts)"
}

read -r module rounds options </add/plan/how
ko=/modules/$module.ko
[ -e "$ko" ] || ko=/add/plan/$module.ko
parameters=/sys/module/$module/parameters

mkfifo /tmp/go.0 /tmp/go.1 /tmp/finished
exec 5<>/tmp/go.0 6<>/tmp/go.1 8<>/tmp/finished
taskset 1 sh "$0" burst 0 &
taskset 2 sh "$0" burst 1 &
echo 1 >/proc/sys/kernel/sysrq
echo nothing >/tmp/now
bursts
echo "@@ ready"

# What there is, and may be probed: kallsyms has each function, the blacklist each
# one that the kernel itself says no to.
if [ -e /add/plan/whole ]; then
	awk -v size="$(cat /add/plan/whole)" '
	FILENAME ~ /plan.list$/ { order[++n] = $1; wanted[$1]; next }
	FILENAME ~ /blacklist$/ { if ($2 in wanted) never[$2]; next }
	$3 in wanted && $2 ~ /[tTwW]/ && NF == 3 { there[$3] }
	END {
		for (i = 1; i <= n; i++) {
			s = order[i]
			if (!(s in there))
				print "@@ absent", s
			else if (s in never)
				print "@@ refused", s, "Invalid parameters (blacklist)"
			else
				printf "%s%s", s, ++k % size ? " " : "\n" >"/tmp/list"
		}
		if (k % size)
			print "" >"/tmp/list"
	}' /add/plan/list /sys/kernel/debug/kprobes/blacklist /proc/kallsyms
else
	cp /add/plan/list /tmp/list
fi
dmesg -c >/dev/null
watch &

number=0
while read -r symbols; do
	round=0
	while [ $round -lt "$rounds" ]; do
		round=$((round + 1))
		# shellcheck disable=SC2086 # a list
		attempt $symbols
	done
done </tmp/list
echo "@@ done"
# The console may be behind: where a thread prints, by quite a bit.
sleep 2
