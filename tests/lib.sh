# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What a test can say. Sourced by guest.sh inside the VM, before every test.
#
# The kernel's log is taken over piece by piece, each up to a canary that was
# written into it. Nothing is ever cleared, no line is seen twice, and lines that
# the kernel overwrote before they were read are noticed. A process of its own
# reads (logger.sh): what holds /dev/kmsg open counts as a reader of the log, whose
# hits the modules do not log.
#
# A REGEX is an extended one and is matched against the message alone; a ^ may
# only be its first character.
#
# An emulated machine takes 10 ms and more to start a process, so what the shell
# can do itself is left to it.
#
# A test ends with pass, fail or skip. One that just ends has no verdict, and
# one that passes without having asserted anything fails.

: "${here:?}" "${state:?}"

DEBUGFS=/sys/kernel/debug
TARGET=$DEBUGFS/probe_target
# shellcheck disable=SC2034 # for tests: a folder for their files
SCRATCH=$state

_marks=100
log=$state/log.$_marks	# the kernel's log since the last mark, as /dev/kmsg gives it
asserted=$state/asserted
verdict=$state/verdict

# --------------------------------------------------------------- the verdict

# note TEXT...: a diagnostic line of the test.
note() {
	printf '%s\n' "$*"
}

# pass: the test has shown what it is there to show.
pass() {
	[ -s "$asserted" ] || fail "it asserted nothing"
	# a failure in a subshell has not ended the test
	[ ! -e "$verdict" ] || exit 1
	echo pass >"$verdict"
	exit 0
}

# fail WHY...: ends the test.
fail() {
	echo "fail $*" >"$verdict"
	exit 1
}

# skip WHY...: it cannot be tested here; names what is missing.
skip() {
	echo "skip $*" >"$verdict"
	exit 0
}

# --------------------------------------------------------- the kernel's log

# log_sync: takes over what the kernel logged up to now.
log_sync() {
	_synced=$((${_synced:-0} + 1))
	_canary="probe-tests: sync $$.$_synced."
	echo "<7>$_canary" >/dev/kmsg
	echo "$_canary" >"$state/ask"
	# An answer to somebody who did not wait for it may come first.
	while read -r _answered _answer <"$state/answer"; do
		[ "$_answered" != "$$.$_synced." ] || break
	done
	cat "$state/new" >>"$log"
	[ "$_answer" = whole ] || : >"$state/overrun"
}

# mark: only what comes from here on is looked at.
mark() {
	log_sync
	_marks=$((_marks + 1))
	log=$state/log.$_marks
	: >"$log"
}

# whole_log: fails if lines were overwritten before they were read.
whole_log() {
	[ ! -e "$state/overrun" ] || fail "lines of the kernel's log were lost"
}

# set_pattern REGEX: sets $_pattern to what finds it in $log.
set_pattern() {
	case $1 in
	'^'*) _pattern="^[0-9][^;]*;(${1#?})" ;;
	*) _pattern="^[0-9][^;]*;.*($1)" ;;
	esac
}

# lines REGEX: the lines since the mark that match.
lines() {
	set_pattern "$1"
	grep -E -e "$_pattern" "$log" | sed 's/^[^;]*;//'
}

# count REGEX: how many lines since the mark match.
count() {
	set_pattern "$1"
	grep -c -E -e "$_pattern" "$log"
}

# line REGEX [N]: the Nth (default: first) line since the mark that matches.
line() {
	set_pattern "$1"
	grep -E -e "$_pattern" "$log" | sed -n "${2:-1}{s/^[^;]*;//;p;q}"
}

# field KEY LINE: the value in " KEY=value", " KEY = value" or " KEY value".
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

# assert WHAT COMMAND...: WHAT holds because COMMAND succeeds.
assert() {
	_what=$1
	shift
	echo "$_what" >>"$asserted"
	"$@" || fail "$_what: not so ($*)"
}

