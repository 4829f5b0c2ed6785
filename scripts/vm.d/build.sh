# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # the other files use these variables
#
# Part of scripts/vm. Builds the modules of a folder, and those of this project.

# build DIR [ARGUMENT]...: build in a copy, which is sent through pipes to the build root and back.
# So no other files are left in DIR, builds for several kernels do not affect each other, and the
# permissions of DIR do not matter. tar -h copies the targets of links, which may not exist in the
# build root.
build() {
	dir=$1
	shift
	if [ ! -e "$dir/Kbuild" ] && ! grep -qs obj-m "$dir/Makefile"; then
		die "there is nothing to build in $dir: it needs a Kbuild that says" \
			"\"obj-m := NAME.o\""
	fi
	release=$(cat "$home/release") || exit
	[ "$kind" != cfi ] || set -- LLVM=1 "$@"
	# kbuild has one name for all sizes of RISC-V, and calls armhf arm.
	case $arch in
	riscv64) kbuild_arch=riscv ;;
	*) kbuild_arch=${arch%hf} ;;
	esac
	[ -z "$cross" ] || set -- ARCH="$kbuild_arch" CROSS_COMPILE="$cross-" "$@"
	# sed changes the paths in make's messages to those outside the build root. The archive of
	# the results uses descriptor 4, so that it does not pass through sed.
	# shellcheck disable=SC2016 # the inner shell expands it
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

# project_modules: put this project's modules into the guest's /modules. They are built only if
# their sources have changed.
project_modules() {
	for source in Kbuild kprobe_example.c jprobe_example.c kretprobe_example.c; do
		[ -e "$top/$source" ] || {
			msg "there is no $source: /modules is empty"
			return
		}
	done
	# The checksum and the build use a copy, because a file may be edited in between.
	mkdir "$work/src"
	(cd "$top" && cp -R Kbuild ./*.c common include "$work/src") ||
		die "cannot copy the modules' sources"
	sum=$( (cd "$work/src" && find . -type f | sort | xargs sha256sum && cat "$home/release") |
		sha256sum | cut -c 1-16)
	built=$cache/modules/$kernel/$sum
	[ -d "$built" ] || locked "modules-$kernel" build_project_modules ||
		die "this project's modules cannot be built for $kernel; --no-modules boots without"
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
