#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs inside the VM. It runs each test of the file "list" twice and reports to the host in
# lines that begin with @@. The output of a test is passed on with "# " before each line.
#
#   @@ ready RELEASE            the VM is up
#   @@ start TEST RUN LIMIT     a run begins, which may take LIMIT seconds
#   @@ took TEST RUN TIME       the duration of the run, as information
#   @@ end TEST RUN pass|fail|skip [WHY]
#   @@ again                    the remaining tests need a fresh VM
#   @@ done                     all tests of the list have run
#
# If a run has no "end", or the list no "done", the host decides what that means.
#
# shellcheck disable=SC1091,SC2154 # lib.sh and its variables: found in the VM

# An emulated machine takes 10 ms and more to start a program. busybox-static's shell runs the
# applets of busybox itself, without starting a program.
[ "${quick-}" ] || quick=yes exec busybox-static sh "$0"

here=/add/tests
state=/tmp/probe-tests
mkdir -p "$state/scratch" "$state/quick"
export here state

. "$here/lib.sh"

# lib.sh puts this folder into the PATH of scripts that run in another shell.
for name in awk cat cut dirname grep head id kill mkdir mkfifo mktemp readlink rm rmdir \
	sed seq sleep sort tail touch tr uname wc; do
	ln -s /bin/busybox-static "$state/quick/$name"
done

# The first line of a report of a fault (a splat) matches this. Lines of our own modules are
# not considered, because they contain stack traces and names of functions.
splat='(^|[^a-z_])(BUG:|WARNING:|Oops|Kernel panic|Internal error|Unable to handle kernel)'
splat="$splat|general protection fault|invalid opcode:|stack segment:|double fault:|int3: 0000"
splat="$splat|------------\[ cut here \]|scheduling while atomic"
splat="$splat|soft lockup|hard LOCKUP|INFO: task .* blocked|INFO: rcu|rcu: INFO:|rcu.*stall"
splat="$splat|possible (recursive|circular|irq lock)|inconsistent lock|suspicious RCU|held lock freed"
splat="$splat|KASAN|KCSAN|UBSAN|KFENCE|kmemleak: .*new suspected|list_(add|del) corruption"
splat="$splat|refcount_t:|Bad page|slab.*corrupt|Unrecoverable kprobe|bad: scheduling"
splat="$splat|sleeping function called|Failed to (arm|disarm|init) kprobe|stack guard page"
trace='Call [Tt]race:'
ours=';(kprobe_example|jprobe_example|kretprobe_example|probe-tests): '

# event WORD...: report to the host.
event() {
	echo "@@ $*"
}

# set_left: set $left to the modules that are loaded now but were not at the beginning.
set_left() {
	left=''
	while read -r module _; do
		case " $modules " in
		*" $module "*) ;;
		*) left="$left $module" ;;
		esac
	done </proc/modules
}

# set_unmet NEED...: set $unmet to the reason why a test with these requirements cannot run
# on this kernel, or to nothing.
set_unmet() {
	unmet=''
	for need; do
		case $need in
		arch=*) [ "$(uname -m)" = "${need#*=}" ] || unmet="only on ${need#*=}" ;;
		cpus=*) [ "$(nproc)" -ge "${need#*=}" ] || unmet="needs ${need#*=} CPUs" ;;
		config=*) config "${need#*=}" || unmet="needs CONFIG_${need#*=}" ;;
		kernel=*)
			oldest=$(printf '%s\n' "$(uname -r)" "${need#*=}" | sort -V | head -n 1)
			[ "$oldest" = "${need#*=}" ] || unmet="needs Linux ${need#*=}"
			;;
		*) unmet="unknown requirement '$need'" ;;
		esac
	done
}

# print_log LINE FILE...: print the log in the files as diagnostics, from LINE on, or all of it
# if LINE is empty.
print_log() {
	since=$1
	shift
	since=$since awk '
		BEGIN { on = ENVIRON["since"] == "" }
		$0 == ENVIRON["since"] { on = 1 }
		on && !/;probe-tests: sync/ && sub(/^[0-9][^;]*;/, "#   ")' "$@"
}

