# bootseal. `make` builds both programs. `make test T=bootpath` runs one test, `make check-fast` all that
# needs no virtual machine, long parts as samples; `make check` what CI runs, `make check-all` every test in
# full. A build says "  CC      file"; V=1 shows the whole commands.

B := build
CFLAGS ?= -O2 -g
PREFIX ?= /usr
DESTDIR ?=
# a newer compiler may warn of more: packages are built without
WERROR ?= -Werror

HARDENING := -fstack-protector-strong -fstack-clash-protection -fcf-protection
OUR_CFLAGS := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Isrc -MMD -MP $(HARDENING) \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	-Wno-unused-parameter $(WERROR)
FORTIFY := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
LIBS := tss2-esys tss2-mu tss2-tcti-device libcryptsetup json-c libcrypto liblzma
LIB_CFLAGS = $(shell pkg-config --cflags $(LIBS))
RELEASE_LDLIBS = $(shell pkg-config --libs $(LIBS))
# a software TPM is for the programs that tests run; the source refers to it weakly (src/seal/tpm_transport.c)
LIB_LDLIBS = $(RELEASE_LDLIBS) -Wl,--no-as-needed $(shell pkg-config --libs tss2-tcti-swtpm)

BASE_SRC := $(wildcard src/base/*.c)
SEAL_SRC := $(wildcard src/seal/*.c)
# what the static program links: nothing of the boot model, no X.509; process.c starts programs, which it
# never does
UNLOCK_SRC := $(wildcard src/unlock/*.c) $(filter-out src/base/process.c,$(BASE_SRC)) \
	$(filter-out $(patsubst %,src/seal/tpm_%.c,inventory attest deploy storage_key wrap),$(SEAL_SRC)) \
	src/hash/hash.c src/hash/hash_mbedtls.c src/hash/mac_static.c
LIB_SRC := $(BASE_SRC) $(SEAL_SRC) $(filter-out src/hash/hash_mbedtls.c \
	src/hash/mac_static.c,$(wildcard src/hash/*.c)) \
	$(wildcard src/measure/*/*.c src/attest/*.c src/image/*.c src/machine/*.c src/machine/*/*.c)
CLI_SRC := $(wildcard src/cli/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$(B)/%.o)

UNIT := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*.c tests/swtpm/test_*.c tests/world/test_*.c))
# the other programs that tests run
UNIT += $(B)/tests/world/run $(B)/tests/world/cut.so $(B)/tests/world/fault.so
FUZZ := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))

ifneq ($(V),1)
Q := @
endif
quiet = $(findstring s,$(firstword -$(MAKEFLAGS)))
# $(call say,CC): what a rule does to $@, or to the second argument; nothing with -s, or with V=1, where make
# shows it
say = $(if $(Q),$(if $(quiet),,@printf '  %-7s %s\n' '$(1)' '$(or $(2),$@)'))

.PHONY: all static release install deb source repo tests unit test check-unit check-fast check check-all \
	check-sanitized sanitized bench demo screenshots fuzz fuzzers clean packages
.SECONDARY:

# for the parts that build before they test; a recipe knows whether -j was given
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

all: $(B)/bootseal static release
	@:
static: $(B)/bootseal-unlock
# what is installed: the same objects, without the software TPM
release: $(B)/release/bootseal $(B)/release/bootseal-unlock
	@:

include deps/static.mk

$(B)/release/bootseal: private LIB_LDLIBS = $(RELEASE_LDLIBS)
$(B)/bootseal $(B)/release/bootseal: $(CLI_OBJ) $(B)/libbootseal.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) -fPIE -pie -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $^ $(LIB_LDLIBS)

$(B)/libbootseal.a: $(LIB_OBJ)
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

# the same program wherever it is built: what is made of the package stays usable for the next checkout
$(LIB_OBJ) $(CLI_OBJ): OUR_CFLAGS += -ffile-prefix-map=$(CURDIR)=.

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(OUR_CFLAGS) $(LIB_CFLAGS) -fPIE $(FORTIFY) $(CFLAGS) -c -o $@ $<

# these scripts are in the program itself
$(B)/src/image/helper.o: scripts/image/init scripts/image/encrypt

