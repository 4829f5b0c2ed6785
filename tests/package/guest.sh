#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2317 # other shells expand; the functions are called by their names
#
# The tests of tests/package/run. They run as root in a Debian that is discarded afterwards.

top=$PWD
# shellcheck disable=SC1091 # tap.sh is checked separately
. "$top/tests/tap.sh"
work=/build/work
mkdir "$work"
# Two kernels are enough.
rm -rf /lib/modules/*-rt-*
[ -d /lib/modules ] || mkdir /lib/modules
releases=$(cd /lib/modules && echo *)
first=${releases%% *}
pages=$(cd Documentation/man && for page in *.rst; do echo "${page%.rst}"; done)
modules="kprobe_example jprobe_example kretprobe_example"
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
newer=$version.1

# check NAME COMMAND...: a test that passes if COMMAND succeeds.
check() {
	name=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		pass "$name"
	else
		fail "$name" "$1 fails"
		tail -n 30 "$work/said" | sed 's/^/#   /'
	fi
}

# same NAME LEFT RIGHT: a test that passes if two lists, with a word in each line, are the same.
same() {
	echo "$2" | sort -u >"$work/left"
	echo "$3" | sort -u >"$work/right"
	if [ -z "$2" ]; then
		fail "$1" "the list is empty"
	elif cmp -s "$work/left" "$work/right"; then
		pass "$1"
	else
		fail "$1" "only the first has: $(comm -23 "$work/left" "$work/right" | tr '\n' ' ')"
		echo "# only the second has: $(comm -13 "$work/left" "$work/right" | tr '\n' ' ')"
	fi
}

# silent COMMAND...: succeeds if COMMAND does, and prints nothing.
silent() {
	"$@" >"$work/silent" 2>&1 || echo "status $?" >>"$work/silent"
	cat "$work/silent"
	[ ! -s "$work/silent" ]
}

# says TEXT COMMAND...: succeeds if COMMAND fails and prints TEXT.
says() {
	text=$1
	shift
	if "$@" >"$work/says" 2>&1; then
		echo "it succeeds"
		return 1
	fi
	cat "$work/says"
	grep -q -e "$text" "$work/says"
}

# ------------------------------------------------------------------------------------ the man pages

# make_pages: make all man pages in $work/man.
make_pages() {
	mkdir -p "$work/man"
	for page in $pages; do
		[ -s "$work/man/$page" ] || scripts/man "$page" >"$work/man/$page" || return
	done
}

# warnings PAGE: print the warnings of man.
warnings() {
	{ MAN_KEEP_STDERR=1 man --warnings -E UTF-8 -l -Tutf8 "$1" >/dev/null; } 2>&1
}

# terms PAGE SECTION: print the terms of the list in a section of a man page, without what is in
# brackets behind it.
terms() {
	awk -v section="$2" '
		/^\.SH / { ours = substr($0, 5) == section }
		ours && term {
			sub(/^\.B /, "")
			gsub(/\\f[BIPR]|\\&/, "")
			gsub(/\\-/, "-")
			sub(/ \(.*/, "")
			print
		}
		{ term = /^\.TP/ }' "$work/man/$1"
}

# taken_options: print the options in the function of scripts/probe that reads them.
taken_options() {
	sed -n '/^options() {/,/^}/p' scripts/probe | grep -v -e wrong -e '^[[:space:]]*"' |
		grep -o -e '--[a-z][a-z-]*'
}

completed_options() {
	bash -c '. scripts/completion.bash
		COMP_LINE="probe kprobe f --" COMP_POINT=17
		_probe probe && printf "%s\n" "${COMPREPLY[@]%%=*}"'
}

# parameters_of MODULE: print the parameters that the source files of a module declare.
parameters_of() {
	files=$(sed -n 's/^#include <\(common\/[a-z]*\.c\)>$/\1/p' "$1.c" common/common.c)
	# shellcheck disable=SC2086 # a list
	sed -n 's/^MODULE_PARM_DESC(\([a-z_]*\),.*/\1/p' "$1.c" $files
}

