# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # the other files use these variables
#
# Part of scripts/vm. Boots a kernel in QEMU, for a script or a shell.

# options COMMAND [OPTION]... KERNEL [SCRIPT]: set the variables that qemu() uses and make the
# initrd.
options() {
	command=$1
	shift
	failure=125 smp=1 mem=1024 icount='' append='' limit=300 console='' modules=y
	stage=$work/stage
	mkdir -p "$stage/add" "$stage/modules"
	while [ $# -gt 0 ]; do
		case $1 in
		--add | --smp | --mem | --append | --timeout | --console) [ $# -gt 1 ] ||
			die "$1 needs a value; try --help" ;;
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
		-c) die "-c and its commands stand behind the kernel; try --help" ;;
		-*) die "there is no option $1; try --help" ;;
		*) break ;;
		esac
		shift
	done
	# A kernel of this architecture invalidates translations page by page, up to 200000 at a
	# time, and for each of them the emulator waits for the other CPUs.
	case $smp,$1 in
	1,*) ;;
	*-armhf) die "$1 works with one CPU only: leave out --smp $smp" ;;
	esac
	[ -z "$icount" ] || [ "$smp" = 1 ] ||
		die "--icount works with one CPU only: leave out --smp $smp"
	# With less memory a kernel panics, or has no room for the guest's files.
	[ "$mem" -ge "$least_mem" ] ||
		die "--mem $mem is too little: $least_mem is the least that works"
	case $command,$#,${2-} in
	exec,2,-) cat >"$stage/script" || die "cannot read the script from the input" ;;
	exec,3,-c) printf '%s\n' "$3" >"$stage/script" ;;
	exec,2,-c) die "-c needs the commands, as one argument; try --help" ;;
	exec,2,*)
		{ [ -f "$2" ] && [ -r "$2" ]; } || die "there is no script '$2'"
		cp "$2" "$stage/script" || die "cannot copy $2"
		;;
	shell,1,) ;;
	exec,*) die "exec needs a kernel and a script, in this order, after the options; try" \
		"--help" ;;
	shell,*) die "shell needs one kernel, after the options; try --help" ;;
	esac
	setup "$1"
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

# add PATH: copy PATH to the guest's /add. -L copies the target of a link, which does not exist in
# the guest.
add() {
	[ -e "$1" ] || die "there is no '$1' to add"
	name=$(basename "$(realpath -s "$1")")
	[ ! -e "$stage/add/$name" ] || die "two paths to add have the name $name"
	cp -RL "$1" "$stage/add/$name" || die "cannot copy $1"
}

