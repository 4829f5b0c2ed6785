#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs inside the VM, with -icount, and prints the figures:
#
#   NAME<TAB>VALUE<TAB>UNIT
#   #absent<TAB>NAME<TAB>WHY
#   #kernel<TAB>RELEASE
#
# The file "groups" lists the functions group_NAME that are called.

here=/add/bench
run=/sys/kernel/debug/probe_bench/run
tracing=/sys/kernel/tracing
bare=/sys/module/probe_bench/parameters/bare

# The records of one round must not fill half of the ring, because then a hit would wake the drain
# thread again.
warm_up=20
calls=200
rounds=5

result() {
	printf '%s\t%s\t%s\n' "$@"
}

absent() {
	printf '#absent\t%s\t%s\n' "$@"
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# called TARGET WARM_UP CALLS PAUSE_US: print the duration of the calls in ns.
called() {
	{ echo "$*" >&3 && cat <&3; } 3<>"$run"
}

# within MS COMMAND...: wait at most that long until COMMAND succeeds.
within() {
	left=$(($1 / 20))
	shift
	until "$@"; do
		[ "$left" -gt 0 ] || return 1
		left=$((left - 1))
		usleep 20000
	done
}

# counts NUMBER COMMAND...: succeeds if COMMAND prints NUMBER.
counts() {
	number=$1
	shift
	[ "$("$@")" = "$number" ]
}

# timed NAME TARGET [COMMAND...]: measure the instructions of a call of TARGET. COMMAND prints the
# number of hits so far.
#
# Lost hits would make a figure too small. So a round counts only if each call was recorded. Other
# rounds are repeated, and after four of these there is no figure. The first round warms up.
#
# The measurement is made with the drain thread (or the corresponding thread of another tracer)
# about to run, and with it polling. The larger figure is reported.
timed() {
	name=$1 at=$2
	shift 2
	largest=0
	for pause_us in 0 1000; do
		round=0 spoilt=0
		: >/tmp/rounds
		while [ "$round" -le "$rounds" ]; do
			before=$("$@")
			ns=$(called "$at" "$warm_up" "$calls" "$pause_us")
			if [ $# -gt 0 ] &&
				! within 400 counts $((before + warm_up + calls)) "$@"; then
				spoilt=$((spoilt + 1))
				[ "$spoilt" = 4 ] || continue
				absent "$name" \
					"$(($("$@") - before)) of $((warm_up + calls)) hits were recorded"
				return 1
			fi
			[ "$round" = 0 ] || echo "$ns" >>/tmp/rounds
			round=$((round + 1))
		done
		ns=$(median </tmp/rounds)
		[ "$ns" -le "$largest" ] || largest=$ns
	done
	# The loop is subtracted, the call of the function is not.
	result "$name" "$(awk -v ns="$largest" -v loop="$loop_ns" -v calls="$calls" \
		'BEGIN { printf "%.0f", (ns - loop) / calls }')" instructions
}

stat() {
	sed -n "s/^$2 //p" "/sys/module/$1/parameters/stats"
}

# ours NAME MODULE OUTCOME PARAMETER...: measure a hit of MODULE with that outcome.
ours() {
	ours_on traced "$@"
}

# ours_on TARGET NAME MODULE OUTCOME PARAMETER...: the same on another function.
ours_on() {
	on=$1 name=$2 module=$3 outcome=$4
	shift 4
	insmod "/modules/$module.ko" symbol="bench_$on" ring=256 "$@" || {
		absent "$name" "$module could not be loaded"
		return 1
	}
	timed "$name" "$on" stat "$module" "$outcome"
	rmmod "$module"
}

# printed PATTERN: print the number of matching lines in dmesg since forget.
printed() {
	echo $(($(cat /tmp/printed) + $(dmesg -c | grep -c "$1"))) >/tmp/printed
	cat /tmp/printed
}

forget() {
	dmesg -c >/dev/null
	echo 0 >/tmp/printed
}

# ----------------------------------------------------------------------------
# Probes that do nothing, for comparison.

group_bare() {
	echo kprobe >"$bare"
	timed bare.kprobe traced
	echo kretprobe >"$bare"
	timed bare.kretprobe traced
	echo off >"$bare"
}

# ----------------------------------------------------------------------------
# This project.

group_ours() {
	ours ours.pre6 kprobe_example logged ratelimit=0 post=0
	ours ours.prepost kprobe_example logged ratelimit=0
	ours ours.jprobe6 jprobe_example logged ratelimit=0
	ours ours.kretprobe kretprobe_example logged ratelimit=0
	ours ours.filtered kprobe_example filtered ratelimit=0 post=0 pid=1
	ours ours.where kprobe_example filtered ratelimit=0 post=0 'where=arg3==0'
	ours ours.by_comm kprobe_example summed log=0 by=comm
	ours ours.by_log2 kprobe_example summed log=0 by=arg1.log2
	ours ours.by_sum kprobe_example summed log=0 by=comm sum=arg3
	ours ours.by_stack kprobe_example summed log=0 by=stack
	# shellcheck disable=SC2016 # no variables of the shell
	{
		ours ours.args8 kprobe_example logged ratelimit=0 post=0 \
			args='$arg1,$arg2,$arg3,$arg4,$arg5,$arg6,$arg7,$arg8'
		ours_on pointed ours.string kprobe_example logged ratelimit=0 post=0 \
			args='$arg1:string'
		ours_on pointed ours.nested kprobe_example logged ratelimit=0 post=0 \
			args='+8(+0($arg2))'
		ours_on pointed ours.array kprobe_example logged ratelimit=0 post=0 \
			args='+0($arg1):x8[16]'
		# The file is /probe_bench/run in debugfs.
		ours_on objects ours.file kprobe_example logged ratelimit=0 post=0 \
			args='$arg1:file'
		ours_on objects ours.sock kprobe_example logged ratelimit=0 post=0 \
			args='$arg2:sock'
	}
	ours ours.stack kprobe_example logged ratelimit=0 post=0 dump_stack=1

	insmod /modules/kprobe_example.ko symbol=bench_traced ring=256 post=0 ratelimit=1
	# Use up the burst that the limit allows.
	called traced 0 1100 0 >/dev/null
	timed ours.limited traced stat kprobe_example limited
	rmmod kprobe_example

	# Without an ftrace site the kernel can replace the int3 by a jump, unless there is a post
	# handler.
	insmod /modules/kprobe_example.ko symbol=bench_untraced ring=256 ratelimit=0 post=0
	if within 3000 grep -q 'bench_untraced.*\[OPTIMIZED\]' /sys/kernel/debug/kprobes/list; then
		# The flag is set some jiffies before the jump is written.
		sleep 1
		timed ours.post0 untraced stat kprobe_example logged
	else
		absent ours.post0 'the kernel did not optimise the probe'
	fi
	rmmod kprobe_example

	forget
	if insmod "$here/probe_log6.ko"; then
		timed ours.probe_log6 traced printed 'probe_log6: a=1 b=2 c=3 d=4 e=5 f=6'
		rmmod probe_log6
	else
		absent ours.probe_log6 'the module could not be loaded'
	fi
}

# ----------------------------------------------------------------------------
# The latency is the line's time stamp minus the t= in it. Hits come in pairs: the first one finds
# the drain thread asleep, the second one finds it polling.

group_latency() {
	forget
	insmod /modules/kprobe_example.ko symbol=bench_traced post=0
	for pause_us in 150 300 450 600 750 900 1050 1200 1350 1500 1650 1800 1950 2100 2500 3000 \
		3500 4000 5000 6000; do
		usleep $((60000 + 7 * pause_us))
		called traced 1 1 "$pause_us" >/dev/null
	done
	rmmod kprobe_example
	dmesg | sed -n 's/^\[ *\([0-9.]*\)\] .* pre_handler: .* t=\([0-9.]*\) .*/\1 \2/p' |
		awk '{ printf "%.0f\n", ($1 - $2) * 1000000 }' | sort -n >/tmp/latencies
	if [ "$(wc -l </tmp/latencies)" = 40 ]; then
		result latency.us "$(median </tmp/latencies)" us
		result latency.max.us "$(tail -n 1 /tmp/latencies)" us
	else
		absent latency.us "$(wc -l </tmp/latencies) of 40 lines were found"
	fi
}

# The rate at which the records of a full ring are printed, from the first time stamp to the last.
# A second is 10^9 instructions.
group_drain() {
	forget
	insmod /modules/kprobe_example.ko symbol=bench_traced post=0 ratelimit=0 ring=16384
	called traced 0 5000 0 >/dev/null
	rmmod kprobe_example
	dmesg | sed -n 's/^\[ *\([0-9.]*\)\] .* pre_handler: .*/\1/p' >/tmp/stamps
	if [ "$(wc -l </tmp/stamps)" = 5000 ]; then
		result drain.lines_per_s "$(awk 'NR == 1 { first = $1 } { last = $1 }
			END { printf "%.0f", (NR - 1) / (last - first) }' /tmp/stamps)" lines/s
	else
		absent drain.lines_per_s "$(wc -l </tmp/stamps) of 5000 lines were found"
	fi
}

# The memory of a loaded module: code, data, per-CPU data and the ring of the only CPU. Pages in
# the per-CPU lists are free, too, although MemFree does not count them. The stack of the thread
# is usually that of an exited thread, so it is not counted.
free_bytes() {
	echo 3 >/proc/sys/vm/drop_caches
	usleep 200000
	echo 1 >/proc/sys/vm/stat_refresh
	awk '/^MemFree:/ { kib += $2 } /^ *count:/ { pages += $2 }
		END { print kib * 1024 + pages * 4096 }' /proc/meminfo /proc/zoneinfo
}

group_memory() {
	for module in kprobe_example jprobe_example kretprobe_example; do
		: >/tmp/rounds
		for round in 0 1 2 3 4 5; do
			without=$(free_bytes)
			insmod "/modules/$module.ko" symbol=bench_traced
			with=$(free_bytes)
			rmmod "$module"
			[ "$round" = 0 ] || echo $((without - with)) >>/tmp/rounds
		done
		result "mem.$module.bytes" "$(median </tmp/rounds)" bytes
	done
}

# ----------------------------------------------------------------------------
# The time to load and unload a module with probes on 256 functions.

# some_functions N: print the names of N functions of the kernel, separated by commas.
some_functions() {
	awk '{ print $3 }' /sys/kernel/debug/kprobes/blacklist | sort -u >/tmp/blacklist
	grep -E '^(vfs|proc|kernfs|sysfs|shmem|generic|simple|seq|d|inode|file|iomap)_[a-z0-9_]*$' \
		"$tracing/available_filter_functions" | sort | uniq -u |
		grep -v -x -F -f /tmp/blacklist | head -n "$1" | paste -s -d ,
}

# loaded_ms FILE PARAMETER...: print the duration of insmod and rmmod together, in ms.
loaded_ms() {
	module=${1##*/}
	read -r begin _ </proc/uptime
	insmod "$@" && rmmod "${module%.ko}" || return
	read -r end _ </proc/uptime
	awk -v begin="$begin" -v end="$end" 'BEGIN { printf "%.0f", (end - begin) * 1000 }'
}

group_many() {
	functions=$(some_functions 256)
	for kind in kprobe jprobe kretprobe; do
		case $kind in
		kretprobe) ret=1 ;;
		*) ret=0 ;;
		esac
		if bare_ms=$(loaded_ms "$here/nothing.ko" symbol="$functions" ret=$ret) &&
			ms=$(loaded_ms "/modules/${kind}_example.ko" symbol="$functions"); then
			result "many.$kind.bare.ms" "$bare_ms" ms
			result "many.$kind.ms" "$ms" ms
			result "many.$kind.ratio" "$(awk -v ours="$ms" -v bare="$bare_ms" \
				'BEGIN { printf "%.2f", ours / bare }')" x
		else
			absent "many.$kind.ratio" "a module could not be loaded"
		fi
	done
}

# ----------------------------------------------------------------------------
# Other tracers.

recorded() {
	awk '$1 == "entries:" || $1 == "overrun:" { n += $2 } END { print n }' \
		"$tracing/per_cpu/cpu0/stats"
}

# tracefs NAME FILE DEFINITION: measure an event with its records in the trace buffer.
tracefs() {
	name=$1 file=$2
	echo >"$tracing/trace"
	if echo "$3" >"$tracing/$file" && echo 1 >"$tracing/events/bench/enable"; then
		timed "$name" traced recorded
		echo 0 >"$tracing/events/bench/enable"
		echo >"$tracing/$file"
	else
		absent "$name" "this kernel has no such events"
	fi 2>/dev/null
}

summed_by_trigger() {
	sed -n 's/^    Hits: //p' "$tracing/events/bench/e/hist"
}

# trigger NAME KEYS: measure a hist trigger of tracefs, which records no events.
trigger() {
	name=$1
	if echo 'p:bench/e bench_traced a=%di:u64' >"$tracing/kprobe_events" &&
		echo "hist:keys=$2" >"$tracing/events/bench/e/trigger"; then
		timed "$name" traced summed_by_trigger
		echo "!hist:keys=$2" >"$tracing/events/bench/e/trigger"
	else
		absent "$name" "this kernel has no such triggers"
	fi 2>/dev/null
	echo >"$tracing/kprobe_events"
}

group_tracefs() {
	# Fetching a register takes some instructions less than $arg1 to $arg6.
	case $(uname -m) in
	x86_64) six='a=%di b=%si c=%dx d=%cx e=%r8 f=%r9' ;;
	aarch64) six='a=%x0 b=%x1 c=%x2 d=%x3 e=%x4 f=%x5' ;;
	esac
	tracefs tracefs.kprobe0 kprobe_events 'p:bench/e bench_traced'
	tracefs tracefs.kprobe6 kprobe_events "p:bench/e bench_traced $six"
	tracefs tracefs.kretprobe kprobe_events "r:bench/e bench_traced ret=\$retval"
	tracefs tracefs.fprobe dynamic_events 'f:bench/e bench_traced'
	if [ "$(uname -m)" = x86_64 ]; then
		trigger tracefs.by_comm common_pid.execname
		trigger tracefs.by_log2 a.log2
		trigger tracefs.by_stack stacktrace
	fi
}

