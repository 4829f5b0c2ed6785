# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # the other files use these variables
#
# Part of scripts/vm. Functions that all other files use.

# The exit status of an error. exec sets it to 125, because the script may exit with any other.
failure=1

msg() { printf 'vm: %s\n' "$*" >&2; }

die() {
	msg "$*"
	exit "$failure"
}

# number NAME VALUE: exit with an error if VALUE is not a positive number.
number() {
	case $2 in
	'' | 0* | *[!0-9]* | ?????????*) die "$1 needs a positive number, not '$2'" ;;
	esac
}

# locked NAME COMMAND...: run COMMAND while no other process on this machine does so with NAME. It
# runs in a subshell, so that "exit" ends only COMMAND.
locked() (
	exec 9>"$cache/locks/$1"
	flock --nonblock 9 || {
		msg "waiting for another run to finish with $1"
		flock 9
	}
	shift
	"$@"
)

# as_root COMMAND...: run COMMAND as root, or in a user namespace where our user is 0 and the
# others come from /etc/subuid. Files that it creates there belong to the user outside, and it
# needs no sudo.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		unshare --user --map-root-user --map-auto "$@"
	fi
}
