# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of the other files
#
# Part of scripts/vm. Boots a kernel in QEMU, for a script or a shell.

# options COMMAND [OPTION]... KERNEL [SCRIPT]: sets what boot() uses, fills $stage, which is added
# to the guest's file system.
options() {
	command=$1
	shift
	failure=125 smp=1 mem=1024 icount='' append='' limit=300 console='' modules=y
	stage=$work/stage
	mkdir -p "$stage/add" "$stage/modules"
	while [ $# -gt 0 ]; do
		case $1 in
		--add | --smp | --mem | --append | --timeout | --console) [ $# -gt 1 ] ||
			die "$1 wants a value; try --help" ;;
		esac
		case $1 in
		--add) add "$2" && shift ;;
		--smp) number "$1" "$2" && smp=$2 && shift ;;
		--mem) number "$1" "$2" && mem=$2 && shift ;;
		--append) append=$2 && shift ;;
		--timeout) number "$1" "$2" && limit=$2 && shift ;;
		--console) console=$2 && shift ;;
		--icount) icount=y ;;
		--no-modules) modules='' ;;
		--)
			shift
			break
			;;
		-*) die "there is no option $1; try --help" ;;
		*) break ;;
		esac
		shift
	done
	[ -z "$icount" ] || [ "$smp" = 1 ] ||
		die "--icount works with one CPU only: leave out --smp $smp"
	case $command,$# in
	exec,2 | shell,1) ;;
	exec,*) die "exec wants a kernel and a script, in this order, behind the options; try" \
		"--help" ;;
	shell,*) die "shell wants one kernel, behind the options; try --help" ;;
	esac
	[ "$command" = shell ] || { [ -f "$2" ] && [ -r "$2" ]; } || die "there is no script '$2'"
	setup "$1"
	[ "$command" = shell ] || cp "$2" "$stage/script" || die "cannot copy $2"
	install -m 755 "$top/scripts/vm.d/init" "$stage/init" || die "cannot copy scripts/vm.d/init"
	if [ "$console" ]; then
		true 2>/dev/null >"$console" || die "cannot write the console's log to $console"
		ln -s "$(realpath "$console")" "$work/console"
	else
		: >"$work/console"
	fi
	[ -z "$modules" ] || project_modules
	(cd "$stage" && find . | cpio -o -H newc -R 0:0 --quiet) >"$work/stage.cpio" ||
		die "cannot pack the guest's files"
	# The kernel unpacks one archive after the other into the same place.
	cat "$userland" "$work/stage.cpio" >"$work/initrd" || die "cannot write to $work"
	rm -rf "$stage" "$work/stage.cpio"
}

# add PATH: to the guest's /add. -L: what a link points at is on this side only.
add() {
	[ -e "$1" ] || die "there is no '$1' to add"
	name=$(basename "$(realpath -s "$1")")
	[ ! -e "$stage/add/$name" ] || die "two paths to add are called $name"
	cp -RL "$1" "$stage/add/$name" || die "cannot copy $1"
}

# qemu ARGUMENT...: boots, in the place of this shell; $launch is what to start the emulator with,
# the chardev "out" the arguments' business.
qemu() {
	# panic=-1 reboots at once, which -no-reboot makes the end of QEMU. devkmsg=on: a script
	# may write to the log as much as it likes. norandmaps: starting a program takes a quarter
	# of the time, as the emulator can use again what it has translated for an address.
	# Without self-tests of the crypto code, and without two parts of it, the kernel is up two
	# seconds earlier.
	words="rdinit=/init panic=-1 oops=panic printk.devkmsg=on norandmaps cryptomgr.notests"
	words="$words initcall_blacklist=jent_mod_init,init_encrypted"
	[ -z "$icount" ] || set -- "$@" -icount shift=0,sleep=off
	# thread=single: with a thread for each CPU the emulator is not safe against code that is
	# patched under another CPU, and probes patch. No path has a comma, at which QEMU would
	# cut it: those it might are relative to $work. sockets: of each the BIOS tells a kernel
	# without ACPI of one CPU.
	cd "$work" || exit
	set -- "$@" -nodefaults -no-user-config -display none -no-reboot -accel tcg,thread=single \
		-smp "$smp,sockets=$smp" -m "$mem" \
		-kernel "$home/kernel" -initrd initrd \
		-chardev file,id=console,path=console,append=on \
		-chardev file,id=verdict,path=verdict
	# shellcheck disable=SC2086 # a list of words
	case $arch in
	amd64)
		# no_timer_check: the kernel measures the timer against real time and panics on a
		# host that is too busy to keep up with it. Without erms and avx the guest does
		# not use instructions for memory and strings that are slow to emulate: a fifth of
		# its time.
		words="$words no_timer_check"
		exec $launch qemu-system-x86_64 -machine pc -cpu max,-erms,-avx "$@" \
			-serial chardev:console -serial chardev:out -serial chardev:verdict \
			-append "console=ttyS0 vm.out=ttyS1 vm.verdict=ttyS2 $words $append"
		;;
	arm64)
		# This machine has one serial port of its own. pauth-impdef: Arm's own pointer
		# authentication takes long to emulate.
		exec $launch qemu-system-aarch64 -machine virt -cpu max,pauth-impdef=on "$@" \
			-serial chardev:console \
			-device pci-serial-2x,chardev1=out,chardev2=verdict \
			-append "console=ttyAMA0 vm.out=ttyS0 vm.verdict=ttyS1 $words $append"
		;;
	esac
}

