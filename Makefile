# SPDX-License-Identifier: GPL-2.0-only
#
# For people: "make help" lists what can be done.  What the kernel's build
# system reads is Kbuild, which it prefers to a Makefile beside it.

MODULES := kprobe_example.ko jprobe_example.ko kretprobe_example.ko

KDIR ?= /lib/modules/$(shell uname -r)/build
INSTALL_MOD_DIR ?= updates

# kbuild believes W, V and C on the command line only, so those that came
# through the environment are repeated there.
passed := $(foreach v,ARCH CROSS_COMPILE LLVM W V C,$(if $($v),'$v=$($v)'))
kbuild = $(MAKE) -C '$(KDIR)' M='$(CURDIR)' $(passed)
# What modules are built for: kernel.release is another name on Debian's kernels.
release = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' '$(KDIR)/include/generated/utsrelease.h')
# A distribution's kernel wants to sign with a key that its headers don't have.
no_sign = $(if $(wildcard $(KDIR)/certs/signing_key.pem),,CONFIG_MODULE_SIG_ALL=)
installed = $(INSTALL_MOD_PATH)/lib/modules/$(release)

ifneq ($(words $(CURDIR)),1)
$(error kbuild cannot work in a folder with a space in its name: $(CURDIR))
endif

.PHONY: modules install uninstall sign tools demo check check-long fuzz bench lint clean help need-headers

modules: need-headers
	$(kbuild) modules

need-headers:
	@scripts/need-headers '$(KDIR)'

install: need-headers
	@for ko in $(MODULES); do \
		test -e $$ko || { echo "$$ko is not built yet: run make first"; exit 1; }; \
	done
	$(kbuild) INSTALL_MOD_DIR='$(INSTALL_MOD_DIR)' $(no_sign) modules_install
	depmod $(if $(INSTALL_MOD_PATH),-b '$(INSTALL_MOD_PATH)') '$(release)'

uninstall: need-headers
	rm -f $(foreach m,$(MODULES),'$(installed)/$(INSTALL_MOD_DIR)/$m'*)
	depmod $(if $(INSTALL_MOD_PATH),-b '$(INSTALL_MOD_PATH)') '$(release)'

# A .ko is linked anew, so that it never carries two signatures.
sign: need-headers
	@scripts/sign '$(KDIR)' '$(KEY)' '$(CERT)'
	rm -f $(MODULES)
	$(kbuild) modules
	@scripts/sign '$(KDIR)' '$(KEY)' '$(CERT)' $(MODULES)

tools: tools/probe-btf

# Static where that is possible: then it runs on a machine without libbpf. It is there
# when it is whole: tests of several kernels may want it at the same time.
tools/probe-btf: tools/probe-btf.c
	@echo '#include <bpf/btf.h>' | $(CC) -E - >/dev/null 2>&1 || { \
		echo 'No libbpf here. Debian: apt-get install libbpf-dev, Fedora: dnf install libbpf-devel'; \
		exit 1; \
	}
	@new=$@.$$$$; { \
		$(CC) -O2 -Wall -Wextra -static -o $$new $< -lbpf -lelf -lz 2>/dev/null || \
		$(CC) -O2 -Wall -Wextra -o $$new $< -lbpf -lelf -lz; \
	} && mv $$new $@

demo:
	@scripts/demo $(KERNEL)

check:
	@tests/run $(KERNEL)

check-long:
	@tests/run --tests tests/long $(or $(KERNEL),5.10 6.12 newest)
	@tests/hostile/run $(KERNEL)

fuzz:
	@tests/fuzz/run

bench:
	@scripts/bench $(KERNEL)

lint:
	@scripts/lint

# Works without kernel headers too.
clean:
	@find . -name .git -prune -o \( \
		-name '*.o' -o -name '*.o.d' -o -name '*.ko' -o -name '*.mod' -o \
		-name '*.mod.c' -o -name '.*.cmd' -o -name modules.order -o \
		-name Module.symvers -o -name .module-common.c \
		\) -type f -exec rm -f {} +
	@rm -rf .tmp_versions tools/probe-btf tools/probe-btf.[0-9]*

help:
	@echo 'Use'
	@echo '  demo       see the three modules at work in a virtual machine; installs what is missing'
	@echo '  modules    build the three .ko for the running kernel (the default)'
	@echo '  install    put them into /lib/modules, where modprobe finds them'
	@echo '  uninstall  take them out again'
	@echo '  tools      build the helper that knows names and types of arguments (scripts/probe)'
	@echo '  sign       sign them for Secure Boot: KEY=key.pem CERT=cert.der'
	@echo 'Verify'
	@echo '  check      the tests on Linux 6.12 and those that need no kernel: 3 minutes, the first'
	@echo '             time up to 6; KERNEL=all: on every kernel, 20 minutes; KERNEL=6.12-debug:'
	@echo '             with KASAN and lockdep, 50 minutes, of which 10 to compile it'
	@echo '  check-long those that take hours: races, CPU hotplug, functions that hang others'
	@echo '  fuzz       ten million texts for args=, under sanitizers'
	@echo '  bench      what one hit costs, beside what others take'
	@echo '  lint       checkpatch, sparse, shellcheck and the rules of this tree'
	@echo 'Tidy up'
	@echo '  clean      remove what was built'
	@echo
	@echo 'KERNEL="6.12 ..."   for demo, check, bench: of those in "scripts/vm list"'
	@echo 'KDIR=DIR            build for the kernel whose build directory is DIR'
	@echo 'ARCH= CROSS_COMPILE= LLVM=1   as for the kernel itself'
	@echo 'V=1 W=1 C=1         show commands, more warnings, run sparse'
	@echo 'INSTALL_MOD_PATH=DIR INSTALL_MOD_DIR=updates   where install puts them'
