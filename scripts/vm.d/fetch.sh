# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # the other files use these variables
#
# Part of scripts/vm. Finds Debian's kernels in the archive and fetches them.

# candidates: print the releases that may be used, best first, as in the names of packages:
# 6.12.9-cloud-amd64. The cloud flavour is smaller and sufficient. Old releases are removed from
# the archive, and sometimes a new one is listed before its files exist, so several are tried;
# not all, because an error such as a full disk would occur with each of them.
candidates() {
	[ "$series" = newest ] && version='[0-9]*\.[0-9]*' || version="${series%.*}\\.${series#*.}"
	# Each part of the rest of a version ("+deb13", "-0.deb11.2") has a digit, which
	# distinguishes it from the flavour.
	version="$version\\.[0-9.]*\\([-+~][a-z]*[0-9][0-9a-z.]*\\)*"
	names=$(in_root apt-cache pkgnames linux-headers-)
	case $kind in
	rt) set -- rt- ;;
	*) set -- cloud- '' ;;
	esac
	[ "$arch" = armhf ] && cpu=armmp || cpu=$arch
	for flavour; do
		echo "$names" | sed -n "s/^linux-headers-\\($version-$flavour$cpu\\)\$/\\1/p" |
			sort -rV | head -n 9
	done
}

fetch_kernel() {
	[ "$update" ] || ! is_complete || return 0
	locked "apt-${root##*/}" refresh || exit
	before=''
	! is_complete || read -r before <"$home/release"
	releases=$(candidates)
	[ "$releases" ] || die "$kernel: Debian has no such kernel; it has $(available_series)"
	for release in $releases; do
		[ "$release" != "$before" ] || return 0
		msg "$kernel: fetching $release"
		fetch "$release" && break
		msg "$kernel: cannot fetch $release, trying the previous release"
		release=''
	done
	[ "$release" ] || die "$kernel: cannot be fetched"
	replace_kernel
}

# available_series: print the series in the archive of $root's suite, "6.12 7.2 7.3".
available_series() {
	in_root apt-cache pkgnames linux-headers- |
		sed -n 's/^linux-headers-\([0-9]*\.[0-9]*\)\..*-common$/\1/p' | sort -uV |
		tr '\n' ' '
}

# fetch RELEASE: put its headers into $root and the kernel into $home.new.
fetch() {
	rm -rf "$home.new"
	mkdir -p "$home.new" || return
	# kbuild's programs and their libraries are those of this machine's architecture, not the
	# kernel's.
	tools=$(in_root apt-cache depends --important "linux-headers-$1:$arch" |
		sed -n 's/^.* \(linux-kbuild-[^:>]*\).*/\1/p' | sort -u)
	[ -z "$cross" ] || tools="$tools gcc-$cross"
	# shellcheck disable=SC2086 # this is a list
	locked "apt-${root##*/}" add_packages $tools || return
	# The packages are unpacked, not installed. That can be repeated after an interruption,
	# needs no foreign compiler and makes no initrd. Of the headers only ./usr/src is unpacked,
	# because old packages have a folder ./lib, which would replace the symbolic link /lib.
	# Since 7.x the kernel is in a separate package, linux-binary-*, as
	# ./usr/lib/modules/RELEASE/vmlinuz. On riscv64 it is called vmlinux.
	# shellcheck disable=SC2016 # the inner shell expands it
	in_root sh -ec '
		arch=$1 release=$2
		depends() {
			apt-cache depends --important "$1:$arch" |
				sed -n "s/^ *Depends: <*\($2[^:>]*\).*/\1/p"
		}
		headers=$(depends "linux-headers-$release" linux-headers-)
		image=$(depends "linux-image-$release" linux-binary-)
		: "${image:=linux-image-$release}"
		cd /build
		apt-get -qq -o APT::Sandbox::User=root download "linux-headers-$release:$arch" \
			$headers "$image:$arch" >&2
		for deb in linux-headers-*.deb; do
			dpkg --fsys-tarfile "$deb" | tar -x -C / ./usr/src
		done
		dpkg --fsys-tarfile "$image"_*.deb >image.tar
		kernel=$(tar -tf image.tar | grep -E "^\./boot/vmlinu[xz]-|/vmlinu[xz]$")
		tar -xOf image.tar "$kernel"
	' sh "$arch" "$1" >"$home.new/kernel" </dev/null
}
