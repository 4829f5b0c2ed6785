# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # the other files use these variables
#
# Part of scripts/vm. The list of kernels, and the properties that follow from a kernel's name.

# suite_of NAME: print its suite according to the table.
suite_of() { echo "$kernels" | awk -v name="$1" '$1 == name { print $2 }'; }

# parse_kernel KERNEL: set kernel, series, kind (rt, debug, cfi, tiny or empty), arch, cross (the
# prefix of its compiler's name, without the last -), suite, root (its build root), whole (the
# updates of the suite are used, too), home (the folder of its other files) and userland (the
# programs of its guests).
parse_kernel() {
	kernel=$1 series=$1 kind='' arch=amd64 cross=''
	case $series in
	*-arm64) arch=arm64 cross=aarch64-linux-gnu ;;
	*-armhf) arch=armhf cross=arm-linux-gnueabihf ;;
	*-riscv64) arch=riscv64 cross=riscv64-linux-gnu ;;
	esac
	series=${series%-"$arch"}
	case $series in
	*-rt | *-debug | *-cfi | *-tiny) kind=${series##*-} series=${series%-*} ;;
	esac
	if ! echo "$series" | grep -Eqx 'newest|[1-9][0-9]?\.[0-9]{1,3}' ||
		{ [ "$cross" ] && is_compiled; }; then
		die "'$1' is not a kernel: \"scripts/vm list\" shows those supported, and --help" \
			"describes others"
	fi
	suite=$(suite_of "$series")
	suite=${suite:-$latest}
	root=$cache/roots/$suite whole=y
	# Another build root, so that only those who use these architectures fetch their package
	# lists. Those of their updates do not always have the checksums that their signed lists
	# promise.
	case $arch in armhf | riscv64) root=$root-release whole='' ;; esac
	home=$cache/kernels/$kernel
	userland=$cache/userland/$arch-static.cpio
}

# is_compiled: succeeds if this kernel is compiled here, with a configuration for its kind.
is_compiled() { [ -e "$top/scripts/vm.d/config-$kind" ]; }

# list: print the kernels. Those that are used only if named have a # before them, so that "list |
# grep -v ^#" prints those for a test of all kernels.
list() {
	echo "$kernels" | while read -r name _ named; do
		[ "$name" ] || continue
		release=$(cat "$cache/kernels/$name/release" 2>/dev/null)
		printf '%-14s %s\n' "${named:+# }$name" "${release:-not set up}"
	done
}
