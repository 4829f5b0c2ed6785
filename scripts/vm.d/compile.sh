# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of the other files
#
# Part of scripts/vm. Kernels that are compiled here, from Debian's source packages.

# config: what a kernel that we compile is to have, on top of tinyconfig; its kind may want what
# others have, or not. config_sum: stands for that in the kernel's version.
config() {
	sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=.*/^\1=/p' "$top/scripts/vm.d/config-$kind" |
		grep -v -f - "$top/scripts/vm.d/config"
	cat "$top/scripts/vm.d/config-$kind"
}
config_sum() { config | grep -v '^#' | sha256sum | cut -c 1-8; }

# compile_kernel: from Debian's source package, in a folder that is the headers of the modules
# afterwards.
compile_kernel() {
	[ "$update" ] || ! is_whole || return 0
	locked "apt-$suite" refresh || exit
	source=linux-source-$series
	[ "$series" != newest ] || source=$(in_root apt-cache pkgnames linux-source- |
		grep '[0-9]$' | sort -V | tail -n 1)
	set -- bc bison flex libelf-dev xz-utils
	[ "$kind" != cfi ] || set -- "$@" clang lld llvm
	for version in $(in_root apt-cache madison "$source" | awk '{ print $3 }'); do
		release=${version%-*}-$kind-$(config_sum)
		[ "$release" != "$(cat "$home/release" 2>/dev/null)" ] || return 0
		say "$kernel: fetching $source $version"
		locked "apt-$suite" add_packages "$@" "$source=$version" && break
		release=''
	done
	[ "$release" ] ||
		die "$kernel: there is no $source that can be fetched; with another series?"
	locked "source-$suite" unpack_source || die "$kernel: cannot unpack $source"
	say "$kernel: compiling $release, five to ten minutes"
	rm -rf "$home.new"
	mkdir -p "$home.new" || exit
	set --
	[ "$kind" != cfi ] || set -- LLVM=1
	# What an interrupted run has left is used again. nice: the machine may have something
	# else to do.
	# shellcheck disable=SC2016 # for the inner shell
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
		# What cannot be had is left out without a word.
		for line in $(grep =y /build/config); do
			grep -qx "$line" "$out/.config" && continue
			echo "not to be had: $line"
			case $needed in *$line*) lacking=y ;; esac
		done
		[ -z "${lacking-}" ] || exit 1
		"$@" -j "$(nproc)" bzImage modules
		cat "$out/arch/x86/boot/bzImage" >&3
		# Those who build modules need no object files, other than those of kbuild itself.
		find "$out" \( -name "*.o" -o -name "*.a" -o -name "vmlinux*" \) \
			! -path "*/scripts/*" ! -path "*/tools/*" -delete
	' sh "/usr/src/$source-$version" "$release" "$(cat "$top/scripts/vm.d/config-$kind")" \
		"$@" >"$home.new/kernel" || {
		tail -n 30 "$root/usr/src/$release.log" >&2
		die "$kernel: does not compile; all of the log is $root/usr/src/$release.log"
	}
	grep '^not to be had' "$root/usr/src/$release.log" >&2
	before=$(cat "$home/release" 2>/dev/null)
	replace_kernel
	[ -z "$before" ] || erase "$root/usr/src/linux-headers-$before"
}

unpack_source() {
	# shellcheck disable=SC2016 # for the inner shell
	in_root sh -ec '
		[ ! -d "/usr/src/$1-$2" ] || exit 0
		new=/usr/src/$1.new
		rm -rf "$new"
		mkdir "$new"
		tar -xf "/usr/src/$1.tar.xz" --strip-components=1 -C "$new"
		mv "$new" "/usr/src/$1-$2"
	' sh "$source" "$version"
}
