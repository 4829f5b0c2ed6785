# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016 # $arg1 is not a variable of the shell
insmod kprobe_example.ko symbol=exercise_get,exercise_put post=0 args='$caller'
work
rmmod kprobe_example
dmesg | sed -n 's/.*<\(exercise_[a-z]*\)> .* caller=\([a-z_]*\)+.*/\1 \2/p' | awk '
	$1 == "exercise_get" { left[$2]++ }
	$1 == "exercise_put" { left[$2]-- }
	END { for (caller in left) if (left[caller]) print caller, left[caller] }' >/tmp/leak
read -r function number </tmp/leak
answer "$function" "$number"