$(B)/src/cli/html_style.o: src/cli/page.css

# what test programs share: everything in these folders that is no program itself
SUPPORT := $(patsubst %.c,$(B)/%.o,$(filter-out tests/unit/test_% tests/swtpm/test_% %/wire.c %/recorder.c, \
	$(wildcard tests/unit/*.c tests/swtpm/*.c)))
$(B)/tests/libsupport.a: $(SUPPORT)
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

# takes the place of a function of tpm2-tss, so only where it is wanted
$(patsubst %,$(B)/tests/swtpm/test_%,pcrs window wire wire_attacks): $(B)/tests/swtpm/wire.o

# bootseal-unlock, with the distribution's libraries, that writes down which mapping it would make
$(B)/tests/swtpm/unlock-recorder: $(patsubst %.c,$(B)/%.o,tests/swtpm/recorder.c $(wildcard src/unlock/*.c)) \
		$(B)/libbootseal.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--wrap=crypt_activate_by_passphrase \
		-Wl,--wrap=crypt_activate_by_volume_key -o $@ $^ $(LIB_LDLIBS)
$(B)/tests/swtpm/test_activation: | $(B)/tests/swtpm/unlock-recorder
# and one that makes its mappings itself
$(B)/tests/world/test_late: $(B)/tests/swtpm/recorder.o
$(B)/tests/world/test_late: private LDFLAGS += -Wl,--wrap=crypt_activate_by_passphrase \
	-Wl,--wrap=crypt_activate_by_volume_key -Wl,--wrap=crypt_deactivate

$(B)/tests/%: $(B)/tests/%.o $(B)/tests/libsupport.a $(B)/libbootseal.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka $(LIB_LDLIBS)

# these run the program that is built with them
$(patsubst %,$(B)/tests/unit/test_%,root root_attacks attest_program): | $(B)/bootseal

# the machine that the tests of whole machines share
WORLD := $(patsubst %,$(B)/tests/world/%.o,world boot unlock cuts outside values program outcome survival)
WORLD_PROGRAMS := $(filter $(B)/tests/world/%,$(UNIT)) $(B)/tests/world/run
$(WORLD_PROGRAMS): $(WORLD)
$(B)/tests/world/test_tpm_faults: $(B)/tests/world/tpm_fault_judge.o
$(B)/tests/world/test_report: | $(B)/bootseal
$(B)/tests/world/test_stories: $(patsubst %,$(B)/tests/world/%.o,story player witness) | $(B)/bootseal

$(B)/tests/world/%.so: tests/world/%.c tests/world/preload.h Makefile
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(filter-out -D_FILE_OFFSET_BITS=64 -MMD -MP,$(OUR_CFLAGS)) $(CFLAGS) \
		-fPIC -shared -o $@ $< -ldl

# the fuzzers are built apart, with all of our code instrumented
FUZZ_CC ?= clang
FUZZ_CFLAGS := -O2 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
FUZZ_LDFLAGS := -fsanitize=fuzzer,address,undefined
FUZZ_OBJ := $(LIB_SRC:%.c=$(B)/fuzz/%.o)

# trace-cmp slows the lexer by a third
$(B)/fuzz/src/measure/grub/%.o: FUZZ_CFLAGS += -fno-sanitize-coverage=trace-cmp

$(B)/fuzz/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,FUZZCC,$<)
	$(Q)$(FUZZ_CC) $(OUR_CFLAGS) $(LIB_CFLAGS) -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION $(FUZZ_CFLAGS) \
		-c -o $@ $<

$(B)/fuzz/libbootseal.a: $(FUZZ_OBJ)
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(B)/tests/fuzz/%: $(B)/fuzz/tests/fuzz/%.o $(B)/fuzz/libbootseal.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(FUZZ_CC) $(FUZZ_LDFLAGS) $(FUZZ_WRAP) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIB_LDLIBS)

$(B)/tests/fuzz/fuzz_grub $(B)/tests/fuzz/fuzz_grub_files: $(B)/fuzz/tests/unit/grub_memory.o

# the files of these are in memory
$(B)/tests/fuzz/fuzz_state: FUZZ_WRAP := -Wl,--wrap=machine_read,--wrap=file_replace,--wrap=file_mkdir
$(B)/tests/fuzz/fuzz_partitions: FUZZ_WRAP := -Wl,--wrap=machine_read
$(B)/tests/fuzz/fuzz_vouch: FUZZ_WRAP := \
	-Wl,--wrap=machine_read,--wrap=machine_opendir,--wrap=input_bytes,--wrap=input_done,--wrap=input_facts
$(B)/tests/fuzz/fuzz_fstab: FUZZ_WRAP := -Wl,--wrap=machine_read,--wrap=machine_stream,--wrap=targets_anchor \
	-Wl,--wrap=device_number,--wrap=device_mounted,--wrap=lies_on_targets

packages:
	@.ci/install-packages

tests: $(UNIT)
	@:

unit: $(filter $(B)/tests/unit/%,$(UNIT))
	@:

# make test T=bootpath: one program, built and run; T=04: a scenario; without a name, the list of them
test:
	@tests/run test "$(T)"

check-unit:
	@$(MAKE) --no-print-directory $(JOBS) unit
	@tests/run unit

check-fast: packages
	@$(MAKE) --no-print-directory $(JOBS) all tests $(FUZZ)
	@tests/run fast

check: packages
	@$(MAKE) --no-print-directory $(JOBS) all tests $(FUZZ) deb
	@tests/run all

# every test in full, or those of PARTS (tests/all list); keeps qemu-test/RESULTS.md
check-all: packages
	@tests/all $(PARTS)

# The tests that run neither a VM nor the installed programs once more, with AddressSanitizer and
# UndefinedBehaviorSanitizer. test_memory looks for a key in every page of its process, and AddressSanitizer's
# shadow has too many of them.
SANITIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
SANITIZED := $(filter-out %/test_cuts %/test_faults %/test_system %/test_apt %/test_stories \
	%/test_memory, \
	$(filter $(B)/tests/unit/% $(B)/tests/swtpm/% $(B)/tests/world/test_%,$(UNIT)))
sanitized:
	@$(MAKE) --no-print-directory $(JOBS) B=$(B)/asan FORTIFY= CFLAGS="$(SANITIZE)" \
		$(SANITIZED:$(B)/%=$(B)/asan/%) $(B)/asan/unlock-dynamic $(B)/asan/tests/world/run

check-sanitized: packages
	@tests/long/sanitized

# for those tests only: the unlock program with the distribution's libraries
$(B)/unlock-dynamic: $(patsubst %.c,$(B)/%.o,$(wildcard src/unlock/*.c)) $(B)/libbootseal.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LDLIBS)

fuzzers: $(FUZZ)

fuzz: packages
	@$(MAKE) --no-print-directory $(JOBS) $(FUZZ)
	@tests/fuzz/run long

bench: packages
	@$(MAKE) --no-print-directory $(JOBS) all
	@tests/bench/run

demo: packages
	@$(MAKE) --no-print-directory $(JOBS) all deb
	@qemu-test/demo

# the pictures in doc/, of machines that tests make
screenshots: packages
	@$(MAKE) --no-print-directory $(JOBS) all $(B)/tests/world/test_stories
	@tests/world/screenshots

deb: release
	@debian/build

# the source package, which builds without a network
source:
	@debian/source-package

# a signed apt repository with both, for the address URL
repo: deb source
	@debian/repo build/repo "$(or $(URL),file:$(CURDIR)/build/repo)" build/bootseal_*.deb build/source/*

install:
	install -D -m 755 $(B)/release/bootseal $(DESTDIR)$(PREFIX)/sbin/bootseal
	install -D -m 755 $(B)/release/bootseal-unlock $(DESTDIR)$(PREFIX)/lib/bootseal/bootseal-unlock
	hooks/install "$(DESTDIR)"
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man7 doc/man/*.7
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 doc/man/*.8
	install -D -m 644 doc/completion/bootseal.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/bootseal
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions doc/completion/_bootseal

clean:
	rm -rf $(B)/src $(B)/tests $(B)/fuzz $(B)/static $(B)/bench $(B)/release \
		$(B)/bootseal $(B)/bootseal-unlock $(B)/libbootseal.a

-include $(shell find $(B)/src $(B)/tests $(B)/fuzz -name '*.d' 2>/dev/null)