# inspect VERDICT: look for what a test left behind and for kernel splats. Sets $problem to a
# description, $broken if the problem would affect later tests, and $first to the first line
# of a splat.
inspect() {
	problem='' broken=''
	[ ! -e "$TARGET/loop" ] || echo stop >"$TARGET/loop"

	# A test that failed may have left kprobes disabled.
	read -r enabled <"$DEBUGFS/kprobes/enabled"
	[ "$enabled" = 1 ] || echo 1 >"$DEBUGFS/kprobes/enabled"

	set_left
	if [ "$left" ]; then
		problem="; still loaded:$left"
		# shellcheck disable=SC2086 # this is a list
		rmmod $left 2>/dev/null || broken=1
	fi
	# A failed test may leave modules loaded, if they can be unloaded.
	[ "$1" != fail ] || problem=''
	if read -r probe <"$DEBUGFS/kprobes/list"; then
		problem="$problem; kprobes/list still has: $probe"
		broken=1
	fi
	threads=$(grep -s -h '_example$' /proc/[0-9]*/comm)
	if [ "$threads" ]; then
		problem="$problem; still running: $threads"
		broken=1
	fi
	log_sync
	bad="$splat|$trace"
	[ ! -e "$state/traces" ] || bad=$splat
	first=$(grep -h -E -v -e "$ours" "$state"/log.* | grep -m 1 -E -e "$bad")
	if [ "$first" ]; then
		problem="$problem; kernel splat: ${first#*;}"
		broken=1
	fi
	tainted=$(cat /proc/sys/kernel/tainted)
	# 4096 is an out-of-tree module, 8192 an unsigned one.
	if [ $((tainted & ~12288)) -ne 0 ] && [ -z "$broken" ]; then
		problem="$problem; /proc/sys/kernel/tainted is $tainted"
		broken=1
		# The cause may be a splat at boot, before the first test.
		if before=$(grep -m 1 -E -e "$splat" "$state/boot"); then
			echo "# the kernel's log before the first test:"
			print_log "$before" "$state/boot" | head -n 60
		fi
	fi
	problem=${problem#; }
}

# Without this the kernel ratelimits writes to /dev/kmsg and drops canaries.
grep -q on /proc/sys/kernel/printk_devkmsg || echo on >/proc/sys/kernel/printk_devkmsg
insmod "$here/modules/probe_target.ko" || exit 4
modules=''
set_left
modules=$left
mkfifo "$state/request" "$state/reply" "$state/pipe"
exec 9<>"$state/pipe"
sh "$here/logger.sh" &
log=$state/boot
log_sync
# shellcheck disable=SC2034 # lib.sh reads it
log=$state/log.999
event "ready $(uname -r)"

while read -r name limit once needs; do
	# shellcheck disable=SC2086 # this is a list
	set_unmet $needs
	for run in 1 2; do
		event "start $name $run $limit"
		if [ "$unmet" ]; then
			event "end $name $run skip $unmet"
			break
		fi
		rm -f "$verdict" "$asserted" "$state/overrun" "$state/late" "$state/traces" \
			"$state"/log.*
		echo "<7>probe-tests: $name, run $run" >/dev/kmsg

		# The test's output is passed on while it runs, so that the host has it
		# even if the VM dies. The output ends with a line that contains $state,
		# not with the end of the pipe: a process that has left the test's session
		# may still have the pipe open.
		while IFS= read -r text && [ "$text" != "$state" ]; do
			[ -z "$text" ] || echo "# $text"
		done <&9 &
		forwarder=$!
		# Test and watchdog have sessions of their own, so that all of their
		# processes can be killed.
		read -r started _ </proc/uptime
		# shellcheck disable=SC2016 # the new shell expands them
		setsid sh -u -c '. "$here/lib.sh"; . "$here/$0.tc"' "$name" \
			>&9 2>&1 </dev/null 9>&- &
		test=$!
		setsid sh "$here/watchdog.sh" "$name $run" "$test" "$limit" &
		watchdog=$!
		wait $test
		status=$?
		read -r ended _ </proc/uptime
		# The leading 1 keeps the shell from reading 08 as an octal number.
		event "took $name $run" \
			"$(((${ended%.*} - ${started%.*}) * 100 + 1${ended#*.} - 1${started#*.})) cs"
		kill -KILL $watchdog -$watchdog 2>/dev/null
		kill -KILL -$test 2>/dev/null
		printf '\n%s\n' "$state" >&9
		wait $forwarder

		outcome=none why=''
		[ ! -e "$verdict" ] || read -r outcome why <"$verdict"
		inspect "$outcome"
		if [ -e "$state/late" ]; then
			outcome=fail why="still running after $limit s"
		elif [ "$outcome" = none ]; then
			outcome=fail why="no verdict: it ended with status $status"
		fi
		if [ "$problem" ]; then
			[ "$outcome" = fail ] && problem="$why; $problem"
			outcome=fail why=$problem
		fi
		if [ "$outcome" = fail ]; then
			if [ "$first" ]; then
				echo "# the kernel's log during the test, from its splat on:"
				print_log "$first" "$state"/log.* | head -n 60
			else
				echo "# the end of the kernel's log during the test:"
				print_log '' "$state"/log.* | tail -n 60
			fi
		fi
		event "end $name $run $outcome $why"
		case $broken$once$outcome in
		nopass) ;;
		*) break ;;
		esac
	done
	if [ "$broken" ]; then
		event again
		exit 0
	fi
done <"$here/list"

rmmod probe_target || exit 5
event "done"
exit 0
