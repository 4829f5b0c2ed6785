# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # the other files use these variables
#
# Part of scripts/vm. Makes build roots, one for each Debian suite, and the programs of the guests.

# in_root COMMAND...: run COMMAND in $root as root. Its mounts and processes end with it. /build is
# a tmpfs of its own, so that files in it disappear and two runs do not see each other's. If $copy
# names a folder, COMMAND sees a copy of $root, and nothing that it changes is kept.
in_root() {
	# In a user namespace an overlay cannot use trusted attributes.
	overlay=noatime
	[ "$(id -u)" = 0 ] || overlay=$overlay,userxattr
	# shellcheck disable=SC2016 # the inner shell expands it
	as_root unshare --mount --pid --fork --kill-child sh -c '
		root=$0 copy=$1 overlay=$2
		shift 2
		overlay=$overlay,lowerdir=$root,upperdir=$copy/upper,workdir=$copy/work
		if [ "$copy" ]; then
			mount -t tmpfs tmpfs "$copy" &&
				mkdir "$copy/upper" "$copy/work" "$copy/root" &&
				mount -t overlay overlay "$copy/root" -o "$overlay" || {
				echo "vm: overlay mounts are not available: try as root" >&2
				exit 1
			}
			root=$copy/root
		fi
		mkdir -p "$root/build" &&
			mount --rbind /dev "$root/dev" && mount -t proc proc "$root/proc" &&
			mount -t tmpfs tmpfs "$root/build" || exit
		[ ! -e /etc/resolv.conf ] || cat /etc/resolv.conf >"$root/etc/resolv.conf"
		exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
			${http_proxy:+"http_proxy=$http_proxy"} "$@"' \
		"$root" "$copy" "$overlay" "$@"
}

# bootstrap ARGUMENT... FOLDER: run mmdebstrap, and print its output only if it fails.
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

# only_release SUITE: print an option of mmdebstrap that leaves out the updates of SUITE.
only_release() { echo "--setup-hook=sed -i '/ $1 main/!d' \"\$1/etc/apt/sources.list\""; }

# make_root: make a build root with a compiler, for all kernels of a suite. Their headers are
# unpacked into it later.
make_root() {
	[ ! -d "$root" ] || return 0
	msg "$suite: making a build root, which takes half a minute"
	# Older kernels use perl to check comments if W=1. The package lists are kept by --skip,
	# because they are needed again.
	set -- --variant=apt --include=gcc,make,perl --skip=cleanup/apt
	# mmdebstrap chooses the mirror and the archive of security updates. The backports are on
	# the mirror.
	case $whole-$suite in
	-*) set -- --architectures=amd64,armhf,riscv64 "$@" "$(only_release "$suite")" ;;
	*-"$latest")
		# shellcheck disable=SC2016 # the hook's shell expands it
		set -- --architectures=amd64,arm64 "$@" --setup-hook="cd \"\$1/etc/apt\" &&
			sed -n 's/ $suite main/ $suite-backports main/p' sources.list \
				>sources.list.d/backports.list"
		;;
	*) set -- --architectures=amd64,arm64 "$@" ;;
	esac
	bootstrap "$@" "$suite" "$root.new" || die "cannot make a build root of $suite"
	mv "$root.new" "$root"
}

# make_userland: make the guests' file system with busybox and kmod, which is the same for all
# kernels of an architecture. busybox-static is not the guests' sh, because its shell uses its own
# insmod, which calls a failing module's init twice. It is included as busybox-static, because its
# shell runs sed, grep and others without starting a program, which is faster.
make_userland() {
	[ ! -e "$userland" ] || return 0
	msg "$arch: fetching busybox and kmod"
	tree=$cache/userland/$arch.new
	# The two packages of busybox conflict, so the second one is only unpacked.
	set -- --variant=extract --architectures="$arch" --include=busybox,kmod
	[ "$whole" ] || set -- "$@" "$(only_release "$latest")"
	# shellcheck disable=SC2016 # the hook's shell expands it
	bootstrap "$@" \
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

# refresh: update the package lists if they are older than an hour, because the archive may have
# removed files since.
refresh() {
	[ "$(find "$root/var/lib/apt/lists" -maxdepth 0 -mmin -60)" ] ||
		in_root apt-get -qq update >&2 || die "$suite: apt-get update failed"
}

# add_packages PACKAGE...: install packages in $root.
add_packages() {
	# shellcheck disable=SC2016 # the inner shell expands it
	in_root sh -c 'dpkg --configure -a && apt-get -q -y --no-install-recommends install "$@"' \
		sh "$@" >"$root.log" 2>&1 </dev/null || {
		tail -n 20 "$root.log" >&2
		return 1
	}
}

# need_packages PACKAGE...: install packages in $root, unless it has all of them.
need_packages() {
	in_root dpkg -s "$@" >/dev/null 2>&1 || { refresh && add_packages "$@"; }
}

# debian PACKAGE... -- COMMAND...: run COMMAND in a copy of $root that has these packages, and in
# /lib/modules the build directories of all kernels that are set up.
debian() {
	packages=''
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		packages="$packages $1"
		shift
	done
	[ $# -gt 1 ] || die "debian needs -- and a command; try --help"
	shift
	# shellcheck disable=SC2086 # this is a list
	[ -z "$packages" ] || locked "apt-$suite" need_packages $packages </dev/null ||
		die "$suite: cannot install$packages"
	copy=$work/copy
	mkdir "$copy"
	# shellcheck disable=SC2016 # the inner shell expands it
	in_root sh -c '
		for headers in /usr/src/linux-headers-*-"$(dpkg --print-architecture)"; do
			release=${headers#/usr/src/linux-headers-}
			[ -e "$headers/Makefile" ] && mkdir -p "/lib/modules/$release" &&
				ln -s "$headers" "/lib/modules/$release/build"
		done
		exec "$@"' sh "$@"
}
