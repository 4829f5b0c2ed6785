# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The library of the tests. Each test runs in a shell of its own inside the VM, which sources
# this file and then the test.
#
# log_sync writes a canary to the kernel's log and copies the log up to this canary into a
# file. The log is never cleared, no line is copied twice, and a loss of lines that the kernel
# overwrote before they were read is detected. A separate process, logger.sh, reads
# /dev/kmsg: the modules treat a process that has it open as a log reader and do not log its
# hits.
#
# REGEX is an extended regular expression that is matched against the message only. A ^ is
# allowed only as its first character.
#
# Starting a process takes milliseconds in an emulated machine, so these functions prefer
# what the shell can do itself.
#
# A test ends by calling pass, fail or skip. A test that ends without a verdict fails, and so
# does one that passes without an assertion.

: "${here:?}" "${state:?}"

DEBUGFS=/sys/kernel/debug
TARGET=$DEBUGFS/probe_target
# shellcheck disable=SC2034 # tests keep their files in this folder
SCRATCH=$state/scratch

_marks=100
log=$state/log.$_marks	# the kernel's log since the last mark, as /dev/kmsg gives it
asserted=$state/asserted
verdict=$state/verdict

# ---------------------------------------------------------- the architecture

# Registers as args= names them, the prefixes of system calls' entry functions, the mode of a probe
# that is neither ftrace-based nor optimized, and how far behind a function's start, if not at it, a
# probe on its entry may be. Tests use these variables and $ARCH, not uname.
ARCH=$(uname -m)
# shellcheck disable=SC2034 # tests use them
case $ARCH in
x86_64)
	BREAKPOINT=int3 SKIPPED=4	# an ENDBR, by the kernel
	REG_ARG1=%di REG_ARG2=%si REG_ARG_LAST=%r9 REG_RETURN=%ax REG_STACK=%sp
	SYS=__x64_sys_ SYS_COMPAT=__ia32_compat_sys_
	;;
aarch64)
	BREAKPOINT=brk SKIPPED=''
	REG_ARG1=%x0 REG_ARG2=%x1 REG_ARG_LAST=%x7 REG_RETURN=%x0 REG_STACK=%sp
	SYS=__arm64_sys_ SYS_COMPAT=__arm64_compat_sys_
	;;
armv7l)
	BREAKPOINT=undef SKIPPED=''
	REG_ARG1=%r0 REG_ARG2=%r1 REG_ARG_LAST=%r3 REG_RETURN=%r0 REG_STACK=%sp
	SYS=sys_ SYS_COMPAT=''
	;;
riscv64)
	BREAKPOINT=ebreak SKIPPED=8	# a site of ftrace, by the modules
	REG_ARG1=%a0 REG_ARG2=%a1 REG_ARG_LAST=%a7 REG_RETURN=%a0 REG_STACK=%sp
	SYS=__riscv_sys_ SYS_COMPAT=__riscv_compat_sys_
	;;
*)
	echo "lib.sh does not support $ARCH" >&2
	exit 1
	;;
esac

# --------------------------------------------------------------- the verdict

# diag TEXT...: print a diagnostic line.
diag() {
	printf '%s\n' "$*"
}

# pass: end the test successfully.
pass() {
	[ -s "$asserted" ] || fail "it asserted nothing"
	# A failure in a subshell ended only the subshell.
	[ ! -e "$verdict" ] || exit 1
	echo pass >"$verdict"
	exit 0
}

# fail WHY...: end the test as failed.
fail() {
	# The verdict is one line.
	printf 'fail %s\n' "$*" | awk '{ printf "%s%s", end, $0; end = "; " }' >"$verdict"
	echo >>"$verdict"
	exit 1
}

# skip WHY...: end the test as skipped. WHY names what this kernel or machine lacks.
skip() {
	echo "skip $*" >"$verdict"
	exit 0
}

# --------------------------------------------------------- the kernel's log

# log_sync: append what the kernel has logged so far to $log.
log_sync() {
	_synced=$((${_synced:-0} + 1))
	_canary="probe-tests: sync $$.$_synced."
	echo "<7>$_canary" >/dev/kmsg
	echo "$_canary $log" >"$state/request"
	# The first replies may be those to earlier requests whose senders were killed.
	_replied=''
	until [ "$_replied" = "$$.$_synced." ]; do
		read -r _replied _reply <"$state/reply"
	done
	[ "$_reply" = complete ] || : >"$state/overrun"
}