# sample NAME MODULE PATTERN PARAMETER: measure the kernel's own sample, a module with the same
# name as ours. One line of each hit matches PATTERN.
sample() {
	[ -e "$here/samples/$2.ko" ] || {
		absent "$1" 'it was not fetched or does not build, see above'
		return
	}
	insmod "$here/samples/$2.ko" "$4"
	forget
	timed "$1" traced printed "$3"
	rmmod "$2"
	forget
}

group_samples() {
	sample sample.kprobe kprobe_example '<bench_traced> .* ip = ' symbol=bench_traced
	sample sample.kretprobe kretprobe_example 'bench_traced returned' func=bench_traced
}

shown() {
	grep -c '^hit ' /tmp/bpftrace.out
}

# bpftrace NAME PROGRAM: measure a program that prints a line "hit ..." for each hit, or none.
bpftrace() {
	[ -e "$here/bpftrace" ] || {
		absent "$1" 'it was not fetched, see above'
		return
	}
	LD_LIBRARY_PATH=$here/bpftrace/lib "$here/bpftrace/bpftrace" -B line -e "$2" \
		>/tmp/bpftrace.out 2>&1 &
	tracer=$!
	if within 60000 grep -q bench_traced "$tracing/enabled_functions"; then
		# A second probe is attached slightly later than the first.
		sleep 1
		case $2 in
		*printf*) timed "$1" traced shown ;;
		*) timed "$1" traced ;;
		esac
	else
		absent "$1" "bpftrace: $(grep -m 1 -i -e error -e not /tmp/bpftrace.out)"
	fi
	kill -INT "$tracer"
	wait "$tracer"
}

