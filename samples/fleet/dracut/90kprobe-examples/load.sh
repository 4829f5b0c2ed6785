#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the initramfs, before udev loads the first driver. A module that cannot be loaded does not
# stop the boot.

while read -r word module _; do
	case $word,$module in
	options,*_example)
		modprobe -b "$module" ||
			echo "kprobe-examples: $module is not loaded; dmesg says why" >&2
		;;
	esac
done </etc/modprobe.d/kprobe-examples.conf
