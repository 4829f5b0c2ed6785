#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The part of tests/scripts/run inside the VM: runs guest.py in the Debian with each shell and awk.

root=/debian
mkdir $root && tar -xf /add/debian-*.tar -C $root && rm /add/debian-*.tar || exit
for dir in proc sys dev; do
	mount -o bind /$dir $root/$dir || exit
done
mkdir -p $root/dev/pts && mount -t devpts devpts $root/dev/pts
mount -t debugfs debugfs $root/sys/kernel/debug
mount -t tracefs tracefs $root/sys/kernel/tracing
mount -t tmpfs tmpfs $root/tmp
mount -o bind /modules $root/modules || exit
mv /add/scripts /add/check.py /add/guest.py $root/add
# scripts/probe looks for the modules beside its own folder.
ln -s /modules/kprobe_example.ko /modules/jprobe_example.ko /modules/kretprobe_example.ko $root/add
failed=0
for pair in bash/gawk dash/mawk; do
	ln -sf ${pair%/*} $root/usr/bin/sh
	ln -sf ${pair#*/} $root/usr/bin/awk
	chroot $root /usr/bin/python3 /add/guest.py $pair || failed=1
done
exit $failed
