#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs inside the VM: the tests named in "list", each of them twice, and tells
# the host in lines that begin with @@. What a test prints is passed on as "# ".
#
#   @@ ready RELEASE            the VM is up
#   @@ start TEST RUN LIMIT     before each run, which may take LIMIT seconds
#   @@ took TEST RUN TIME       how long the run was, for people to read
#   @@ end TEST RUN pass|fail|skip [WHY]
#   @@ again                    the rest had better run in a fresh VM
#   @@ done                     the list is finished
#
# A run without an end, or a list without "done", is for the host to judge.
#
# shellcheck disable=SC1091,SC2154 # lib.sh and its variables: found in the VM

# An emulated machine takes 10 ms and more to start a program. This shell, and all
# that is called "sh" from here on, needs none for what busybox can do.
[ "${quick-}" ] || quick=yes exec busybox-static sh "$0"

here=/add/tests
state=/tmp/probe-tests
mkdir -p "$state/scratch" "$state/quick"
export here state

. "$here/lib.sh"

# For programs that are started by another shell all the same.
for name in awk cat cut dirname grep head id kill mkdir mkfifo mktemp readlink rm rmdir \
	sed seq sleep sort tail touch tr uname wc; do
	ln -s /bin/busybox-static "$state/quick/$name"
done

# These begin a report of something that should not be; a line of our own
# modules, which print stacks and quote functions, is none.
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

say() {
	echo "@@ $*"
}

# set_left: sets $left to the modules that are loaded now and were not at first.
set_left() {
	left=''
	while read -r module _; do
		case " $modules " in
		*" $module "*) ;;
		*) left="$left $module" ;;
		esac
	done </proc/modules
}

# set_unmet NEED...: sets $unmet to why a test with these needs cannot run here.
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
		*) unmet="the runner does not know what '$need' is" ;;
		esac
	done
}

# from LINE FILE...: the log in the files, from that line on, or all of it if that is empty; for
# people to read
from() {
	since=$1
	shift
	since=$since awk '
		BEGIN { on = ENVIRON["since"] == "" }
		$0 == ENVIRON["since"] { on = 1 }
		on && !/;probe-tests: sync/ && sub(/^[0-9][^;]*;/, "#   ")' "$@"
}

# inspect VERDICT: finds what a test has left behind. Sets $problem, and $broken
# if later tests would suffer from it, and $first to the first line of a kernel splat.
inspect() {
	problem='' broken=''
	[ ! -e "$TARGET/loop" ] || echo stop >"$TARGET/loop"

	# a test that ended half-way may have left them off
	read -r enabled <"$DEBUGFS/kprobes/enabled"
	[ "$enabled" = 1 ] || echo 1 >"$DEBUGFS/kprobes/enabled"

	set_left
	if [ "$left" ]; then
		problem="; still loaded:$left"
		# shellcheck disable=SC2086 # a list
		rmmod $left 2>/dev/null || broken=1
	fi
	# a test that fails may leave modules behind, if they can be unloaded
	[ "$1" != fail ] || problem=''
	if read -r probe <"$DEBUGFS/kprobes/list"; then
		problem="$problem; the kernel's list of probes has: $probe"
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
	# 4096: out-of-tree module, 8192: unsigned module
	if [ $((tainted & ~12288)) -ne 0 ] && [ -z "$broken" ]; then
		problem="$problem; /proc/sys/kernel/tainted is $tainted"
		broken=1
		# A test is not to blame for what was wrong before the first one.
		if before=$(grep -m 1 -E -e "$splat" "$state/boot"); then
			echo "# the kernel, before the first test:"
			from "$before" "$state/boot" | head -n 60
		fi
	fi
	problem=${problem#; }
}

# otherwise the kernel drops canaries that come too fast
grep -q on /proc/sys/kernel/printk_devkmsg || echo on >/proc/sys/kernel/printk_devkmsg
insmod "$here/modules/probe_target.ko" || exit 4
modules=''
set_left
modules=$left
mkfifo "$state/ask" "$state/answer" "$state/pipe"
exec 9<>"$state/pipe"
sh "$here/logger.sh" &
log=$state/boot
log_sync
# shellcheck disable=SC2034 # lib.sh reads it
log=$state/log.999
say "ready $(uname -r)"

while read -r name limit once needs; do
	# shellcheck disable=SC2086 # a list
	set_unmet $needs
	for run in 1 2; do
		say "start $name $run $limit"
		if [ "$unmet" ]; then
			say "end $name $run skip $unmet"
			break
		fi
		rm -f "$verdict" "$asserted" "$state/overrun" "$state/late" "$state/traces" \
			"$state"/log.*
		echo "<7>probe-tests: $name, run $run" >/dev/kmsg

		# In sessions of their own, so that all their processes can be
		# ended. What the test prints is passed on while it runs: if
		# the VM dies, the host has it. It ends with a word, not with
		# the pipe: what has left that session may still have it open.
		while IFS= read -r text && [ "$text" != "$state" ]; do
			[ -z "$text" ] || echo "# $text"
		done <&9 &
		passing_on=$!
		read -r started _ </proc/uptime
		# shellcheck disable=SC2016 # that shell's own variables
		setsid sh -u -c '. "$here/lib.sh"; . "$here/$0.tc"' "$name" \
			>&9 2>&1 </dev/null 9>&- &
		test=$!
		setsid sh "$here/watchdog.sh" "$name $run" "$test" "$limit" &
		watchdog=$!
		wait $test
		status=$?
		read -r ended _ </proc/uptime
		# 1: or else 0.08 were an octal number
		say "took $name $run" \
			"$(((${ended%.*} - ${started%.*}) * 100 + 1${ended#*.} - 1${started#*.})) cs"
		kill -KILL $watchdog -$watchdog 2>/dev/null
		kill -KILL -$test 2>/dev/null
		printf '\n%s\n' "$state" >&9
		wait $passing_on

		word=none why=''
		[ ! -e "$verdict" ] || read -r word why <"$verdict"
		inspect "$word"
		if [ -e "$state/late" ]; then
			word=fail why="still running after $limit s"
		elif [ "$word" = none ]; then
			word=fail why="no verdict: it ended with status $status"
		fi
		if [ "$problem" ]; then
			[ "$word" = fail ] && problem="$why; $problem"
			word=fail why=$problem
		fi
		if [ "$word" = fail ]; then
			if [ "$first" ]; then
				echo "# the kernel's log during the test, from its splat on:"
				from "$first" "$state"/log.* | head -n 60
			else
				echo "# the kernel's log during the test, its last lines:"
				from '' "$state"/log.* | tail -n 60
			fi
		fi
		say "end $name $run $word $why"
		case $broken$once$word in
		nopass) ;;
		*) break ;;
		esac
	done
	if [ "$broken" ]; then
		say again
		exit 0
	fi
done <"$here/list"

rmmod probe_target || exit 5
say "done"
exit 0