part_man() {
	check "man pages: no warning of rst2man" make_pages
	for page in $pages; do
		check "$page: no warning of mandoc" \
			silent mandoc -T lint -W warning "$work/man/$page"
		check "$page: no warning of man" silent warnings "$work/man/$page"
	done
	for locale in C POSIX C.UTF-8; do
		mkdir "$work/man.$locale"
		for page in $pages; do
			LC_ALL=$locale scripts/man "$page" >"$work/man.$locale/$page"
		done
		check "man pages made in the locale $locale are the same" \
			diff -r "$work/man" "$work/man.$locale"
	done
	for module in $modules; do
		same "$module: the parameters in the sources and in the man page" \
			"$(parameters_of "$module")" "$(terms "$module.8" PARAMETERS)"
	done
	options=$(scripts/probe --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p')
	same "probe: the options of --help and of the man page" "$options" \
		"$(terms probe.8 OPTIONS | sed -n 's/^\(--[a-z-]*\).*/\1/p')"
	same "probe: the options of --help and those that it takes" "$options" "$(taken_options)"
	same "probe: the options of --help and those that bash completes" "$options" \
		"$(completed_options)"
	same "kprobe-event: the commands of the man page and those that it takes" \
		"$(terms kprobe-event.8 COMMANDS)" \
		"$(sed -n 's/^\([a-z |]*\)) shift ;;$/\1/p' scripts/kprobe-event | tr -d ' ' |
			tr '|' '\n' | grep -vx disable)"
	same "jprobe(9) and jprobe.h have the same functions" \
		"$(terms jprobe.9 FUNCTIONS | sed 's/(.*//; s/.*[ *]//')" \
		"$(sed -n 's/^static inline .*[ *]\([a-z_]*\)(.*/\1/p' include/jprobe.h |
			grep -v '^probe_')"
}

# -------------------------------------------------------------------------------------- the tarball

# tarball FOLDER UMASK TZ: make the tarball in FOLDER.
tarball() {
	rm -rf "$1"
	(umask "$2" && TZ=$3 LC_ALL=C scripts/package dist "$1")
}

part_dist() {
	git init -q . && git add -A &&
		git -c user.name=T -c user.email=t@example.org commit -q -m "a commit" || return
	check "make dist" make dist
	made=$(cd dist && echo *)
	tarball=${made%.tar.gz}
	case $made in
	"kprobe-examples-$version.tar.gz" | "kprobe-examples-$version+git"*.tar.gz)
		pass "the tarball has the version: $made"
		;;
	*) fail "the tarball has the version" "$made" ;;
	esac
	find . -name .git -prune -o -type f -exec touch {} +
	check "make dist at another time, with another umask, in another time zone" \
		tarball "$work/again" 077 UTC-9
	check "makes the same tarball" cmp "dist/$made" "$work/again/$made"
	echo change >>README.rst
	check "a change that is not committed" tarball "$work/again" 022 UTC
	cp "$work/said" "$work/warned"
	check "is reported" grep 'not committed' "$work/warned"
	check "and is not in the tarball" cmp "dist/$made" "$work/again/$made"
	git checkout -q README.rst
	tar -xzf "dist/$made" -C "$work"
	same "the tarball has the files that git has" "$(git ls-files)" \
		"$(cd "$work/$tarball" && find . -type f | sed 's,^\./,,')"
	touch "$work/$tarball/common/arm.o"
	check "make dist in the tarball, without git, after a build" \
		make -C "$work/$tarball" dist
	check "makes the same tarball again" cmp "dist/$made" "$work/$tarball/dist/$made"
	rm -rf .git dist "${work:?}/$tarball"
}

# ------------------------------------------------------------------------------------- make install

# has_debug_info MODULE: the kernel's configuration may say that installed modules are compressed.
has_debug_info() {
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -dc "$1" ;;
	*.gz) gzip -dc "$1" ;;
	*) cat "$1" ;;
	esac >"$work/module" && readelf -S "$work/module" >"$work/sections" &&
		grep -q debug_info "$work/sections"
}

# reads_log PROBE: succeeds if that scripts/probe, which needs its helpers for it, can read a log.
reads_log() {
	sed 1d tests/scripts/lines.txt | LC_ALL=POSIX "$1" - --json | grep '^{.*vfs_read'
}

completes_probe_only() {
	bash -c '. "$1" && complete -p probe kprobe-event && ! complete -p vm 2>/dev/null' bash "$1"
}