# mark: start a new section of the log. The functions below look at the current section only.
mark() {
	log_sync
	_marks=$((_marks + 1))
	log=$state/log.$_marks
	: >"$log"
}

# assert_log_complete: the kernel overwrote no lines before they were read.
assert_log_complete() {
	[ ! -e "$state/overrun" ] || fail "lines of the kernel's log were lost"
}

# set_pattern REGEX: set $_pattern to the expression that finds REGEX in $log, whose lines have
# the format of /dev/kmsg.
set_pattern() {
	case $1 in
	'^'*) _pattern="^[0-9][^;]*;(${1#?})" ;;
	*) _pattern="^[0-9][^;]*;.*($1)" ;;
	esac
}

# lines REGEX: print the lines since the mark that match.
lines() {
	set_pattern "$1"
	grep -E -e "$_pattern" "$log" | sed 's/^[^;]*;//'
}

# count REGEX: print how many lines since the mark match.
count() {
	set_line_count "$1"
	echo "$_line_count"
}

# set_line_count REGEX: set $_line_count to the number of lines since the mark that match.
set_line_count() {
	set_pattern "$1"
	grep -c -E -e "$_pattern" "$log" >"$state/count"
	read -r _line_count <"$state/count"
}

# line REGEX [N]: print the Nth (default: first) line since the mark that matches.
line() {
	set_pattern "$1"
	grep -E -e "$_pattern" "$log" | sed -n "${2:-1}{s/^[^;]*;//;p;q}"
}

# field KEY LINE: print the value in " KEY=value", " KEY = value" or " KEY value".
field() {
	case $2 in
	*" $1="*) _value=${2#*" $1="} ;;
	*" $1 = "*) _value=${2#*" $1 = "} ;;
	*" $1 "*) _value=${2#*" $1 "} ;;
	*) return ;;
	esac
	_value=${_value%% *}
	echo "${_value%[,)]}"
}

# ----------------------------------------------------------------- assertions

# Each of these records WHAT as asserted and ends the test as failed if it does not hold.

# assert WHAT COMMAND...: COMMAND succeeds, which shows WHAT.
assert() {
	_what=$1
	shift
	echo "$_what" >>"$asserted"
	"$@" || fail "$_what: false ($*)"
}

# assert_eq WHAT EXPECTED ACTUAL: the two strings are equal.
assert_eq() {
	echo "$1" >>"$asserted"
	[ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

# assert_ge WHAT MIN ACTUAL: the decimal number ACTUAL is at least MIN.
assert_ge() {
	echo "$1" >>"$asserted"
	case $3 in '' | *[!0-9]*) fail "$1: '$3' is not a number" ;; esac
	[ "$3" -ge "$2" ] || fail "$1: expected $2 or more, got $3"
}

# assert_match WHAT REGEX TEXT: a line of TEXT matches.
assert_match() {
	echo "$1" >>"$asserted"
	grep -q -E -e "$2" <<END || fail "$1: expected /$2/, got '$3'"
$3
END
}

# assert_has WHAT TEXT PART...: TEXT contains each PART literally.
assert_has() {
	echo "$1" >>"$asserted"
	_what=$1 _text=$2
	shift 2
	for _part; do
		case $_text in
		*"$_part"*) ;;
		*) fail "$_what: expected '$_part' in '$_text'" ;;
		esac
	done
}

# start_timeout: start a period of TIMEOUT seconds. timed_out: the period is over. Reading the
# time from /proc/uptime does not start a process.
TIMEOUT=15
start_timeout() {
	read -r _until _ </proc/uptime
	_until=$((${_until%.*} + TIMEOUT + 1))
}

timed_out() {
	read -r _now _ </proc/uptime
	[ "${_now%.*}" -ge "$_until" ]
}

# wait_for REGEX [N]: wait until N (default: 1) or more lines since the mark match, for at most
# TIMEOUT seconds.
wait_for() {
	echo "$1" >>"$asserted"
	start_timeout
	while log_sync; do
		set_line_count "$1"
		[ "$_line_count" -lt "${2:-1}" ] || return 0
		! timed_out || fail "expected ${2:-1} lines /$1/ in dmesg, got $_line_count"
		usleep 10000
	done
}

# expect_lines N REGEX: wait like wait_for. Then exactly N lines since the mark must match.
expect_lines() {
	wait_for "$2" "$1"
	assert_log_complete
	[ "$_line_count" -eq "$1" ] ||
		fail "expected exactly $1 lines /$2/ in dmesg, got $_line_count"
}

