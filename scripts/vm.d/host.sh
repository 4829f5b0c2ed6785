# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # the other files use these variables
#
# Part of scripts/vm. Installs the packages that this machine needs.

# lacking PROGRAM=PACKAGE...: print the packages whose programs this machine does not have.
lacking() {
	for pair; do
		command -v "${pair%%=*}" >/dev/null || [ -e "${pair%%=*}" ] ||
			printf ' %s' "${pair#*=}"
	done
}

# need_host PROGRAM=PACKAGE...: install the packages that this machine lacks.
need_host() { [ -z "$(lacking "$@")" ] || locked apt-host install_on_host "$@" || exit "$failure"; }

install_on_host() {
	# Another run may have installed them while this one waited for the lock.
	missing=$(lacking "$@")
	[ "$missing" ] || return 0
	command -v apt-get >/dev/null ||
		die "this machine lacks$missing and has no apt-get: install these by hand, then" \
		"try again"
	sudo=''
	if [ "$(id -u)" != 0 ]; then
		sudo=sudo
		command -v sudo >/dev/null ||
			die "this machine lacks$missing and you are not root: as root, run" \
			"\"apt-get install$missing\""
	fi
	msg "installing on this machine:$missing"
	# The package lists may be empty or outdated. An error of the update is ignored, because
	# it may concern another repository; if it matters, the installation fails.
	# shellcheck disable=SC2086 # this is a list
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
		die "scripts/vm runs on x86-64 only; it emulates the other architectures"
	set -- mmdebstrap=mmdebstrap cpio=cpio \
		/usr/share/keyrings/debian-archive-keyring.gpg=debian-archive-keyring
	case $arch in
	amd64) set -- "$@" qemu-system-x86_64=qemu-system-x86 ;;
	arm64) set -- "$@" qemu-system-aarch64=qemu-system-arm ;;
	armhf) set -- "$@" qemu-system-arm=qemu-system-arm ;;
	# Newer releases of Debian have it in another package, on which this one depends.
	riscv64) set -- "$@" qemu-system-riscv64=qemu-system-misc ;;
	esac
	[ "$(id -u)" = 0 ] || set -- "$@" newuidmap=uidmap
	need_host "$@"
	as_root unshare --mount --pid --fork true ||
		die "build roots need namespaces, which are not available: try as root (on Ubuntu" \
		"sysctl kernel.apparmor_restrict_unprivileged_userns=0 enables them for users);" \
		"a container must be privileged, a chroot must be a mount point"
}