part_install() {
	set -- KDIR="/lib/modules/$first/build" DESTDIR=../work/stage
	prefix=$work/stage/usr/local
	check "the modules are built with LC_ALL=C" env LC_ALL=C make "$@" modules
	check "make tools" make tools
	mkdir -p "$prefix/libexec/kprobe-examples/probe.d"
	touch "$prefix/libexec/kprobe-examples/probe.d/old.awk"
	check "make install, over an older version" make "$@" install
	check "a file that only the older version has is gone" \
		test ! -e "$prefix/libexec/kprobe-examples/probe.d/old.awk"
	same "all man pages are installed" "$pages" \
		"$(find "$prefix/share/man" -type f | sed 's,.*/,,')"
	check "the installed probe finds its helpers, also with LC_ALL=POSIX" \
		reads_log "$prefix/bin/probe"
	ln -s "$prefix/bin/probe" "$work/link"
	check "and through a link to it" reads_log "$work/link"
	check "the installed completion is for probe and kprobe-event only" completes_probe_only \
		"$prefix/share/bash-completion/completions/kprobe-event"
	module=$(find "$work/stage" -name 'kprobe_example.ko*')
	check "an installed module has debugging information" has_debug_info "$module"
	check "make install INSTALL_MOD_STRIP=1" make "$@" install INSTALL_MOD_STRIP=1
	check "makes it have none" test -z "$(has_debug_info "$module" && echo some)"
	check "and the module is whole" modinfo -F vermagic "$module"
	check "make uninstall" make "$@" uninstall
	check "leaves nothing" silent find "$work/stage" ! -type d ! -name 'modules.*'
	size=$(wc -c <kprobe_example.ko)
	check "make strip" make "$@" strip
	check "makes a third of a module, at most" \
		test "$(($(wc -c <kprobe_example.ko) * 3))" -lt "$size"
	# The modules of a kernel whose headers are gone are those of the running kernel.
	stray=$work/stage/lib/modules/$(uname -r)/updates/kprobe_example.ko
	mkdir -p "${stray%/*}" && touch "$stray"
	check "make uninstall, without headers" make "$@" KDIR=/nonexistent uninstall
	check "removes the modules of the running kernel" test ! -e "$stray"
	make -s clean
	header=/usr/src/linux-headers-$first/include/generated/bounds.h
	mv "$header" "$work/bounds.h"
	check "a header that kbuild needs is missing: make says whose fault it is" \
		says "No module can be built with /lib/modules/$first/build" make "$@" modules
	mv "$work/bounds.h" "$header"
	cp kprobe_example.c "$work"
	echo '#error' >>kprobe_example.c
	check "a fault of the sources: make says so, too" \
		says "others can be built with /lib/modules/$first/build" make "$@" modules
	mv "$work/kprobe_example.c" .
	make -s clean
}

# ------------------------------------------------------------------------------------- the packages

# installed_are VERSION RELEASE...: succeeds if dkms has installed this version for these kernels,
# and no other.
installed_are() {
	dkms status -m kprobe-examples | sort >"$work/status"
	expected=$1
	shift
	for release; do
		echo "kprobe-examples/$expected, $release, $(uname -m): installed"
	done | diff - "$work/status"
}

# module_has RELEASE MODULE FIELD: print a field of the module that dkms has installed.
module_has() {
	modinfo -F "$3" "/lib/modules/$1/updates/dkms/$2.ko"*
}

# same_parameters RELEASE MODULE
same_parameters() {
	same "$2 for $1: the parameters of modinfo and of the man page" \
		"$(module_has "$1" "$2" parm | sed 's/:.*//')" "$(terms "$2.8" PARAMETERS)"
}

# all_files: print the files of this Debian that a package may leave. The key of dkms stays.
all_files() {
	find / -xdev \( -path /proc -o -path /build -o -path /dev -o -path /tmp -o -path /run -o \
		-path /var/lib/dpkg -o -path /var/log -o -path /var/cache -o \
		-path '*/lib/modules/*/modules.*' -o -path '/var/lib/dkms/mok.*' \) -prune -o \
		! -type d -print | sort
}

# release_next FOLDER: make sources of a newer version in FOLDER.
release_next() {
	cp -R "$top" "$1" || return
	sed -i "s/^MODULE_VERSION(\"$version\")/MODULE_VERSION(\"$newer\")/" "$1/common/module.c"
	sed -i "s/^PACKAGE_VERSION=\"$version\"/PACKAGE_VERSION=\"$newer\"/" "$1/dkms.conf"
	sed -i "1s/($version)/($newer)/" "$1/debian/changelog"
}

