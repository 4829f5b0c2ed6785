#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs inside the VM. For the functions in each line of /add/plan/list, it loads the module, runs
# a workload on two CPUs, and unloads the module. It reports to the host:
#
#   @@ ready                      the VM is up
#   @@ absent SYMBOL              the kernel has no such function
#   @@ refused SYMBOL WHY         the module did not load
#   @@ try NUMBER SYMBOL...       the test of these functions begins
#   @@ counts SYMBOL COUNTS       the counters that the module printed at the end
#   @@ end NUMBER TAINTED         the test has ended
#   @@ done                       all functions were tested

# burst CPU: for each line of the CPU's FIFO, run the workload once.
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

# bursts: run the workload on both CPUs at the same time.
bursts() {
	echo go >&5
	echo go >&6
	read -r _ <&8
	read -r _ <&8
}

# watch: if a test makes no progress for 90 seconds, print the state of all CPUs and tasks to the
# console and crash.
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

# attempt SYMBOL...: test these functions at the same time.
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
	# shellcheck disable=SC2086 # this is a list
	if ! why=$(insmod "$ko" "symbol=$joined" $options 2>&1); then
		if [ "$joined" = "$all" ]; then
			echo "@@ refused $joined ${why##*: }"
			return
		fi
		# Testing each of them alone shows which one was refused.
		for single in $all; do
			attempt "$single"
		done
		return
	fi
	bursts
	if [ -e "$parameters/dump_stack" ]; then
		# Printing a stack on a serial console takes long, so few are allowed.
		echo 100 >"$parameters/max_hits"
		echo 1 >"$parameters/dump_stack"
		bursts
	fi
	rmmod "$module"
	# The last lines of the log have the counters of each function. The last line of the file
	# is the taint.
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

# Find the functions that exist, which are in kallsyms, and may be probed, which are not in the
# blacklist.
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
		# shellcheck disable=SC2086 # this is a list
		attempt $symbols
	done
done </tmp/list
echo "@@ done"
# If a thread prints to the console, it may take a while to print all lines.
sleep 2
