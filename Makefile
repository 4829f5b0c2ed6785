# SPDX-License-Identifier: GPL-2.0-only
#
# The targets for users: "make help" lists them. The kernel's build system reads Kbuild, which it
# prefers to this file.

MODULES := kprobe_example.ko jprobe_example.ko kretprobe_example.ko

KDIR ?= /lib/modules/$(shell uname -r)/build
# Where "install" puts everything. A package is staged in DESTDIR.
PREFIX ?= /usr/local
INSTALL_MOD_PATH ?= $(DESTDIR)
INSTALL_MOD_DIR ?= updates

# kbuild accepts W, V and C only on the command line, so those from the environment are repeated
# there.
passed := $(foreach v,ARCH CROSS_COMPILE LLVM W V C,$(if $($v),'$v=$($v)'))
kbuild = $(MAKE) -C '$(KDIR)' M='$(CURDIR)' $(passed)
# Where the generated files of the kernel are: of O= its Makefile reads only that of a command line.
output = $(if $(filter command,$(origin O)),$(O),$(KBUILD_OUTPUT))
objects = $(or $(output),$(KDIR))
need_headers = KBUILD_OUTPUT='$(output)' scripts/need-headers
# The release that the modules are built for. On Debian kernel.release differs from it.
release = $(or $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	'$(objects)/include/generated/utsrelease.h' 2>/dev/null),$(shell uname -r))
# A distribution's kernel may be configured to sign with a key that its headers do not include.
no_sign = $(if $(wildcard $(objects)/certs/signing_key.pem),,CONFIG_MODULE_SIG_ALL=)
# kbuild works in another folder.
mod_path = $(abspath $(INSTALL_MOD_PATH))
installed = $(mod_path)/lib/modules/$(release)
depmod = depmod $(if $(mod_path),-b '$(mod_path)') '$(release)'

ifneq ($(words $(CURDIR)),1)
$(error kbuild cannot work in a folder with a space in its name: $(CURDIR))
endif

.PHONY: modules install uninstall strip sign tools demo exercise check check-long fuzz bench lint clean help need-headers
.PHONY: install-modules install-tools install-man install-dkms uninstall-modules uninstall-tools
.PHONY: man dist deb rpm check-package

modules: need-headers
	$(kbuild) modules || $(need_headers) --failed '$(KDIR)'

need-headers:
	@$(need_headers) '$(KDIR)'

install: install-modules install-tools install-man

uninstall: uninstall-modules uninstall-tools

install-modules: need-headers
	@for ko in $(MODULES); do \
		test -e $$ko || { echo "$$ko is not built yet: run make first"; exit 1; }; \
	done
	$(if $(INSTALL_MOD_STRIP),$(refuse_signed))
	$(kbuild) INSTALL_MOD_PATH='$(mod_path)' INSTALL_MOD_DIR='$(INSTALL_MOD_DIR)' $(no_sign) \
		modules_install
	$(depmod)

# The headers may be gone by then: the modules are those of the running kernel.
uninstall-modules:
	rm -f $(foreach m,$(MODULES),'$(installed)/$(INSTALL_MOD_DIR)/$m'*)
	test ! -d '$(installed)' || $(depmod)

