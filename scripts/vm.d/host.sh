# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of the other files
#
# Part of scripts/vm. What this machine needs.

# lacking PROGRAM=PACKAGE...: the packages that this machine does not have.
lacking() {
	for pair; do
		command -v "${pair%%=*}" >/dev/null || [ -e "${pair%%=*}" ] ||
			printf ' %s' "${pair#*=}"
	done
}

# need_host PROGRAM=PACKAGE...: installs what this machine lacks.
need_host() { [ -z "$(lacking "$@")" ] || locked apt-host install_on_host "$@" || exit "$failure"; }

install_on_host() {
	# Once more: while we waited for the lock another run may have done it.
	missing=$(lacking "$@")
	[ "$missing" ] || return 0
	command -v apt-get >/dev/null ||
		die "this machine lacks$missing and has no apt-get: install that by hand, then" \
		"try again"
	sudo=''
	if [ "$(id -u)" != 0 ]; then
		sudo=sudo
		command -v sudo >/dev/null ||
			die "this machine lacks$missing and you are not root: as root, run" \
			"\"apt-get install$missing\""
	fi
	say "installing on this machine:$missing"
	# The lists of a fresh machine are empty, those of an old one name files that are gone. A
	# dead repository of no concern to us is no reason to stop: the installation tells.
	# shellcheck disable=SC2086 # a list of words
	{
		$sudo apt-get -q update
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
			--no-install-recommends install $missing
	} >"$cache/apt-host.log" 2>&1 </dev/null || {
		tail -n 20 "$cache/apt-host.log" >&2
		die "cannot install$missing: try \"apt-get install$missing\" by hand"
	}
}

need_tools() {
	[ "$(uname -m)" = x86_64 ] ||
		die "this runs on x86-64 only: the other architectures are built and emulated there"
	set -- mmdebstrap=mmdebstrap cpio=cpio \
		/usr/share/keyrings/debian-archive-keyring.gpg=debian-archive-keyring
	case $arch in
	amd64) set -- "$@" qemu-system-x86_64=qemu-system-x86 ;;
	arm64) set -- "$@" qemu-system-aarch64=qemu-system-arm ;;
	esac
	[ "$(id -u)" = 0 ] || set -- "$@" newuidmap=uidmap
	need_host "$@"
	as_root unshare --mount --pid --fork true ||
		die "build roots need namespaces, and there are none here: try as root (on" \
		"Ubuntu users get them by sysctl" \
		"kernel.apparmor_restrict_unprivileged_userns=0); a container would have to be a" \
		"privileged one, a chroot a mount point"
}
