# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of the other files
#
# Part of scripts/vm. Debian's kernels: found in the archive, and fetched.

# candidates: the releases that may serve, best first, as package names end: 6.12.9-cloud-amd64.
# The cloud flavour is smaller and has what we need. Old releases vanish from the archive, and at
# times a new one is listed whose files are not there: so several, though not all, lest a full
# disk be met fifty times.
candidates() {
	[ "$series" = newest ] && version='[0-9]*\.[0-9]*' || version="${series%.*}\\.${series#*.}"
	# The rest of a version ("+deb13", "-0.deb11.2") has a digit in each part, other than the
	# flavour, which must not be taken for it.
	version="$version\\.[0-9.]*\\([-+~][a-z]*[0-9][0-9a-z.]*\\)*"
	names=$(in_root apt-cache pkgnames linux-headers-)
	case $kind in
	rt) set -- "rt-$arch" ;;
	*) set -- "cloud-$arch" "$arch" ;;
	esac
	for flavour; do
		echo "$names" | sed -n "s/^linux-headers-\\($version-$flavour\\)\$/\\1/p" |
			sort -rV | head -n 9
	done
}

fetch_kernel() {
	[ "$update" ] || ! is_whole || return 0
	locked "apt-$suite" refresh || exit
	before=$(cat "$home/release" 2>/dev/null)
	releases=$(candidates)
	[ "$releases" ] || die "$kernel: Debian has no such kernel; it has $(series_there)"
	for release in $releases; do
		[ "$release" != "$before" ] || return 0
		say "$kernel: fetching $release"
		fetch "$release" && break
		say "$kernel: no luck with $release, trying the one before"
		release=''
	done
	[ "$release" ] || die "$kernel: cannot be fetched"
	replace_kernel
}

# series_there: "6.12 7.2 7.3", what $root's suite has.
series_there() {
	in_root apt-cache pkgnames linux-headers- |
		sed -n 's/^linux-headers-\([0-9]*\.[0-9]*\)\..*-common$/\1/p' | sort -uV |
		tr '\n' ' '
}

# fetch RELEASE: its headers into $root, the kernel itself into $home.new.
fetch() {
	rm -rf "$home.new"
	mkdir -p "$home.new" || return
	# kbuild's programs, with the libraries they need, run on this machine whatever the
	# kernel's architecture.
	tools=$(in_root apt-cache depends --important "linux-headers-$1:$arch" |
		sed -n 's/^.* \(linux-kbuild-[^:>]*\).*/\1/p' | sort -u)
	[ "$arch" = amd64 ] || tools="$tools gcc-aarch64-linux-gnu"
	# shellcheck disable=SC2086 # a list of words
	locked "apt-$suite" add_packages $tools || return
	# Not installed but unpacked: that can simply be done again after an interruption, needs
	# no foreign compiler, and makes no initrd. Of the headers only ./usr/src: in old packages
	# there is a folder ./lib, which would replace the symbolic link /lib, and with it all
	# programs. From 7.x on the kernel is in a package of its own, linux-binary-*, and called
	# ./usr/lib/modules/RELEASE/vmlinuz.
	# shellcheck disable=SC2016 # for the inner shell
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
		tar -xOf image.tar "$(tar -tf image.tar | grep -E "^\./boot/vmlinuz-|/vmlinuz$")"
	' sh "$arch" "$1" >"$home.new/kernel" </dev/null
}
