#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The part of tests/fleet/run inside the VM. A real rsyslogd sends the kernel's log to a second one
# in another network namespace, as netconsole does; journald reads it, too. scripts/probe reads what
# has arrived. Prints "ok NAME" or "not ok NAME".
#
# shellcheck disable=SC2016,SC2086,SC2317 # $arg2 is for the module; verdict calls the functions

root=/debian
failed=0

# verdict NAME COMMAND...: COMMAND succeeds within 30 s.
verdict() {
	name=$1
	shift
	read -r until _ </proc/uptime
	until=$((${until%.*} + 30))
	while ! "$@" >/tmp/said 2>&1; do
		read -r now _ </proc/uptime
		if [ "${now%.*}" -ge "$until" ]; then
			echo "not ok $name"
			sed 's/^/# /' /tmp/said
			failed=1
			return
		fi
		usleep 200000
	done
	echo "ok $name"
}

mkdir $root && tar -xf /add/debian.tar -C $root && rm /add/debian.tar || exit
for dir in proc sys dev; do
	mkdir -p $root/$dir
	mount -o bind /$dir $root/$dir || exit
done
mount -t tmpfs tmpfs $root/tmp
mount -t tmpfs tmpfs $root/run
ip() { chroot $root /usr/sbin/ip "$@"; }
hostname sender

# modprobe.d: the parameters arrive as they are written, without a shell.
release=$(uname -r)
mkdir -p /lib/modules/"$release"/updates /etc/modprobe.d
cp /modules/*.ko /lib/modules/"$release"/updates
depmod
cp /add/fleet/modprobe.d/kprobe-examples.conf /etc/modprobe.d
modprobe kretprobe_example
insmod /add/modules/configfs.ko
verdict "modprobe.d: the module's line names the module that was initialised" \
	sh -c 'dmesg | grep "kretprobe_example: do_init_module returned .* name=\"configfs\" "'
rmmod kretprobe_example

# Two machines: this one, and a network namespace. The cable is a program, because netconsole does
# not work on veth.
insmod /add/modules/tun.ko
mkdir -p /dev/net
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
cat >$root/tmp/cable <<'END'
my @tap;
for my $name (qw(v0 v1)) {
	sysopen(my $fd, "/dev/net/tun", 2) or die "tun: $!";
	ioctl($fd, 0x400454ca, pack("a16 S x22", $name, 0x1002)) or die "$name: $!";
	push @tap, $fd;
}
while (1) {
	my $read = "";
	vec($read, fileno($_), 1) = 1 for @tap;
	select($read, undef, undef, undef);
	for my $i (0, 1) {
		next unless vec($read, fileno($tap[$i]), 1);
		my $frame;
		sysread($tap[$i], $frame, 65536) and syswrite($tap[1 - $i], $frame);
	}
}
END
chroot $root /usr/bin/perl /tmp/cable &
cable=$!
unshare -n sleep 1000 &
other=$!
verdict "there are two network namespaces" sh -c "
	[ -e /sys/class/net/v1 ] &&
	[ \"\$(readlink /proc/$other/ns/net)\" != \"\$(readlink /proc/self/ns/net)\" ]"
ip link set v1 netns $other
ip addr add 10.77.0.2/24 dev v0
ip link set v0 up
there() { nsenter -t $other -n "$@"; }
there chroot $root /usr/sbin/ip addr add 10.77.0.1/24 dev v1
there chroot $root /usr/sbin/ip link set v1 up
there chroot $root /usr/sbin/ip link set lo up

mkdir -p $root/etc/rsyslog.d $root/var/log/probe
cp /add/fleet/rsyslog.d/*-receive.conf $root/etc/receive.conf
{
	echo 'module(load="imklog")'
	cat /add/fleet/rsyslog.d/*-send.conf
} >$root/etc/send.conf
for config in send receive; do
	chroot $root /usr/sbin/rsyslogd -N1 -f /etc/$config.conf >/tmp/said 2>&1
	verdict "rsyslogd accepts the example for $config" \
		sh -c 'cat /tmp/said; ! grep -i -e error -e warning /tmp/said'
done
there chroot $root /usr/sbin/rsyslogd -n -f /etc/receive.conf -i /run/receive.pid &
verdict "the receiver listens" sh -c "grep -q ':2912 ' /proc/$other/net/tcp"
chroot $root /usr/sbin/rsyslogd -n -f /etc/send.conf -i /run/send.pid &

mac=$(there chroot $root /usr/sbin/ip link show v1 | sed -n 's/.*ether \([0-9a-f:]*\) .*/\1/p')
insmod /add/modules/netconsole.ko "netconsole=6665@10.77.0.2/v0,6666@10.77.0.1/$mac"

mkdir -p $root/run/systemd/journal $root/run/log/journal
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -o bind /sys/fs/cgroup $root/sys/fs/cgroup
echo 0123456789abcdef0123456789abcdef >$root/etc/machine-id
chroot $root /usr/lib/systemd/systemd-journald &
verdict "journald runs" test -e $root/run/systemd/journal/socket

insmod /modules/kretprobe_example.ko symbol=do_sys_openat2 comm=reader args='path=$arg2:ustring'
printf '#!/bin/busybox-static sh\nread -r line </proc/version\nexec 3</etc/none\n' >/tmp/reader
chmod +x /tmp/reader
/tmp/reader 2>/dev/null
rmmod kretprobe_example
journal() { chroot $root /usr/bin/journalctl --no-pager -k -D /run/log/journal -o "$1"; }

# complete COMMAND...: what COMMAND prints has both calls and the last line, and scripts/probe reads
# them.
complete() {
	"$@" >/tmp/arrived 2>&1 && sh /add/scripts/probe - --json </tmp/arrived >/tmp/json || return
	tail -n 3 /tmp/arrived
	grep '"type":"return".*"errno":"ENOENT".*"path":"/etc/none"' /tmp/json &&
		grep '"type":"return".*"path":"/proc/version"' /tmp/json &&
		grep '"type":"summary".*"hits":' /tmp/json
}
verdict "rsyslog: scripts/probe reads what has arrived" \
	complete cat $root/var/log/probe/sender.log
verdict "netconsole: scripts/probe reads what has arrived" \
	complete cat $root/var/log/probe/10.77.0.2.netconsole
for form in short json; do
	verdict "journald: scripts/probe reads journalctl -k -o $form" \
		complete journal $form
done
verdict "scripts/probe reads the logs of several machines" sh -c "
	cat $root/var/log/probe/* | sh /add/scripts/probe - --top | grep ENOENT"
kill -KILL $cable $other %3 %4 %5 2>/dev/null
exit $failed
