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
# An emulated machine takes milliseconds to start a process, so what the shell can do
# itself is left to it.
#
# A test ends with pass, fail or skip. One that just ends has no verdict, and
# one that passes without having asserted anything fails.

: "${here:?}" "${state:?}"

DEBUGFS=/sys/kernel/debug
TARGET=$DEBUGFS/probe_target
# shellcheck disable=SC2034 # for tests: a folder for their files
SCRATCH=$state/scratch

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
	echo "$_canary $log" >"$state/ask"
	# First there may be nothing, from a writer that was just about to close,
	# or the answer to somebody who did not wait for it.
	_answered=''
	until [ "$_answered" = "$$.$_synced." ]; do
		read -r _answered _answer <"$state/answer"
	done
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
	set_seen "$1"
	echo "$_seen"
}

# set_seen REGEX: sets $_seen to how many lines since the mark match.
set_seen() {
	set_pattern "$1"
	grep -c -E -e "$_pattern" "$log" >"$state/count"
	read -r _seen <"$state/count"
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
	grep -q -E -e "$2" <<END || fail "$1: expected /$2/, got '$3'"
$3
END
}

# assert_has WHAT TEXT PART...: each PART, which is no pattern, is in TEXT.
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

# patience: begins PATIENCE seconds of it; out_of_patience: they are over. (sleeping
# takes a process, asking for the time does not)
PATIENCE=15
patience() {
	read -r _until _ </proc/uptime
	_until=$((${_until%.*} + PATIENCE + 1))
}

out_of_patience() {
	read -r _now _ </proc/uptime
	[ "${_now%.*}" -ge "$_until" ]
}

# wait_for REGEX [N]: N (default 1) or more lines since the mark match, or will
# within PATIENCE seconds.
wait_for() {
	echo "$1" >>"$asserted"
	patience
	while log_sync; do
		set_seen "$1"
		[ "$_seen" -lt "${2:-1}" ] || return 0
		! out_of_patience || fail "expected ${2:-1} lines /$1/ in dmesg, got $_seen"
		usleep 10000
	done
}

# expect_lines N REGEX: exactly N lines since the mark match, or will within PATIENCE
# seconds.
expect_lines() {
	wait_for "$2" "$1"
	whole_log
	[ "$_seen" -eq "$1" ] || fail "expected exactly $1 lines /$2/ in dmesg, got $_seen"
}

# assert_count N REGEX: exactly N lines since the mark match, now.
assert_count() {
	echo "$2" >>"$asserted"
	log_sync
	whole_log
	set_seen "$2"
	[ "$_seen" -eq "$1" ] || fail "expected exactly $1 lines /$2/ in dmesg, got $_seen"
}

# assert_said MODULE PART...: since the mark it has said one line, which has each
# PART in it. (When a parameter's value is refused, the kernel adds a line.)
assert_said() {
	_module=$1 _said='' _seen=0
	shift
	log_sync
	while IFS= read -r _line; do
		case $_line in
		*';'"$_module: \`"*"invalid for parameter"*) ;;
		*';'"$_module: "*) _said=${_line#*;} _seen=$((_seen + 1)) ;;
		esac
	done <"$log"
	[ $_seen -eq 1 ] || fail "expected one line of $_module, got $_seen; the last is: $_said"
	assert_has "what $_module said" "$_said" "$@"
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

# wait_until WHAT COMMAND...: COMMAND succeeds, or will within PATIENCE seconds.
wait_until() {
	_what=$1
	shift
	echo "$_what" >>"$asserted"
	patience
	until "$@"; do
		! out_of_patience || fail "$_what: not so after $PATIENCE s ($*)"
		usleep 10000
	done
}

# ------------------------------------------------------------------- modules

# This shell prefers its own, which calls the init of a module that fails twice.
insmod() {
	/sbin/insmod "$@"
}

rmmod() {
	/sbin/rmmod "$@"
}

# try_load MODULE [PARAMETER=VALUE...]: insmod; what it says goes to $OUT.
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

# load MODULE [PARAMETER=VALUE...]: must work.
load() {
	_module=$1
	echo "load $*" >>"$asserted"
	try_load "$@" || fail "insmod $*: ${OUT#insmod: ERROR: }"
	loaded "$_module" || fail "insmod $* succeeded, but it is not there"
}

# unload MODULE...: must work. All that it had to say is in the log then.
unload() {
	for _module; do
		echo "unload $_module" >>"$asserted"
		rmmod "$_module" 2>"$state/out" || fail "rmmod $_module: $(cat "$state/out")"
		! loaded "$_module" || fail "$_module is still there after rmmod"
	done
	log_sync
}

# set_error ERRNO: sets $_error to what insmod (kmod's) says of it.
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
	*) fail "$1 is not known here" ;;
	esac
}