# The commands are links to files that have their helpers beside them.
commands := probe kprobe-event
prefix = $(DESTDIR)$(PREFIX)
libexec = $(prefix)/libexec/kprobe-examples
completions = $(prefix)/share/bash-completion/completions
man_pages := $(basename $(notdir $(wildcard Documentation/man/*.rst)))
man_page = $(prefix)/share/man/man$(patsubst .%,%,$(suffix $1))/$1

# An older version may have had other helpers.
install-tools:
	rm -rf '$(libexec)'
	install -d '$(libexec)/probe.d' '$(prefix)/bin' '$(completions)'
	install -m 755 $(addprefix scripts/,$(commands)) $(wildcard tools/probe-btf) '$(libexec)'
	install -m 644 scripts/probe.d/* '$(libexec)/probe.d'
	install -m 644 scripts/completion.bash '$(completions)/probe'
	ln -sf probe '$(completions)/kprobe-event'
	ln -sf $(addprefix ../libexec/kprobe-examples/,$(commands)) '$(prefix)/bin'

# Without rst2man everything else can be installed.
install-man:
	@command -v rst2man >/dev/null || command -v rst2man.py >/dev/null || { \
		echo 'No man pages: rst2man is missing (Debian and Fedora: python3-docutils)'; \
		exit 0; \
	}; \
	for page in $(man_pages); do \
		folder='$(prefix)/share/man/man'$${page##*.}; \
		install -d "$$folder" && scripts/man $$page >"$$folder/.$$page" && \
			chmod 644 "$$folder/.$$page" && mv "$$folder/.$$page" "$$folder/$$page" || \
			exit; \
		echo "  MAN     $$page"; \
	done

uninstall-tools:
	rm -rf '$(libexec)'
	rm -f $(foreach c,$(commands),'$(prefix)/bin/$c' '$(completions)/$c') \
		$(foreach page,$(man_pages),'$(call man_page,$(page))')

# The man pages beside their sources, to look at them: man -l Documentation/man/probe.8
man: $(addprefix Documentation/man/,$(man_pages))

# What they are made of is elsewhere, too, so they are always made.
.PHONY: $(addprefix Documentation/man/,$(man_pages))
$(addprefix Documentation/man/,$(man_pages)):
	@scripts/man $(@F) >$@.new && mv $@.new $@ || { rm -f $@.new; exit 1; }

# What dkms builds the modules from; for packages.
version = $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
dkms_source = $(DESTDIR)/usr/src/kprobe-examples-$(version)

install-dkms:
	rm -rf '$(dkms_source)'
	install -d '$(dkms_source)/scripts'
	install -m 644 Makefile Kbuild dkms.conf $(wildcard *.c) '$(dkms_source)'
	install -m 755 scripts/need-headers '$(dkms_source)/scripts'
	cp -R common include '$(dkms_source)'
	chmod -R u=rwX,go=rX '$(dkms_source)'

dist deb rpm:
	@scripts/package $@

# Without debugging information a module has a fifth of the size. Stripping removes a signature,
# so "make sign" strips first.
define refuse_signed
@! grep -qa '~Module signature appended~' $(MODULES) || { \
	echo 'These modules are signed, stripped ones would not be: make sign INSTALL_MOD_STRIP=1'; \
	exit 1; \
}
endef
strip_modules = $(if $(LLVM),llvm-strip,$(CROSS_COMPILE)strip) --strip-debug $(MODULES)

strip: modules
	$(refuse_signed)
	$(strip_modules)

# Each .ko is linked again, so that it never has two signatures.
sign: need-headers
	@scripts/sign '$(KDIR)' '$(KEY)' '$(CERT)'
	rm -f $(MODULES)
	$(kbuild) modules
	$(if $(INSTALL_MOD_STRIP),$(strip_modules))
	@scripts/sign '$(KDIR)' '$(KEY)' '$(CERT)' $(MODULES)

tools: tools/probe-btf

# It is linked statically if possible, so that it runs on a machine without libbpf; STATIC= links it
# to the libraries. It is renamed when complete, because tests of several kernels may make it at the
# same time.
STATIC ?= -static
btf_flags = $(or $(CFLAGS),-O2) -Wall -Wextra $(CPPFLAGS) $(LDFLAGS)
btf_sources := $(addprefix tools/,probe-btf.c btf-function.c btf-expression.c)

tools/probe-btf: $(btf_sources) tools/probe-btf.h
	@echo '#include <bpf/btf.h>' | $(CC) -E - >/dev/null 2>&1 || { \
		echo 'No libbpf here. Debian: apt-get install libbpf-dev, Fedora: dnf install libbpf-devel'; \
		exit 1; \
	}
	@new=$@.$$$$; { \
		$(if $(STATIC),$(CC) $(btf_flags) $(STATIC) -o $$new $(btf_sources) -lbpf -lelf -lz \
			2>/dev/null ||) \
		$(CC) $(btf_flags) -o $$new $(btf_sources) -lbpf -lelf -lz; \
	} && mv $$new $@

demo:
	@scripts/demo $(KERNEL)

exercise:
	@scripts/exercise $(if $(KERNEL),--kernel '$(KERNEL)') '$(N)' $(if $(ANSWER),'$(ANSWER)')

check:
	@tests/run $(KERNEL)

check-long:
	@tests/run --tests tests/long $(or $(KERNEL),5.10 6.12 newest)
	@tests/hostile/run $(KERNEL)
	@tests/fleet/run

check-package:
	@tests/package/run

fuzz:
	@tests/fuzz/run

bench:
	@scripts/bench $(KERNEL)

lint:
	@scripts/lint

# This works without kernel headers.
clean:
	@find . -name .git -prune -o \( \
		-name '*.o' -o -name '*.o.d' -o -name '*.ko' -o -name '*.mod' -o \
		-name '*.mod.c' -o -name '.*.cmd' -o -name modules.order -o \
		-name Module.symvers -o -name .module-common.c \
		\) -type f -exec rm -f {} +
	@rm -rf .tmp_versions tools/probe-btf tools/probe-btf.[0-9]* dist \
		$(addprefix Documentation/man/,$(man_pages))

help:
	@echo 'Use'
	@echo '  demo       demonstrate the modules in a virtual machine; installs missing packages'
	@echo '  exercise   check an answer to an exercise of Documentation/exercises: N=3'
	@echo '  modules    build the three .ko for the running kernel (the default)'
	@echo '  install    install them into /lib/modules, where modprobe finds them; the commands'
	@echo '             probe and kprobe-event, their completion and man pages into PREFIX'
	@echo '  uninstall  remove all that install has installed'
	@echo '  strip      remove debugging information from the .ko: a fifth of the size remains'
	@echo '  tools      build probe-btf, which scripts/probe uses for names and types of arguments'
	@echo '  sign       sign the modules for Secure Boot: KEY=key.pem CERT=cert.der'
	@echo '  man        make the man pages, in Documentation/man'
	@echo 'Package, into the folder dist'
	@echo '  deb        kprobe-examples-dkms and kprobe-examples-tools for Debian and Ubuntu'
	@echo '  rpm        the same for Fedora and RHEL'
	@echo '  dist       the tarball of the sources; always the same for a commit'
	@echo 'Verify'
	@echo '  check      run the tests on Linux 6.12 and those that need no kernel: 6 minutes, the'
	@echo '             first time more; KERNEL=all: on every kernel, 25 minutes;'
	@echo '             KERNEL=6.12-debug: with KASAN and lockdep, 50 minutes, of which 10 to'
	@echo '             compile it'
	@echo '  check-long run the tests that take hours: races, CPU hotplug, probes on functions'
	@echo '             that the output of a probe needs'
	@echo '  check-package  build the packages, and install, upgrade and remove them in a Debian'
	@echo '             that is discarded: 3 minutes'
	@echo '  fuzz       test the parsers of args= and where= with ten million texts each'
	@echo '  bench      measure the cost of a hit, compared with other tracers'
	@echo '  lint       run checkpatch, sparse, shellcheck and the checks of this project'
	@echo 'Tidy up'
	@echo '  clean      remove all built files'
	@echo
	@echo 'KERNEL="6.12 ..."   for demo, check, bench: kernels of "scripts/vm list"'
	@echo 'KDIR=DIR            build for the kernel whose build directory is DIR'
	@echo 'ARCH= CROSS_COMPILE= LLVM=1   as for the kernel itself'
	@echo 'V=1 W=1 C=1         show commands, more warnings, run sparse'
	@echo 'INSTALL_MOD_PATH=DIR INSTALL_MOD_DIR=updates PREFIX=/usr/local DESTDIR=   where to install'
	@echo 'INSTALL_MOD_STRIP=1 for install, sign: modules without debugging information'