# assert_eq WHAT EXPECTED ACTUAL
assert_eq() {
	echo "$1" >>"$asserted"
	[ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

# assert_ge WHAT LEAST ACTUAL: decimal numbers
assert_ge() {
	echo "$1" >>"$asserted"
	case $3 in '' | *[!0-9]*) fail "$1: '$3' is no number" ;; esac
	[ "$3" -ge "$2" ] || fail "$1: expected $2 or more, got $3"
}

# assert_match WHAT REGEX TEXT
assert_match() {
	echo "$1" >>"$asserted"
	echo "$3" | grep -q -E -e "$2" || fail "$1: expected /$2/, got '$3'"
}

# patience: begins five seconds of it; out_of_patience: they are over. (sleeping
# takes a process, asking for the time does not)
patience() {
	read -r _until _ </proc/uptime
	_until=$((${_until%.*} + 6))
}

out_of_patience() {
	read -r _now _ </proc/uptime
	[ "${_now%.*}" -ge "$_until" ]
}

# wait_for REGEX [N]: N (default 1) lines since the mark match, or will within
# five seconds.
wait_for() {
	echo "$1" >>"$asserted"
	patience
	while log_sync; do
		_seen=$(count "$1")
		[ "$_seen" -lt "${2:-1}" ] || return 0
		! out_of_patience || fail "expected ${2:-1} lines /$1/ in dmesg, got $_seen"
		usleep 10000
	done
}

# expect_lines N REGEX: N lines since the mark match, or will within five seconds,
# and not one more.
expect_lines() {
	wait_for "$2" "$1"
	assert_count "$1" "$2"
}

# assert_count N REGEX: exactly N lines since the mark match.
assert_count() {
	echo "$2" >>"$asserted"
	log_sync
	whole_log
	_seen=$(count "$2")
	[ "$_seen" -eq "$1" ] || fail "expected exactly $1 lines /$2/ in dmesg, got $_seen"
}

# assert_order REGEX...: since the mark there is a line for each, in this order.
assert_order() {
	echo "$*" >>"$asserted"
	log_sync
	_from=1
	for _regex; do
		set_pattern "$_regex"
		_at=$(tail -n +$_from "$log" | grep -n -m 1 -E -e "$_pattern") ||
			fail "no line /$_regex/ in its place (of: $*)"
		_from=$((_from + ${_at%%:*}))
	done
}

# wait_until WHAT COMMAND...: COMMAND succeeds, or will within five seconds.
wait_until() {
	_what=$1
	shift
	echo "$_what" >>"$asserted"
	patience
	until "$@"; do
		! out_of_patience || fail "$_what: not so after 5 s ($*)"
		usleep 10000
	done
}

# ------------------------------------------------------------------- modules

# ko MODULE: its file, of the project or of the tests.
ko() {
	if [ -e "$here/modules/$1.ko" ]; then
		echo "$here/modules/$1.ko"
	else
		echo "/modules/$1.ko"
	fi
}

loaded() {
	grep -q "^$1 " /proc/modules
}

# load MODULE [PARAMETER=VALUE...]: must work.
load() {
	_module=$1
	shift
	echo "load $_module" >>"$asserted"
	_out=$(insmod "$(ko "$_module")" "$@" 2>&1) ||
		fail "insmod $_module $*: ${_out#insmod: ERROR: }"
	loaded "$_module" || fail "insmod $_module $* succeeded, but it is not in /proc/modules"
}

# unload MODULE...: must work. All that it had to say is in the log then.
unload() {
	for _module; do
		echo "unload $_module" >>"$asserted"
		_out=$(rmmod "$_module" 2>&1) || fail "rmmod $_module: ${_out#rmmod: ERROR: }"
		! loaded "$_module" || fail "$_module is still in /proc/modules after rmmod"
	done
	log_sync
}

# error_text ERRNO: what insmod (kmod's) says of it.
error_text() {
	case $1 in
	ENOENT) echo "Unknown symbol in module" ;;
	EINVAL) echo "Invalid parameters" ;;
	EEXIST) echo "File exists" ;;
	EBUSY) echo "Device or resource busy" ;;
	E2BIG) echo "Argument list too long" ;;
	ENOSPC) echo "No space left on device" ;;
	ENOMEM) echo "Cannot allocate memory" ;;
	ERANGE) echo "Numerical result out of range" ;;
	EILSEQ) echo "Invalid or incomplete multibyte or wide character" ;;
	EOPNOTSUPP) echo "Operation not supported" ;;
	ENAMETOOLONG) echo "File name too long" ;;
	EADDRNOTAVAIL) echo "Cannot assign requested address" ;;
	ENODEV) echo "No such device" ;;
	*) echo "($1, whatever that is)" ;;
	esac
}