# assert_count N REGEX: exactly N lines since the mark match now.
assert_count() {
	echo "$2" >>"$asserted"
	log_sync
	assert_log_complete
	set_line_count "$2"
	[ "$_line_count" -eq "$1" ] ||
		fail "expected exactly $1 lines /$2/ in dmesg, got $_line_count"
}

# assert_one_line MODULE PART...: MODULE has logged exactly one line since the mark, and the
# line contains each PART. The line that the kernel itself adds when a module refuses a
# parameter's value is not counted.
assert_one_line() {
	_module=$1 _only='' _line_count=0
	shift
	log_sync
	while IFS= read -r _line; do
		case $_line in
		*';'"$_module: \`"*"invalid for parameter"*) ;;
		*';'"$_module: "*) _only=${_line#*;} _line_count=$((_line_count + 1)) ;;
		esac
	done <"$log"
	[ $_line_count -eq 1 ] ||
		fail "expected one line of $_module, got $_line_count; the last is: $_only"
	assert_has "the line of $_module" "$_only" "$@"
}

# assert_order REGEX...: lines since the mark match these expressions, in this order.
assert_order() {
	echo "$*" >>"$asserted"
	log_sync
	_from=1
	for _regex; do
		set_pattern "$_regex"
		_at=$(tail -n +$_from "$log" | grep -n -m 1 -E -e "$_pattern") ||
			fail "no line /$_regex/ after those before it in: $*"
		_from=$((_from + ${_at%%:*}))
	done
}

# wait_until WHAT COMMAND...: repeat COMMAND until it succeeds, for at most TIMEOUT seconds.
wait_until() {
	_what=$1
	shift
	echo "$_what" >>"$asserted"
	start_timeout
	until "$@"; do
		! timed_out || fail "$_what: still false after $TIMEOUT s ($*)"
		usleep 10000
	done
}

# ------------------------------------------------------------------- modules

# busybox's shell would run its own insmod, which calls a module's init a second time if it
# fails. This is kmod's.
insmod() {
	/sbin/insmod "$@"
}

# try_load MODULE [PARAMETER=VALUE...]: run insmod and return its status. Its message is in
# $OUT.
try_load() {
	_ko=/modules/$1.ko
	[ -e "$_ko" ] || _ko=$here/modules/$1.ko
	shift
	OUT=''
	insmod "$_ko" "$@" 2>"$state/out" && return
	read -r OUT <"$state/out"
	return 1
}

loaded() {
	[ -d "/sys/module/$1" ]
}

# load MODULE [PARAMETER=VALUE...]: run insmod, which must succeed.
load() {
	_module=$1
	echo "load $*" >>"$asserted"
	try_load "$@" || fail "insmod $*: ${OUT#insmod: ERROR: }"
	loaded "$_module" || fail "insmod $* succeeded, but $_module is not loaded"
}

# unload MODULE...: run rmmod, which must succeed, and read the log.
unload() {
	for _module; do
		echo "unload $_module" >>"$asserted"
		rmmod "$_module" 2>"$state/out" || fail "rmmod $_module: $(cat "$state/out")"
		! loaded "$_module" || fail "$_module is still loaded after rmmod"
	done
	log_sync
}

# set_error ERRNO: set $_error to the text that kmod's insmod prints for it.
set_error() {
	case $1 in
	E2BIG) _error="Argument list too long" ;;
	EADDRNOTAVAIL) _error="Cannot assign requested address" ;;
	EBUSY) _error="Device or resource busy" ;;
	EEXIST) _error="File exists" ;;
	EILSEQ) _error="Invalid or incomplete multibyte or wide character" ;;
	EINVAL) _error="Invalid parameters" ;;
	ENAMETOOLONG) _error="File name too long" ;;
	ENODEV) _error="No such device" ;;
	ENOENT) _error="Unknown symbol in module" ;;
	ENOMEM) _error="Cannot allocate memory" ;;
	EOPNOTSUPP) _error="Operation not supported" ;;
	*) fail "set_error has no text for $1" ;;
	esac
}

# load_fails ERRNO MODULE [PARAMETER=VALUE...]: insmod must fail with ERRNO, without leaving
# the module or a probe behind. Sets a mark first, so that the module's messages are those
# since the mark.
load_fails() {
	set_error "$1"
	shift
	echo "load_fails $*" >>"$asserted"
	mark
	_short=$(printf '%.80s' "$*")
	! try_load "$@" || fail "insmod $_short succeeded, expected: $_error"
	[ "${OUT##*: }" = "$_error" ] ||
		fail "insmod $_short: expected '$_error', got '${OUT##*: }'"
	! loaded "$1" || fail "insmod $_short failed, but $1 is loaded"
	! read -r _probe <"$DEBUGFS/kprobes/list" ||
		fail "insmod $_short failed, but kprobes/list has: $_probe"
	log_sync
}

