#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs inside a VM of two CPUs and prints smp.ratio: how many hits a second two
# CPUs log together, against one that has the same company on the other CPU,
# where a function that is not probed is called meanwhile. 2.00 would be ideal.
#
# Here time is the clock's, with all that disturbs it: the median of few rounds.

run=/sys/kernel/debug/probe_bench/run
hits=5000

# called CPU_MASK TARGET CALLS: how long it took, once both CPUs have come there.
called() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	taskset "$1" sh -c '{ echo "$1 20 $2 0 2" >&3 && cat <&3; } 3<>"$0"' "$run" "$2" "$3"
}

# round TARGET CALLS: what CPU 1 does while CPU 0 hits; prints the time of CPU 0.
round() {
	called 2 "$1" "$2" >/dev/null &
	called 1 traced "$hits"
	wait
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

insmod /add/probe_bench.ko || exit 1
for with in "untraced $((hits * 20))" "traced $hits"; do
	for _ in 1 2 3 4 5; do
		# Loaded anew each time: the lines of the last round are out then.
		insmod /modules/kprobe_example.ko symbol=bench_traced post=0 ratelimit=0 ring=16384 || exit 1
		# shellcheck disable=SC2086 # two words
		round $with
		dropped=$(sed -n 's/^dropped //p' /sys/module/kprobe_example/parameters/stats)
		[ "$dropped" = 0 ] || echo "$dropped hits were dropped" >&2
		rmmod kprobe_example
	done | median
done >/tmp/times
{ read -r alone && read -r together; } </tmp/times
printf 'smp.ratio\t%s\tx\n' "$(awk -v a="$alone" -v t="$together" \
	'BEGIN { printf "%.2f", 2 * a / t }')"
