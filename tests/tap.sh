# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# TAP for the test programs: each test is one call of pass, fail or skip, which prints its
# line and counts it. Sourced.

number=0 passed=0 failed=0 skipped=0

# tap_begin [NUMBER]: how many tests there are, if that is known before them.
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

# verdict NAME [WHY]: it has passed, or, with a WHY, be it empty, failed.
verdict() {
	if [ $# -gt 1 ]; then
		fail "$1" "$2"
	else
		pass "$1"
	fi
}

# diagnose [FILE]: its lines, or those of the input, as diagnostics of the last test.
diagnose() {
	sed 's/^/#   /' "$@"
}

# tap_end: the summary. Returns 1 if a test failed, or if there were not as many as planned.
tap_end() {
	[ "$planned" ] || echo "1..$number"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ "$number" -eq "${planned:-$number}" ]
}
