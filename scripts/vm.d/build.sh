# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of the other files
#
# Part of scripts/vm. Builds modules: those of a folder, and those of this project.

# build DIR [ARGUMENT]...: in a copy that travels through pipes to the root and back, so that
# nothing else is left in DIR, kernels do not disturb each other, and it does not matter who may
# read what inside. -h: what is a link in DIR might lead nowhere in there.
build() {
	dir=$1
	shift
	if [ ! -e "$dir/Kbuild" ] && ! grep -qs obj-m "$dir/Makefile"; then
		die "there is nothing to build in $dir: it needs a Kbuild that says" \
			"\"obj-m := NAME.o\""
	fi
	release=$(cat "$home/release") || exit
	case $arch-$kind in
	arm64-*) set -- ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- "$@" ;;
	*-cfi) set -- LLVM=1 "$@" ;;
	esac
	# make's messages go through sed, which makes the paths mean something outside; the
	# archive of the results avoids it on descriptor 4.
	# shellcheck disable=SC2016 # for the inner shell
	tar -chf - --exclude-vcs --exclude='*.o' --exclude='*.ko' --exclude='*.cmd' \
		--exclude='*.mod' --exclude='*.mod.c' --exclude='*.order' \
		--exclude='*.symvers' --transform='s,^\.,src,' -C "$dir" . -C "$top" include |
		{
			in_root sh -c '
				tar -xf - --no-same-owner -C /build && release=$1 && shift &&
				make --no-print-directory -j "$(nproc)" \
					-C "/usr/src/linux-headers-$release" M=/build/src \
					PROBE_INCLUDE=/build/include "$@" modules </dev/null >&2 &&
				cd /build/src && find . -name "*.ko" -print0 | tar -cf - --null -T -
			' sh "$release" "$@" 2>&1 >&4 |
				sed 's,/build/src/,,g; s,/build/include,include,g' >&2
		} 4>"$work/result.tar"
	[ -s "$work/result.tar" ] || return 1
	tar -tf "$work/result.tar" | grep -q . ||
		die "make made no .ko file: does obj-m in $dir name any?"
	tar -xf "$work/result.tar" --no-same-owner -C "$dir"
}

# project_modules: this project's own, into the guest's /modules; built only if their sources have
# changed.
project_modules() {
	for source in Kbuild kprobe_example.c jprobe_example.c kretprobe_example.c; do
		[ -e "$top/$source" ] || {
			say "there is no $source: /modules is empty"
			return
		}
	done
	# From a copy, lest somebody save a file after the sum was taken, and before the compiler
	# comes to it.
	mkdir "$work/src"
	(cd "$top" && cp -R Kbuild ./*.c common include "$work/src") ||
		die "cannot copy the modules' sources"
	sum=$( (cd "$work/src" && find . -type f | sort | xargs sha256sum && cat "$home/release") |
		sha256sum | cut -c 1-16)
	built=$cache/modules/$kernel/$sum
	[ -d "$built" ] || locked "modules-$kernel" build_project_modules ||
		die "this project's modules cannot be built for $kernel; --no-modules does without"
	cp "$built"/*.ko "$stage/modules"
}

build_project_modules() {
	[ ! -d "$built" ] || return 0
	build "$work/src" >"$work/make" 2>&1 || {
		cat "$work/make" >&2
		return 1
	}
	rm -rf "$built.new" && mkdir -p "$built.new" && cp "$work/src"/*.ko "$built.new" &&
		mv "$built.new" "$built" || return
	find "$cache/modules/$kernel" -mindepth 1 -maxdepth 1 -mtime +7 -exec rm -r {} +
}