# run: boots and passes on what the script prints. Sets ended: QEMU's exit status, 124 at the time
# limit.
run() {
	: >"$work/verdict"
	# QEMU writes to a FIFO and cat to our stdout, which QEMU would truncate if it is a file.
	# Our own descriptor 7 is a writer that is there even if QEMU never comes that far: else
	# cat would wait for ever.
	rm -f "$work/out"
	mkfifo "$work/out" || die "cannot write to $work"
	cat "$work/out" &
	reader=$!
	launch="timeout --kill-after=5 $limit"
	(qemu -chardev file,id=out,path=out) </dev/null >"$work/qemu" 2>&1 7>"$work/out" &
	machine=$!
	wait "$machine"
	ended=$?
	machine=''
	wait "$reader"
}

exec_script() {
	began=$(date +%s)
	run
	if [ ! -s "$work/verdict" ] && [ "$ended" = 0 ]; then
		# The console of the next try must not have this one's panic in it.
		say "$kernel: died before its first process, which can be the emulator's fault:" \
			"once more"
		console_end
		: >"$work/console"
		limit=$((limit - ($(date +%s) - began)))
		[ "$limit" -le 0 ] || run
	fi
	status=$(sed -n 's/^exit \([0-9]*\)$/\1/p' "$work/verdict")
	if [ "$ended" = 124 ] || [ "$ended" = 137 ]; then
		why="it had not ended after $limit seconds, the --timeout"
	elif [ "$ended" != 0 ]; then
		why="QEMU failed: $(cat "$work/qemu")"
	elif grep -aq 'Kernel panic - not syncing' "$work/console"; then
		# Also after the script has ended, when the machine goes down.
		why="the kernel panicked"
	elif [ ! -s "$work/verdict" ]; then
		why="it never came to its first process"
	elif [ -z "$status" ]; then
		why="it ended before the script did"
	else
		return "$status"
	fi
	say "$kernel: VM lost: $why"
	console_end
	return 125
}

console_end() {
	[ -s "$work/console" ] || return 0
	say "the end of its console:"
	tail -n 40 "$work/console" | tr -d '\r' >&2
}

shell() {
	if [ ! -t 0 ] || [ ! -t 1 ]; then
		die "shell needs a terminal; \"scripts/vm exec\" runs a script without one"
	fi
	append="vm.shell=$(stty size | tr ' ' x) $append"
	launch=''
	say "$kernel: the project's modules are in /modules; leave with \"exit\", or switch off" \
		"with Ctrl-A X"
	(qemu -chardev stdio,id=out,mux=on,signal=off -mon chardev=out,mode=readline)
	grep -aq 'Kernel panic - not syncing' "$work/console" || return 0
	say "$kernel: the kernel panicked"
	console_end
	return 125
}

# clean_up: at the end of it all, whichever way it came.
clean_up() {
	[ -z "$machine" ] || {
		kill "$machine"
		wait "$machine" "$reader"
	} 2>/dev/null
	[ -z "$work" ] || rm -rf "$work"
}