# load_fails ERRNO[/ERRNO] MODULE [PARAMETER=VALUE...]: insmod must fail with ERRNO
# and leave nothing behind. Begins with a mark: what the module said is in the log.
load_fails() {
	_expected="$(error_text "${1%/*}") or $(error_text "${1#*/}")"
	_module=$2
	shift 2
	echo "load_fails $_module" >>"$asserted"
	_probes_before=$(probes)
	mark
	_short=$(printf '%s' "$*" | cut -c 1-60)
	if _out=$(insmod "$(ko "$_module")" "$@" 2>&1); then
		fail "insmod $_module $_short succeeded, expected: $_expected"
	fi
	case " $_expected " in
	*" ${_out##*: } "*) ;;
	*) fail "insmod $_module $_short: expected '${_expected##* or }', got '${_out##*: }'" ;;
	esac
	! loaded "$_module" || fail "insmod $_module $_short failed, yet it is in /proc/modules"
	_probes_after=$(probes)
	[ "$_probes_before" = "$_probes_after" ] ||
		fail "insmod $_module $_short failed, yet left in kprobes/list: $_probes_after"
	log_sync
}

# parameter MODULE NAME [VALUE]: reads, or writes, a parameter at run time.
parameter() {
	if [ $# -gt 2 ]; then
		printf '%s\n' "$3" >"/sys/module/$1/parameters/$2"
	else
		cat "/sys/module/$1/parameters/$2"
	fi
}

# ----------------------------------------------------------- kernel's oracles

# address SYMBOL: of a target function as the compiler has it, of any other one
# from kallsyms (which takes seconds to read: each symbol is looked up once).
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

# plus HEX NUMBER: the address that much further on.
plus() {
	printf '%016x\n' $((0x$1 + $2))
}

# assert_entry WHAT ADDRESS SYMBOL: it is where a probe on the function's entry
# goes: its first byte, or 4 further on where the kernel skips an ENDBR.
assert_entry() {
	_start=$(address "$3")
	echo "$1" >>"$asserted"
	case $(uname -m),$2 in
	*,"$_start" | x86_64,"$(plus "$_start" 4)") ;;
	*) fail "$1: expected the entry of $3, $_start, got '$2'" ;;
	esac
}

# probes: the kernel's own list of probes, a line each: address, k or r, ...
probes() {
	cat $DEBUGFS/kprobes/list
}

# probe_at ADDRESS [k|r]: its lines in the kernel's own list.
probe_at() {
	grep -E "^$1 +${2:-[kr]} " $DEBUGFS/kprobes/list
}

# probe_on SYMBOL [k|r]: its lines in the kernel's own list, for probes on the
# function's entry. That is 4 bytes on where the kernel skips an ENDBR.
probe_on() {
	grep -E " +${2:-[kr]} +$1\+0x[04]( |\$)" $DEBUGFS/kprobes/list
}

# kernel_mode ADDRESS: how a probe is armed, in the words of our lines, according
# to the kernel's own list.
kernel_mode() {
	case $(uname -m) in
	x86_64)
		case $(probe_at "$1") in
		'') echo none ;;
		*'[DISABLED]'* | *'[GONE]'*) echo off ;;
		*'[FTRACE]'*) echo ftrace ;;
		*'[OPTIMIZED]'*) echo optimized ;;
		*) echo int3 ;;
		esac
		;;
	aarch64)
		case $(probe_at "$1") in
		'') echo none ;;
		*'[DISABLED]'* | *'[GONE]'*) echo off ;;
		*) echo brk ;;
		esac
		;;
	*) fail "kernel_mode: nothing is known of $(uname -m)" ;;
	esac
}

# config OPTION: is CONFIG_<OPTION> set?
config() {
	grep -q "^CONFIG_$1=y" $TARGET/config
}

# -------------------------------------------------------------- probe_target

# call NAME [COUNT [ARG]]: calls target_NAME() here and now.
call() {
	echo "$*" >$TARGET/call || fail "probe_target does not know: call $*"
}

# loop NAME CPU [ARG]: calls it again and again on that CPU. loop stop: ends it.
loop() {
	echo "$*" >$TARGET/loop || fail "probe_target does not know: loop $*"
}

# calls NAME: how often target_NAME() was entered so far.
calls() {
	sed -n "s/^$1 //p" $TARGET/calls
}

# value NAME: result, pointer or offset.
value() {
	sed -n "s/^$1 //p" $TARGET/values
}
