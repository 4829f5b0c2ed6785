# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of the other files
#
# Part of scripts/vm. Build roots, one for each Debian suite, and what the guests run.

# in_root COMMAND...: runs in $root, as its root, with mounts and processes that vanish with the
# command. /build is memory: whatever is left there is gone as well, and two runs at once do not
# meet.
in_root() {
	# shellcheck disable=SC2016 # for the inner shell
	as_root unshare --mount --pid --fork --kill-child sh -c '
		root=$0
		mkdir -p "$root/build" &&
			mount --rbind /dev "$root/dev" && mount -t proc proc "$root/proc" &&
			mount -t tmpfs tmpfs "$root/build" || exit
		[ ! -e /etc/resolv.conf ] || cat /etc/resolv.conf >"$root/etc/resolv.conf"
		exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
			${http_proxy:+"http_proxy=$http_proxy"} "$@"' "$root" "$@"
}

# bootstrap ARGUMENT... FOLDER: mmdebstrap, with its words only if it fails.
bootstrap() {
	for new; do :; done
	erase "$new"
	if ! as_root unshare --mount mmdebstrap --mode=root --skip=check/qemu "$@" >"$new.log" \
		2>&1 </dev/null; then
		tail -n 20 "$new.log" >&2
		erase "$new"
		return 1
	fi
	rm "$new.log"
}

erase() { [ ! -e "$1" ] || as_root rm -rf --one-file-system "$1"; }

# A root with a compiler, for all kernels of a suite. Their headers are unpacked into it later.
make_root() {
	[ ! -d "$root" ] || return 0
	say "$suite: making a build root, half a minute"
	# perl: W=1 makes older kernels check the comments with it. --skip: the package lists are
	# needed again at once.
	set -- --variant=apt --architectures=amd64,arm64 --include=gcc,make,perl --skip=cleanup/apt
	# mmdebstrap knows the mirror, and where the security updates are; the backports are
	# beside the main archive.
	# shellcheck disable=SC2016 # for the hook's shell
	[ "$suite" != "$latest" ] ||
		set -- "$@" --setup-hook="cd \"\$1/etc/apt\" &&
			sed -n 's/ $suite main/ $suite-backports main/p' sources.list \
				>sources.list.d/backports.list"
	bootstrap "$@" "$suite" "$root.new" || die "cannot make a build root of $suite"
	mv "$root.new" "$root"
}

# What the guests run besides the kernel: busybox and kmod, the same for all kernels of an
# architecture. Not busybox-static, whose shell prefers its own insmod to any other in the PATH,
# and that one calls a failing module's init twice; but it is there for those who know that and
# are in a hurry, for its shell is its own sed, grep and so on, without starting a program.
make_userland() {
	[ ! -e "$userland" ] || return 0
	say "$arch: fetching busybox and kmod"
	tree=$cache/userland/$arch.new
	# The two packages of busybox exclude each other.
	# shellcheck disable=SC2016 # for the hook's shell
	bootstrap --variant=extract --architectures="$arch" --include=busybox,kmod \
		--extract-hook='cd "$1" &&
		APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -q -o APT::Sandbox::User=root \
			download busybox-static &&
		dpkg -x busybox-static_*.deb static' \
		"$latest" "$tree" || die "cannot get busybox and kmod of $arch"
	(
		cd "$tree" && mkdir guest && cd guest &&
			mkdir -p add bin dev etc lib modules proc root run sbin sys tmp usr/bin \
			usr/sbin &&
			cp ../usr/bin/busybox ../usr/bin/kmod bin && ln -s busybox bin/sh &&
			ln -s lib lib64 &&
			cp ../static/usr/bin/busybox bin/busybox-static &&
			cp -P ../usr/lib/*-linux-gnu*/*.so.* lib || exit
		for name in insmod rmmod lsmod modprobe modinfo depmod; do
			ln -s ../bin/kmod "sbin/$name" || exit
		done
		find . | cpio -o -H newc -R 0:0 --quiet
	) >"$tree.cpio" || die "cannot pack busybox and kmod of $arch"
	erase "$tree"
	mv "$tree.cpio" "$userland"
}

# refresh: package lists older than an hour may name files that the archive has dropped since.
refresh() {
	[ "$(find "$root/var/lib/apt/lists" -maxdepth 0 -mmin -60)" ] ||
		in_root apt-get -qq update >&2 || die "$suite: apt-get update fails"
}

# add_packages PACKAGE...: into $root.
add_packages() {
	# shellcheck disable=SC2016 # for the inner shell
	in_root sh -c 'dpkg --configure -a && apt-get -q -y --no-install-recommends install "$@"' \
		sh "$@" >"$root.log" 2>&1 </dev/null || {
		tail -n 20 "$root.log" >&2
		return 1
	}
}
