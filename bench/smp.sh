#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs inside a VM with two CPUs and prints smp.ratio: the hits per second that two CPUs log
# together, divided by those of one CPU while the other one calls a function that is not probed.
# 2.00 would be ideal. smp.by_comm is the same for hits that are counted with log=0 by=comm.
#
# The times are real ones. Other activity can only make them longer, so the shortest of several
# rounds counts.

run=/sys/kernel/debug/probe_bench/run
stats=/sys/module/kprobe_example/parameters/stats
hits=3000

# called CPU_MASK TARGET CALLS: print the duration of the calls, which begin on both CPUs at the
# same time.
called() {
	# shellcheck disable=SC2016 # the inner shell expands it
	taskset "$1" sh -c '{ echo "$1 20 $2 0 2" >&3 && cat <&3; } 3<>"$0"' "$run" "$2" "$3"
}

# shortest TARGET CALLS PARAMETER...: CPU 1 calls TARGET while CPU 0 calls the probed function.
# Prints the shortest time of CPU 0.
shortest() {
	target=$1 calls=$2
	shift 2
	insmod /modules/kprobe_example.ko symbol=bench_traced post=0 ratelimit=0 "$@" || exit
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		called 2 "$target" "$calls" >/dev/null &
		called 1 traced "$hits"
		wait
	done | sort -n | head -n 1
	grep -qx 'dropped 0' "$stats" || exit
	rmmod kprobe_example
}

insmod /add/probe_bench.ko || exit

# ratio NAME PARAMETER...
ratio() {
	name=$1
	shift
	alone=$(shortest untraced $((hits * 20)) "$@") || exit
	together=$(shortest traced "$hits" "$@") || exit
	printf '%s\t%s\tx\n' "$name" "$(awk -v a="$alone" -v t="$together" \
		'BEGIN { printf "%.2f", 2 * a / t }')"
}

# The largest ring holds the records of all rounds.
ratio smp.ratio ring=16384
hits=30000
ratio smp.by_comm log=0 by=comm