# qemu ARGUMENT...: replace this shell by QEMU, started by the command $launch. The arguments must
# define the chardev "out".
qemu() {
	# With panic=-1 the kernel reboots at once, and with -no-reboot QEMU exits then. devkmsg=on
	# removes the rate limit of /dev/kmsg. With norandmaps starting a program takes a quarter of
	# the time, because the emulator can use its translated code again. Without self-tests of
	# the crypto code, and without two parts of it, the kernel boots two seconds faster.
	words="rdinit=/init panic=-1 oops=panic printk.devkmsg=on norandmaps cryptomgr.notests"
	words="$words initcall_blacklist=jent_mod_init,init_encrypted"
	[ -z "$icount" ] || set -- "$@" -icount shift=0,sleep=off
	# thread=single is necessary because with a thread for each CPU the emulator does not
	# support code that another CPU modifies, as probes do. QEMU cuts paths at a comma, so paths
	# are relative to $work. The BIOS reports one CPU per socket to a kernel without ACPI, so
	# each CPU has its own socket.
	cd "$work" || exit
	set -- "$@" -nodefaults -no-user-config -display none -no-reboot -accel tcg,thread=single \
		-smp "$smp,sockets=$smp" -m "$mem" \
		-kernel "$home/kernel" -initrd initrd \
		-chardev file,id=console,path=console,append=on \
		-chardev file,id=verdict,path=verdict
	# shellcheck disable=SC2086 # this is a list
	case $arch in
	amd64)
		# Without no_timer_check the kernel would compare the timer with real time and
		# panic on a busy host. Without erms and avx the guest does not use string and
		# memory instructions that are slow to emulate, which saves a fifth of the time.
		words="$words no_timer_check"
		exec $launch qemu-system-x86_64 -machine pc -cpu max,-erms,-avx "$@" \
			-serial chardev:console -serial chardev:out -serial chardev:verdict \
			-append "console=ttyS0 vm.out=ttyS1 vm.verdict=ttyS2 $words $append"
		;;
	arm64)
		# This machine has only one serial port, so a PCI card adds two. With pauth-impdef
		# pointer authentication uses an algorithm that is fast to emulate. Without
		# sve processes start in half the time, because there are fewer registers to save.
		exec $launch qemu-system-aarch64 -machine virt \
			-cpu max,pauth-impdef=on,sve=off "$@" \
			-serial chardev:console \
			-device pci-serial-2x,chardev1=out,chardev2=verdict \
			-append "console=ttyAMA0 vm.out=ttyS0 vm.verdict=ttyS1 $words $append"
		;;
	armhf)
		# The kernel is built without LPAE, so all addresses must be below 4 GiB.
		exec $launch qemu-system-arm -machine virt,highmem=off -cpu max "$@" \
			-serial chardev:console \
			-device pci-serial-2x,chardev1=out,chardev2=verdict \
			-append "console=ttyAMA0 vm.out=ttyS0 vm.verdict=ttyS1 $words $append"
		;;
	riscv64)
		exec $launch qemu-system-riscv64 -machine virt "$@" \
			-serial chardev:console \
			-device pci-serial-2x,chardev1=out,chardev2=verdict \
			-append "console=ttyS0 vm.out=ttyS1 vm.verdict=ttyS2 $words $append"
		;;
	esac
}

# run: boot and print the script's output. Sets $ended to the exit status of QEMU, which is 124 at
# the time limit.
run() {
	: >"$work/verdict"
	# QEMU would truncate our stdout if it is a file, so it writes to a FIFO, from which cat
	# reads. Descriptor 7 is another writer of the FIFO. It lets cat end even if QEMU fails
	# before it opens the FIFO.
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
		# The console of the next attempt must not contain the panic of this one.
		msg "$kernel: crashed before its first process, perhaps by a fault of QEMU;" \
			"trying again"
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
		# The panic may also happen after the script has ended.
		why="the kernel panicked"
	elif [ ! -s "$work/verdict" ]; then
		why="its first process did not start"
	elif [ -z "$status" ]; then
		why="it ended before the script did"
	else
		return "$status"
	fi
	msg "$kernel: VM lost: $why"
	console_end
	return 125
}

console_end() {
	[ -s "$work/console" ] || return 0
	msg "the end of its console:"
	tail -n 40 "$work/console" | tr -d '\r' >&2
}

shell() {
	if [ ! -t 0 ] || [ ! -t 1 ]; then
		die "shell needs a terminal; \"scripts/vm exec\" runs a script without one"
	fi
	append="vm.shell=$(stty size | tr ' ' x) $append"
	launch=''
	msg "$kernel: the project's modules are in /modules; \"exit\" ends the shell, Ctrl-A X" \
		"switches the machine off"
	(qemu -chardev stdio,id=out,mux=on,signal=off -mon chardev=out,mode=readline)
	grep -aq 'Kernel panic - not syncing' "$work/console" || return 0
	msg "$kernel: the kernel panicked"
	console_end
	return 125
}

# clean_up: end QEMU and remove the temporary files, at any exit.
clean_up() {
	[ -z "$machine" ] || {
		kill "$machine"
		wait "$machine" "$reader"
	} 2>/dev/null
	[ -z "$work" ] || rm -rf "$work"
}
