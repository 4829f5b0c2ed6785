# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of the other files
#
# Part of scripts/vm. What all the other files use.

# What an error of ours exits with. exec makes it 125, as all below may be the script's own status.
failure=1

say() { printf 'vm: %s\n' "$*" >&2; }

die() {
	say "$*"
	exit "$failure"
}

# number NAME VALUE: VALUE has to be a positive one.
number() {
	case $2 in
	'' | 0* | *[!0-9]* | ?????????*) die "$1 wants a number from 1 on, not '$2'" ;;
	esac
}

# locked NAME COMMAND...: one process at a time on this machine; in a subshell, so that "exit"
# ends only COMMAND.
locked() (
	exec 9>"$cache/locks/$1"
	flock --nonblock 9 || {
		say "waiting for another run to finish with $1"
		flock 9
	}
	shift
	"$@"
)

# as_root COMMAND...: as root, or as what looks like root: in a user namespace where our own user
# is 0 and the others come from /etc/subuid. So whatever is made there belongs to the user
# outside, and sudo is not needed for it.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		unshare --user --map-root-user --map-auto "$@"
	fi
}
