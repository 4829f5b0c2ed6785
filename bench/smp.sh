#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs inside a VM of two CPUs and prints smp.ratio: how many hits a second two
# CPUs log together, against one that has the same company on the other CPU,
# where a function that is not probed is called meanwhile. 2.00 would be ideal.
#
# Here time is the clock's, with all that disturbs it, which can only add: the
# shortest of several rounds.

run=/sys/kernel/debug/probe_bench/run
stats=/sys/module/kprobe_example/parameters/stats
hits=3000

# called CPU_MASK TARGET CALLS: how long it took, once both CPUs have come there.
called() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	taskset "$1" sh -c '{ echo "$1 20 $2 0 2" >&3 && cat <&3; } 3<>"$0"' "$run" "$2" "$3"
}

# shortest TARGET CALLS: what CPU 1 does while CPU 0 hits; prints the time of CPU 0.
shortest() {
	# The largest ring holds all rounds, however late they are printed.
	insmod /modules/kprobe_example.ko symbol=bench_traced post=0 ratelimit=0 ring=16384 || exit
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		called 2 "$1" "$2" >/dev/null &
		called 1 traced "$hits"
		wait
	done | sort -n | head -n 1
	grep -qx 'dropped 0' "$stats" || exit
	rmmod kprobe_example
}

insmod /add/probe_bench.ko || exit
alone=$(shortest untraced $((hits * 20))) || exit
together=$(shortest traced "$hits") || exit
printf 'smp.ratio\t%s\tx\n' "$(awk -v a="$alone" -v t="$together" \
	'BEGIN { printf "%.2f", 2 * a / t }')"
