# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of the other files
#
# Part of scripts/vm. Which kernels there are, and what is known of each by its name.

# suite_of NAME: its suite by the table.
suite_of() { echo "$kernels" | awk -v name="$1" '$1 == name { print $2 }'; }

# parse_kernel KERNEL: sets kernel, series, kind (rt, debug, cfi, tiny or nothing), arch, suite,
# root (its build root), home (what else is kept of it), userland (what its guests run).
parse_kernel() {
	kernel=$1 series=$1 kind='' arch=amd64
	case $series in *-arm64) series=${series%-arm64} arch=arm64 ;; esac
	case $series in
	*-rt | *-debug | *-cfi | *-tiny) kind=${series##*-} series=${series%-*} ;;
	esac
	if ! echo "$series" | grep -Eqx 'newest|[1-9][0-9]?\.[0-9]{1,3}' ||
		{ [ "$arch" = arm64 ] && is_compiled; }; then
		die "'$1' is not a kernel: \"scripts/vm list\" names those supported, and --help" \
			"says what else there is"
	fi
	suite=$(suite_of "$series")
	suite=${suite:-$latest}
	root=$cache/roots/$suite
	home=$cache/kernels/$kernel
	userland=$cache/userland/$arch-static.cpio
}

# is_compiled: this kernel is not fetched but compiled here, with a configuration of its kind.
is_compiled() { [ -e "$top/scripts/vm.d/config-$kind" ]; }

# Behind a # what is only taken when named, so that "list | grep -v ^#" is what a test of
# everything runs on.
list() {
	echo "$kernels" | while read -r name _ named; do
		[ "$name" ] || continue
		release=$(cat "$cache/kernels/$name/release" 2>/dev/null)
		printf '%-14s %s\n' "${named:+# }$name" "${release:-not set up}"
	done
}