# parameter MODULE NAME [VALUE]: print a parameter of a loaded module, or set it to VALUE.
parameter() {
	if [ $# -gt 2 ]; then
		printf '%s\n' "$3" >"/sys/module/$1/parameters/$2"
	else
		cat "/sys/module/$1/parameters/$2"
	fi
}

# uptime_cs: print the time since the boot in hundredths of a second.
uptime_cs() {
	read -r _now _ </proc/uptime
	echo "${_now%.*}${_now#*.}"
}

# stat MODULE NAME [FUNCTION]: print a counter from stats, of the module or of one probe. It is
# called often, so it starts no program.
stat() {
	while read -r _key _rest; do
		case $_key,${3-} in
		"$2",) echo "$_rest" ;;
		"target_${3-}",?*) field "$2" "$_key $_rest" ;;
		esac
	done <"/sys/module/$1/parameters/stats"
}

# sequence: print the handlers of kprobe_example that have logged since the mark, in order.
sequence() {
	lines '^kprobe_example: <' | sed 's/.*> \([a-z]*\)_handler: .*/\1/' | tr '\n' ' '
}

# -------------------------------------------------------------------- scripts

# scripts/* run in /bin/sh. Through this folder it starts programs of busybox-static, which
# start faster.
PATH=$state/quick:$PATH

# script STATUS NAME ARGUMENT...: run scripts/NAME, which must end with STATUS. Its output is
# in $OUT.
script() {
	_expected=$1 _script=$2
	shift 2
	echo "$_script $*" >>"$asserted"
	OUT=$("$here/scripts/$_script" "$@" 2>&1 </dev/null)
	_status=$?
	[ $_status = "$_expected" ] ||
		fail "$_script $*: expected status $_expected, got $_status: $OUT"
}