# lint_packages FOLDER
lint_packages() {
	(cd "$1" && lintian --allow-root --fail-on error,warning ./*.changes)
}

# build_sample: build the sample of a jprobe against the installed headers.
build_sample() {
	cp -R /usr/share/doc/kprobe-examples-dkms/examples/jprobe "$work/sample" &&
		make -C "/lib/modules/$first/build" M="$work/sample" \
			PROBE_INCLUDE="/usr/src/kprobe-examples-$version/include" modules
}

part_deb() {
	check "make deb, with LC_ALL=C" env LC_ALL=C scripts/package deb "$work/deb"
	check "lintian finds no error and no warning" lint_packages "$work/deb"
	all_files >"$work/before"
	check "the packages are installed" \
		dpkg -i "$work"/deb/*-dkms_*.deb "$work"/deb/*-tools_*.deb
	# shellcheck disable=SC2086 # a list
	check "dkms has built the modules for $releases" installed_are "$version" $releases
	make_pages
	for release in $releases; do
		for module in $modules; do
			same_parameters "$release" "$module"
		done
		same "$release: the modules are signed with the key of dkms" \
			"$(module_has "$release" kprobe_example sig_key)" "$(
				openssl x509 -in /var/lib/dkms/mok.pub -inform DER -noout -serial |
					sed 's/serial=//; s/../&:/g; s/:$//'
			)"
	done
	check "probe is in PATH" probe --help
	check "probe has a man page" man -w probe kprobe-event kretprobe_example
	check "probe writes the command for insmod" \
		probe --dry-run kprobe vfs_read --no-types
	check "a sample is built against the installed headers" build_sample

	release_next "$work/next"
	check "make deb of a newer version" "$work/next/scripts/package" deb "$work/deb.next"
	# The headers of one kernel are gone by then.
	rm "/lib/modules/$first/build"
	check "the packages are upgraded, while a kernel has no headers" \
		dpkg -i "$work"/deb.next/*-dkms_*.deb "$work"/deb.next/*-tools_*.deb
	# shellcheck disable=SC2086 # a list
	check "only the newer modules are installed" installed_are "$newer" ${releases#* }
	ln -s "/usr/src/linux-headers-$first" "/lib/modules/$first/build"
	check "modinfo has the newer version" \
		test "$(module_has "${releases#* }" kprobe_example version)" = "$newer"
	check "the older sources are gone" test ! -e "/usr/src/kprobe-examples-$version"

	check "the packages are removed" dpkg -r kprobe-examples-tools kprobe-examples-dkms
	check "dkms has nothing of them" test -z "$(dkms status)"
	check "the packages are purged" dpkg -P kprobe-examples-tools kprobe-examples-dkms
	all_files >"$work/after"
	check "nothing is left" diff "$work/before" "$work/after"
	rm -r "$work/next"
}

part_dkms() {
	release_next "$work/next"
	check "dkms add, of the sources" dkms add "$top"
	check "dkms install" dkms install "kprobe-examples/$version" -k "$first"
	check "the same version cannot be added twice" says 'already contains' dkms add "$top"
	check "a second version can be added" dkms add "$work/next"
	check "and replaces the first" dkms install "kprobe-examples/$newer" -k "$first"
	check "modinfo has the newer version" \
		test "$(module_has "$first" kprobe_example version)" = "$newer"
	check "the older one does not replace the newer one" says 'not newer than' \
		dkms install "kprobe-examples/$version" -k "$first"
	check "dkms remove, of the newer one" dkms remove "kprobe-examples/$newer" --all
	check "no module is left" silent find "/lib/modules/$first/" -name '*_example*'
	check "dkms remove, of the older one" dkms remove "kprobe-examples/$version" --all
	check "dkms has nothing of them" test -z "$(dkms status)"
	check "dkms leaves the sources" \
		rm -r "/usr/src/kprobe-examples-$version" "/usr/src/kprobe-examples-$newer"

	mkdir /lib/modules/6.99.0-none
	dkms add "$top" >/dev/null
	check "a kernel without headers: dkms says what is missing" says \
		'kernel headers for kernel 6.99.0-none cannot be found' \
		dkms build "kprobe-examples/$version" -k 6.99.0-none
	check "make says what to install" says 'linux-headers-6.99.0-none' \
		scripts/need-headers --release 6.99.0-none /lib/modules/6.99.0-none/build
	ln -s "/usr/src/linux-headers-$first" /lib/modules/6.99.0-none/build
	mkdir /lib/modules/4.14.0-none
	ln -s "/usr/src/linux-headers-$first" /lib/modules/4.14.0-none/build
	check "a kernel that is too old: dkms says why it builds nothing" says 'BUILD_EXCLUSIVE' \
		dkms build "kprobe-examples/$version" -k 4.14.0-none
	dkms remove "kprobe-examples/$version" --all >/dev/null
	rm -r /lib/modules/6.99.0-none /lib/modules/4.14.0-none \
		"/usr/src/kprobe-examples-$version" "$work/next"
}

part_rpm() {
	set -- rpmlint --strict -c tests/package/rpmlint.toml
	check "rpmlint finds nothing in the spec" "$@" rpm/kprobe-examples.spec
	check "make rpm" env "RPMBUILD=rpmbuild --nodeps" scripts/package rpm "$work/rpm"
	check "rpmlint finds nothing in the packages" \
		"$@" "$work"/rpm/*.rpm
	check "the packages are installed" rpm -i --nodeps "$work"/rpm/*.rpm
	same "dkms has the sources" "$(dkms status | sed 's/[,:].*//')" "kprobe-examples/$version"
	check "probe is in PATH" probe --help
	check "the packages are removed" \
		rpm -e --nodeps kprobe-examples-dkms kprobe-examples-tools
	check "dkms has nothing of them" test -z "$(dkms status)"
	check "nothing is left" silent find /usr -path '*kprobe-examples*'
}

tap_begin ''
[ $# -gt 0 ] || set -- man dist install deb dkms rpm
for part; do
	began=$(date +%s)
	"part_$part"
	echo "# $part: $(($(date +%s) - began)) s"
done
tap_end