# bpftrace_sum NAME PROGRAM: measure a program that counts hits in @ and prints nothing until it
# ends. So only then it shows whether each hit was counted.
bpftrace_sum() {
	bpftrace "$1" "$2" >/tmp/figure
	sums=$(sed -n 's/^@\[\?.*: \([0-9]*\)$/\1/p; s/^[[(].* \([0-9]*\) |.*/\1/p; s/^\]: //p' \
		/tmp/bpftrace.out | awk '{ n += $1 } END { print n + 0 }')
	if [ "$sums" -ge $((2 * (rounds + 1) * (warm_up + calls))) ]; then
		cat /tmp/figure
	else
		absent "$1" "$sums hits were counted"
	fi
}

group_bpftrace() {
	values='nsecs, pid, tid, comm'
	format='hit %llu %d %d %s'
	six='a=%lx b=%lx c=%lx d=%lx e=%lx f=%lx'

	bpftrace bpftrace.kprobe6 "kprobe:bench_traced {
		printf(\"$format $six\\n\", $values, arg0, arg1, arg2, arg3, arg4, arg5); }"
	bpftrace bpftrace.fentry "fentry:probe_bench:bench_traced {
		printf(\"$format $six\\n\", $values,
			args.a, args.b, args.c, args.d, args.e, args.f); }"
	bpftrace bpftrace.kretprobe "kprobe:bench_traced { @in[tid] = nsecs; }
		kretprobe:bench_traced /@in[tid]/ {
		printf(\"$format ret=%lx took=%llu\\n\", $values, retval, nsecs - @in[tid]);
		delete(@in[tid]); }"

	for type in kprobe fentry; do
		probe=kprobe:bench_traced first=arg0
		[ "$type" = kprobe ] || probe=fentry:probe_bench:bench_traced first=args.a
		bpftrace_sum "bpftrace.$type.by_comm" "$probe { @[comm] = count(); }"
		bpftrace_sum "bpftrace.$type.by_log2" "$probe { @ = hist($first); }"
		bpftrace_sum "bpftrace.$type.by_stack" "$probe { @[kstack] = count(); }"
	done
}

# ----------------------------------------------------------------------------

printf '#kernel\t%s\n' "$(uname -r)"
insmod "$here/probe_bench.ko" || exit 1
loop_ns=$(called loop "$warm_up" "$calls" 0)
timed none traced
while read -r group; do
	"group_$group"
done <"$here/groups"