# probe_modules: link the modules of this kernel to the project's folder, where scripts/probe
# looks for them.
probe_modules() {
	[ -e "$here/kprobe_example.ko" ] || ln -s /modules/*_example.ko "$here"
}

# start_probe KIND FUNCTION[,FUNCTION]... ARGUMENT...: start scripts/probe in the background,
# with the modules of this kernel, and wait until its output has a "Planted" line for each
# function. Its process id is in $probe_pid, its output in the file $PRINTED.
PRINTED=$state/printed
start_probe() {
	echo "probe $*" >>"$asserted"
	: >"$PRINTED"
	probe_modules
	"$here/scripts/probe" "$@" >"$PRINTED" 2>&1 </dev/null &
	probe_pid=$!
	_functions=$(echo "$2" | tr , '\n' | grep -c .)
	until [ "$(grep -c Planted "$PRINTED")" -ge "$_functions" ]; do
		kill -0 $probe_pid 2>/dev/null || fail "probe $*: $(cat "$PRINTED")"
		usleep 50000
	done
}

# wait_probe STATUS: wait until the scripts/probe of start_probe ends. It must end with STATUS
# and leave nothing behind.
wait_probe() {
	wait "$probe_pid"
	_status=$?
	[ $_status = "$1" ] || fail "probe: expected status $1, got $_status: $(cat "$PRINTED")"
	assert_nothing_left
}

# leftovers: print the modules, files, trace instances and processes of scripts/probe that
# still exist.
leftovers() {
	for _left in /sys/module/kprobe_example /sys/module/jprobe_example \
		/sys/module/kretprobe_example \
		/run/probe.* /sys/kernel/tracing/instances/probe.* \
		/sys/kernel/tracing/events/probe /tmp/tmp.*; do
		[ ! -e "$_left" ] || echo "$_left: $(ls "$_left")"
	done
	# shellcheck disable=SC2009 # the guest has no pgrep
	ps | grep '[s]cripts/probe'
}

# assert_nothing_left: scripts/probe left no module, file or process behind.
assert_nothing_left() {
	assert_eq "what scripts/probe left behind" '' "$(leftovers)"
}

# wait_nothing_left WHAT: wait until scripts/probe has left nothing behind, for at most TIMEOUT
# seconds.
wait_nothing_left() {
	wait_until "$1" _nothing_left
}

_nothing_left() {
	[ -z "$(leftovers)" ]
}

# ------------------------------------------------- what the kernel itself reports

# address SYMBOL: print the address of a function: of a function of probe_target as the
# compiler knows it, of others from kallsyms. Reading kallsyms takes seconds, so each symbol
# is looked up once.
address() {
	case $1 in
	target_*)
		sed -n "s/^address $1 //p" "$TARGET/values"
		return
		;;
	esac
	if [ ! -e "$state/address.$1" ]; then
		_found=$(grep -m 1 -E "^[0-9a-f]+ [tTwW] $1\$" /proc/kallsyms) || return
		echo "${_found%% *}" >"$state/address.$1"
	fi
	cat "$state/address.$1"
}

# plus HEX NUMBER: print the sum as an address of 16 digits.
plus() {
	printf '%016x\n' $((0x$1 + $2))
}

# assert_entry WHAT ADDRESS SYMBOL: a probe on the entry of SYMBOL is at ADDRESS: the
# function's first byte, or $SKIPPED bytes later.
assert_entry() {
	_start=$(address "$3")
	echo "$1" >>"$asserted"
	[ "$2" = "$_start" ] ||
		{ [ "$SKIPPED" ] && [ "$2" = "$(plus "$_start" "$SKIPPED")" ]; } ||
		fail "$1: expected the entry of $3, $_start, got '$2'"
}

# probes: print the kernel's list of probes, one per line: address, k or r, symbol, flags.
probes() {
	cat $DEBUGFS/kprobes/list
}

# probe_at ADDRESS [k|r]: print the lines of the kernel's list for an address.
probe_at() {
	grep -E "^$1 +${2:-[kr]} " $DEBUGFS/kprobes/list
}

# probe_on SYMBOL [k|r]: print the lines of the kernel's list for probes on the function's
# entry: see assert_entry.
probe_on() {
	grep -E " +${2:-[kr]} +$1\+0x[0$SKIPPED]( |\$)" $DEBUGFS/kprobes/list
}

# kernel_mode ADDRESS: print the mode of a probe according to the kernel's list, in the terms
# of the modules' mode= field; "off" if it is not armed, "none" if there is no probe.
kernel_mode() {
	case $(probe_at "$1") in
	'') echo none ;;
	*'[DISABLED]'* | *'[GONE]'*) echo off ;;
	*'[FTRACE]'*) echo ftrace ;;
	*'[OPTIMIZED]'*) echo optimized ;;
	*) echo $BREAKPOINT ;;
	esac
}

# config OPTION: succeeds if CONFIG_<OPTION> is y. The module probe_target must list the option.
config() {
	grep -q "^CONFIG_$1=" $TARGET/config || fail "probe_target does not list CONFIG_$1"
	grep -q "^CONFIG_$1=y" $TARGET/config
}

# allow_stack_traces: a stack trace of the kernel alone does not fail this test. Other kinds of
# splat do.
allow_stack_traces() {
	: >"$state/traces"
}

# start_leak_check: make kmemleak forget the leaks that it has found so far.
start_leak_check() {
	[ -e $DEBUGFS/kmemleak ] || return 0
	echo scan >$DEBUGFS/kmemleak
	echo clear >$DEBUGFS/kmemleak
}

# assert_no_leaks: kmemleak finds no leak since start_leak_check. Kernels without kmemleak are
# not checked.
assert_no_leaks() {
	[ -e $DEBUGFS/kmemleak ] || return 0
	# kmemleak does not report objects that are younger than five seconds, or that have
	# changed since the previous scan.
	sleep 6
	echo scan >$DEBUGFS/kmemleak
	echo scan >$DEBUGFS/kmemleak
	assert_eq "what kmemleak has found" '' "$(cat $DEBUGFS/kmemleak)"
}

# -------------------------------------------------------------- probe_target

# call NAME [COUNT [ARG]]: call target_NAME() from this process.
call() {
	echo "$*" >$TARGET/call || fail "probe_target refused: call $*"
}

# loop NAME CPU [ARG]: start a thread that calls target_NAME() in a loop on that CPU. loop
# stop: end all of these threads.
loop() {
	echo "$*" >$TARGET/loop || fail "probe_target refused: loop $*"
}

# calls NAME: print how many times target_NAME() has been entered.
calls() {
	sed -n "s/^$1 //p" $TARGET/calls
}

# value NAME: print a value of probe_target: result (of the last call), slept, pointer, offset
# and others.
value() {
	sed -n "s/^$1 //p" $TARGET/values
}
