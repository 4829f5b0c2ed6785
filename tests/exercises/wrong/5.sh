# SPDX-License-Identifier: GPL-2.0-only
# missing: lines of the pre handler
# shellcheck shell=sh disable=SC2016 # $arg1 is not a variable of the shell
read -r place </sys/kernel/debug/exercise/cmp
insmod kprobe_example.ko symbol="$place"
work
rmmod kprobe_example
count=0
for flags in $(dmesg | sed -n 's/.*pre_handler: .* flags = \(0x[0-9a-f]*\) .*/\1/p'); do
	[ $((flags & 0x40)) = 0 ] || count=$((count + 1))
done
answer $count
