# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Prints TAP for the test programs, which source it. Each test ends with one call of pass,
# fail or skip, which prints its line and counts it.

number=0 passed=0 failed=0 skipped=0

# tap_begin [NUMBER]: print the header. NUMBER is the number of tests, if it is known yet.
tap_begin() {
	planned=${1-}
	echo "TAP version 13"
	[ -z "$planned" ] || echo "1..$planned"
}

# pass NAME
pass() {
	number=$((number + 1)) passed=$((passed + 1))
	echo "ok $number - $1"
}

# fail NAME WHY
fail() {
	number=$((number + 1)) failed=$((failed + 1))
	echo "not ok $number - $1"
	echo "# $2"
}

# skip NAME WHY
skip() {
	number=$((number + 1)) skipped=$((skipped + 1))
	echo "ok $number - $1 # SKIP $2"
}

# verdict NAME [WHY]: passed if there is no WHY; failed if there is one, even an empty one.
verdict() {
	if [ $# -gt 1 ]; then
		fail "$1" "$2"
	else
		pass "$1"
	fi
}

# diagnose [FILE]: print FILE, or the standard input, as diagnostics of the last test.
diagnose() {
	sed 's/^/#   /' "$@"
}

# tap_end: print the summary. Returns 1 if a test failed or the number of tests is wrong.
tap_end() {
	[ "$planned" ] || echo "1..$number"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ "$number" -eq "${planned:-$number}" ]
}
