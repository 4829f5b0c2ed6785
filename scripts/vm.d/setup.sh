# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # the other files use these variables
#
# Part of scripts/vm. Sets up kernels.

# replace_kernel: put the complete new kernel in the place of the old one.
replace_kernel() {
	echo "$release" >"$home.new/release"
	rm -rf "$home" && mv "$home.new" "$home" || exit
	msg "$kernel: ready, $release"
}

# is_complete: succeeds if the kernel is set up, and for a compiled one also if its configuration
# has not changed.
is_complete() {
	[ -e "$home/release" ] && [ -e "$userland" ] &&
		[ -d "$root/usr/src/linux-headers-$(cat "$home/release")" ] || return
	! is_compiled || [ "$(sed 's/.*-//' "$home/release")" = "$(config_sum)" ]
}

# setup KERNEL: fetch or make the parts of it that do not exist yet.
setup() {
	parse_kernel "$1"
	need_tools
	[ "$update" ] || ! is_complete || return 0
	locked "root-${root##*/}" make_root || exit
	locked "userland-$arch" make_userland || exit
	if is_compiled; then
		locked "kernel-$kernel" compile_kernel || exit
	else
		locked "kernel-$kernel" fetch_kernel || exit
	fi
}

# setup_all KERNEL...: set up VM_JOBS kernels at a time.
setup_all() {
	todo=''
	for name; do
		parse_kernel "$name"
		need_tools
		todo="$todo$name ${root##*/}
"
	done
	# One kernel of each build root comes first, so that they are made at the same time,
	# beginning with the suite that has the most kernels.
	printf %s "$todo" | sort -r -k 2 |
		awk '!seen[$2]++ { print $1; next }
			{ rest = rest $1 "\n" }
			END { printf "%s", rest }' |
		xargs -P "$VM_JOBS" -n 1 "$0" setup ${update:+--update} || exit "$failure"
}
