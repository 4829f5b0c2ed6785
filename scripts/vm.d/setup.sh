# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of the other files
#
# Part of scripts/vm. All of setting up a kernel.

# replace_kernel: $release is whole.
replace_kernel() {
	echo "$release" >"$home.new/release"
	rm -rf "$home" && mv "$home.new" "$home" || exit
	say "$kernel: ready, $release"
}

# is_whole: there is nothing to do for this kernel; for one that we compile also if what it is to
# have has not changed.
is_whole() {
	[ -e "$home/release" ] && [ -d "$root" ] && [ -e "$userland" ] || return
	! is_compiled || [ "$(sed 's/.*-//' "$home/release")" = "$(config_sum)" ]
}

# setup KERNEL: whatever of it is not there yet.
setup() {
	parse_kernel "$1"
	need_tools
	[ "$update" ] || ! is_whole || return 0
	locked "root-$suite" make_root || exit
	locked "userland-$arch" make_userland || exit
	if is_compiled; then
		locked "kernel-$kernel" compile_kernel || exit
	else
		locked "kernel-$kernel" fetch_kernel || exit
	fi
}

# setup_all KERNEL...: several at a time.
setup_all() {
	todo=''
	for name; do
		parse_kernel "$name"
		need_tools
		todo="$todo$name $suite
"
	done
	# One kernel of each suite first, so that the build roots are made side by side, and
	# before all that of the suite with the most kernels.
	printf %s "$todo" | sort -r -k 2 |
		awk '!seen[$2]++ { print $1; next }
			{ rest = rest $1 "\n" }
			END { printf "%s", rest }' |
		xargs -P "$VM_JOBS" -n 1 "$0" setup ${update:+--update} || exit "$failure"
}