# load_fails ERRNO MODULE [PARAMETER=VALUE...]: insmod must fail with ERRNO and leave
# nothing behind. Begins with a mark: what the module said is in the log.
load_fails() {
	set_error "$1"
	shift
	echo "load_fails $*" >>"$asserted"
	mark
	_short=$(printf '%.80s' "$*")
	! try_load "$@" || fail "insmod $_short succeeded, expected: $_error"
	[ "${OUT##*: }" = "$_error" ] ||
		fail "insmod $_short: expected '$_error', got '${OUT##*: }'"
	! loaded "$1" || fail "insmod $_short failed, yet it is there"
	! read -r _probe <"$DEBUGFS/kprobes/list" ||
		fail "insmod $_short failed, yet left in kprobes/list: $_probe"
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

# now: since the boot, in hundredths of a second.
now() {
	read -r _now _ </proc/uptime
	echo "${_now%.*}${_now#*.}"
}

# stat MODULE NAME [FUNCTION]: a counter of the module, or of one of its probes, in stats.
stat() {
	if [ $# -gt 2 ]; then
		field "$2" "$(parameter "$1" stats | grep "^target_$3 ")"
	else
		parameter "$1" stats | sed -n "s/^$2 //p"
	fi
}

# sequence: which handlers of kprobe_example have logged since the mark, in their order.
sequence() {
	lines '^kprobe_example: <' | sed 's/.*> \([a-z]*\)_handler: .*/\1/' | tr '\n' ' '
}

# -------------------------------------------------------------------- scripts

# They are for any shell, and run in /bin/sh; what it starts need not be slow.
PATH=$state/quick:$PATH

# script STATUS NAME ARGUMENT...: a script of this project, which must end with
# STATUS; what it prints goes to $OUT.
script() {
	_expected=$1 _script=$2
	shift 2
	echo "$_script $*" >>"$asserted"
	OUT=$("$here/scripts/$_script" "$@" 2>&1 </dev/null)
	_status=$?
	[ $_status = "$_expected" ] ||
		fail "$_script $*: expected status $_expected, got $_status: $OUT"
}

# probe_modules: scripts/probe finds the modules of this kernel where a project has them.
probe_modules() {
	[ -e "$here/kprobe_example.ko" ] || ln -s /modules/*_example.ko "$here"
}

# probing KIND FUNCTION[,FUNCTION]... ARGUMENT...: scripts/probe in the background, with
# the modules of this kernel. Sets $probing, its process; waits until it has said of
# each function that its probe is planted. What it prints is in $PRINTED.
PRINTED=$state/printed
probing() {
	echo "probe $*" >>"$asserted"
	: >"$PRINTED"
	probe_modules
	"$here/scripts/probe" "$@" >"$PRINTED" 2>&1 </dev/null &
	probing=$!
	_functions=$(echo "$2" | tr , '\n' | grep -c .)
	until [ "$(grep -c Planted "$PRINTED")" -ge "$_functions" ]; do
		kill -0 $probing 2>/dev/null || fail "probe $*: $(cat "$PRINTED")"
		usleep 50000
	done
}

# probed STATUS: it ends, or has ended, with that.
probed() {
	wait "$probing"
	_status=$?
	[ $_status = "$1" ] || fail "probe: expected status $1, got $_status: $(cat "$PRINTED")"
	nothing_left
}

# left_behind: what scripts/probe has made, and its processes, that are still there.
left_behind() {
	for _left in /sys/module/kprobe_example /sys/module/jprobe_example \
		/sys/module/kretprobe_example \
		/run/probe.* /sys/kernel/tracing/instances/probe.* \
		/sys/kernel/tracing/events/probe /tmp/tmp.*; do
		[ ! -e "$_left" ] || echo "$_left: $(ls "$_left")"
	done
	# shellcheck disable=SC2009 # there is no pgrep
	ps | grep '[s]cripts/probe'
}

# nothing_left: of that.
nothing_left() {
	assert_eq "what scripts/probe has left" '' "$(left_behind)"
}

# soon_nothing_left WHAT: nor is anything, or it will not be within PATIENCE seconds.
soon_nothing_left() {
	wait_until "$1" _is_nothing_left
}

_is_nothing_left() {
	[ -z "$(left_behind)" ]
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

# expect_traces: the kernel may print stacks during this test, if there is no other
# sign that something is wrong.
expect_traces() {
	: >"$state/traces"
}

# leaks_begin: memory that nobody has a pointer to any more is not ours so far.
leaks_begin() {
	[ -e $DEBUGFS/kmemleak ] || return 0
	echo scan >$DEBUGFS/kmemleak
	echo clear >$DEBUGFS/kmemleak
}

# assert_no_leaks: since then none was lost, as far as the kernel can tell.
assert_no_leaks() {
	[ -e $DEBUGFS/kmemleak ] || return 0
	# what is younger than five seconds may be on its way somewhere, and what has changed
	# since the scan before, as all that is new has, is not told
	sleep 6
	echo scan >$DEBUGFS/kmemleak
	echo scan >$DEBUGFS/kmemleak
	assert_eq "what kmemleak has found" '' "$(cat $DEBUGFS/kmemleak)"
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

# value NAME: result, slept, pointer or offset.
value() {
	sed -n "s/^$1 //p" $TARGET/values
}
