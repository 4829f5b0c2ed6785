#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# /usr/lib/dracut/modules.d/90kprobe-examples/module-setup.sh: puts the modules that have an
# "options" line in kprobe-examples.conf into the initramfs, and loads them before udev starts.
#
# shellcheck disable=SC2154 # dracut sets moddir

modules() {
	sed -n 's/^options  *\([a-z]*_example\) .*/\1/p' /etc/modprobe.d/kprobe-examples.conf
}

check() {
	[ -e /etc/modprobe.d/kprobe-examples.conf ]
}

installkernel() {
	# shellcheck disable=SC2046 # a list
	hostonly='' instmods $(modules)
}

install() {
	inst_simple /etc/modprobe.d/kprobe-examples.conf
	inst_hook pre-udev 01 "$moddir/load.sh"
}
