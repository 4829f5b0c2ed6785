# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # the other files use these variables
#
# Part of scripts/vm. Compiles kernels from Debian's source packages.

# config: print the configuration of a compiled kernel, in addition to tinyconfig. The kind of the
# kernel may add or override options. config_sum: print a checksum of it, which is part of the
# kernel's version.
config() {
	sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=.*/^\1=/p' "$top/scripts/vm.d/config-$kind" |
		grep -v -f - "$top/scripts/vm.d/config"
	cat "$top/scripts/vm.d/config-$kind"
}
config_sum() { config | grep -v '^#' | sha256sum | cut -c 1-8; }

# compile_kernel: compile Debian's source package in a folder that later serves as the headers for
# building modules.
compile_kernel() {
	[ "$update" ] || ! is_complete || return 0
	locked "apt-$suite" refresh || exit
	source=linux-source-$series
	[ "$series" != newest ] || source=$(in_root apt-cache pkgnames linux-source- |
		grep '[0-9]$' | sort -V | tail -n 1)
	set -- bc bison flex libelf-dev xz-utils
	[ "$kind" != cfi ] || set -- "$@" clang lld llvm
	for version in $(in_root apt-cache madison "$source" | awk '{ print $3 }'); do
		release=${version%-*}-$kind-$(config_sum)
		[ "$release" != "$(cat "$home/release" 2>/dev/null)" ] || return 0
		msg "$kernel: fetching $source $version"
		locked "apt-$suite" add_packages "$@" "$source=$version" && break
		release=''
	done
	[ "$release" ] ||
		die "$kernel: no $source can be fetched; try another series"
	locked "source-$suite" unpack_source || die "$kernel: cannot unpack $source"
	msg "$kernel: compiling $release, which takes five to ten minutes"
	rm -rf "$home.new"
	mkdir -p "$home.new" || exit
	set --
	[ "$kind" != cfi ] || set -- LLVM=1
	# Files of an interrupted run are used again. nice leaves the processors to other
	# programs.
	# shellcheck disable=SC2016 # the inner shell expands it
	config | in_root nice sh -ec '
		source=$1 release=$2 log=/usr/src/$2.log needed=$3
		shift 3
		out=/usr/src/linux-headers-$release
		mkdir -p "$out"
		cat >/build/config
		exec 3>&1 >"$log" 2>&1
		set -- make -C "$source" O="$out" LOCALVERSION= "$@"
		"$@" tinyconfig
		cat /build/config >>"$out/.config"
		echo "CONFIG_LOCALVERSION=\"-${release#*-}\"" >>"$out/.config"
		"$@" olddefconfig
		# olddefconfig drops unavailable options without a message.
		for line in $(grep =y /build/config); do
			grep -qx "$line" "$out/.config" && continue
			echo "not available: $line"
			case $needed in *$line*) lacking=y ;; esac
		done
		[ -z "${lacking-}" ] || exit 1
		"$@" -j "$(nproc)" bzImage modules
		cat "$out/arch/x86/boot/bzImage" >&3
		# Building modules needs no object files except those of kbuild itself.
		find "$out" \( -name "*.o" -o -name "*.a" -o -name "vmlinux*" \) \
			! -path "*/scripts/*" ! -path "*/tools/*" -delete
	' sh "/usr/src/$source-$version" "$release" "$(cat "$top/scripts/vm.d/config-$kind")" \
		"$@" >"$home.new/kernel" || {
		tail -n 30 "$root/usr/src/$release.log" >&2
		die "$kernel: does not compile; the whole log is $root/usr/src/$release.log"
	}
	grep '^not available' "$root/usr/src/$release.log" >&2
	before=$(cat "$home/release" 2>/dev/null)
	replace_kernel
	case $before in
	'' | "$release") ;;
	*) erase "$root/usr/src/linux-headers-$before" ;;
	esac
}

unpack_source() {
	# shellcheck disable=SC2016 # the inner shell expands it
	in_root sh -ec '
		[ ! -d "/usr/src/$1-$2" ] || exit 0
		new=/usr/src/$1.new
		rm -rf "$new"
		mkdir "$new"
		tar -xf "/usr/src/$1.tar.xz" --strip-components=1 -C "$new"
		mv "$new" "/usr/src/$1-$2"
	' sh "$source" "$version"
}
