# SPDX-License-Identifier: GPL-2.0-only
#
# Completion of scripts/probe, scripts/kprobe-event, scripts/vm and scripts/demo for bash. Load
# it with ". scripts/completion.bash".

_probe_words() { mapfile -t COMPREPLY < <(compgen -W "$*" -- "$word"); }

# Complete the name of a function of the kernel, or after "module:" of a module, also after a
# comma. Without a beginning there would be too many.
_probe_symbols() {
	local begin='' name=$word
	case $word in *,*) begin=${word%,*}, name=${word##*,} ;; esac
	[ -z "$name" ] || mapfile -t COMPREPLY < <(awk -v begin="$begin" -v name="$name" '
		BEGIN { of_module = name ~ /:/ }
		$2 ~ /^[tTwW]$/ {
			symbol = of_module ? substr($4, 2, length($4) - 2) ":" $3 : $3
			if (index(symbol, name) == 1 && $3 !~ /^__(pfx|cfi)_/ && !seen[symbol]++)
				print begin symbol
		}' /proc/kallsyms)
}

# Complete a key of a table, also after a comma.
_probe_keys() {
	local begin=''
	case $word in *,*) begin=${word%,*}, ;; esac
	mapfile -t COMPREPLY < <(compgen -P "$begin" -W "$*" -- "${word##*,}")
}

_probe_events() {
	_probe_words "$@" "$(sed -n 's/^[pr][0-9]*:\(kprobes\/\)\{0,1\}\([^ ]*\) .*/\2/p' \
		/sys/kernel/{,debug/}tracing/kprobe_events 2>/dev/null)"
}

_probe() {
	# Bash splits words also at colons, so split them at blanks here.
	local line=${COMP_LINE:0:COMP_POINT} word words
	word=${line##*[[:blank:]]}
	read -ra words <<<"${line%"$word"}"
	COMPREPLY=()
	case ${words[-1]} in
	find | [pr]:?* | r[0-9]*:?*) _probe_symbols ;;
	probe | */probe)
		_probe_words kprobe jprobe kretprobe --args - --help
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
		;;
	kprobe | jprobe | kretprobe | --args) _probe_symbols ;;
	--via) _probe_words module tracefs ;;
	--by) _probe_keys comm pid tid uid cpu func caller stack retval took ;;
	--sum) _probe_words arg1 arg2 arg3 arg4 arg5 arg6 retval took ;;
	--module | --btf | --html) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	kprobe-event | */kprobe-event)
		_probe_words add enable disable read filter trigger show trace remove find --help
		;;
	enable | disable | read | filter | trigger | show | trace) _probe_events ;;
	remove) _probe_events --all ;;
	*)
		case $1,$word in
		*kprobe-event,*) case ${words[1]} in trace | remove) _probe_events ;; esac ;;
		*,-*)
			_probe_words --pid --comm --uid --where --stack --errors --min-us --for --max \
				--ratelimit --no-types --module --via --dry-run --btf \
				--release --json --folded --folded=ns --folded=sum --chrome \
				--top --html --by --sum --no-log --every --keys --depth \
				--skip-refused
			;;
		esac
		;;
	esac
	# If bash has split the word at a colon, it expects only the part after it.
	case $word in *:*) COMPREPLY=("${COMPREPLY[@]#"${word%:*}:"}") ;; esac
}

# Kernels, as the first word that is no option; behind that, files.
_vm() {
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} kernels earlier
	COMPREPLY=()
	case ${COMP_WORDS[0]} in
	vm | */vm)
		[ "$COMP_CWORD" -gt 1 ] || {
			_probe_words list setup build exec shell debian need --help
			return
		}
		;;
	*) command=demo ;;
	esac
	case $command,${COMP_WORDS[COMP_CWORD - 1]},$word in
	*,--smp,* | *,--mem,* | *,--append,* | *,--timeout,* | list,* | need,*) return ;;
	*,--add,* | *,--console,*) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
	exec,*,-* | shell,*,-*)
		_probe_words --add --smp --mem --icount --append --no-modules --timeout --console -c
		return
		;;
	setup,*,-*) _probe_words --update && return ;;
	esac
	kernels=$("$(dirname "${COMP_WORDS[0]}")/vm" list 2>/dev/null | sed 's/^# //; s/ .*//')$'\n'
	for earlier in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case "$command $kernels" in
		setup*) ;;
		*[$' \n']"$earlier"$'\n'*)
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
			return
			;;
		esac
	done
	_probe_words "$kernels"
}

complete -F _probe probe kprobe-event
# The installed completion is for probe and kprobe-event only.
[ ! -x "$(dirname "${BASH_SOURCE[0]}")/vm" ] || complete -F _vm vm demo
