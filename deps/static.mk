# bootseal-unlock: one fully static program and the libraries in it.
#
# Included by the top Makefile, which sets B and UNLOCK_SRC. Everything is compiled by hand-written lists of
# sources and configuration headers (deps/config) instead of each library's own configure: that keeps out what is
# never called, takes seconds, and puts all of it through one link-time optimisation.

D := $(B)/deps
DS := $(D)/src
MUSL_ARCH := $(shell uname -m)
MUSL_LIB := /usr/lib/$(MUSL_ARCH)-linux-musl
STATIC_CC := musl-gcc

# in a source package they are there
COMPONENTS := $(wildcard $(patsubst %,%/debian/changelog,$(shell sed -n 's/^\([a-z][^ ]*\).*/\1/p' deps/sources)))
$(D)/versions: deps/sources deps/pins $(COMPONENTS) | deps/fetch
	$(if $(COMPONENTS),deps/components,deps/fetch) $(D)

$(D)/unpacked: $(D)/versions deps/unpack $(wildcard deps/patches/*.patch)
	deps/unpack $(D)

# musl has no kernel headers; json-c's users write <json-c/json.h>, which its cmake makes.
$(D)/ready: $(D)/unpacked deps/static.mk
	rm -rf $(D)/include && mkdir -p $(D)/include/kernel $(D)/include/json-c
	ln -s /usr/include/linux /usr/include/asm-generic /usr/include/$(MUSL_ARCH)-linux-gnu/asm $(D)/include/kernel/
	cp $(DS)/json-c/*.h deps/config/json-c/json_config.h $(D)/include/json-c/
	sed 's/@JSON_H_JSON_[A-Z]*@//' $(DS)/json-c/json.h.cmakein >$(D)/include/json-c/json.h
	touch $@

# What is in the program, for its --version and for the package's Static-Built-Using. Asked each time: an upgrade of
# musl or gcc on this system leaves no file that is newer.
.PHONY: always
$(D)/built-with: $(D)/versions always
	@deps/built-with list $(D)/versions >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(B)/static/src/unlock/main.o: $(D)/built-with
$(B)/static/src/unlock/main.o: OUR_CFLAGS += -DBUILT_WITH="\"$$(deps/built-with text $(D)/built-with)\""

# --- how it is compiled and linked ---------------------------------------------------------------------------

STATIC_CFLAGS := -Os -g0 -std=gnu11 -fPIE -flto=2 -fno-fat-lto-objects -ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables $(HARDENING) -U_FORTIFY_SOURCE -D_FILE_OFFSET_BITS=64 \
	-ffile-prefix-map=$(CURDIR)=. -idirafter $(D)/include/kernel
STATIC_LDFLAGS := -flto=2 -Os -fPIE -static-pie -nostdlib -nostartfiles -L$(MUSL_LIB) \
	-Wl,--gc-sections,--build-id=none,-z,relro,-z,now,-z,noexecstack
# musl-gcc's specs know nothing of static-pie: its own start file and libraries are named here
STATIC_START = $(MUSL_LIB)/rcrt1.o $(MUSL_LIB)/crti.o $(shell gcc -print-file-name=crtbeginS.o)
STATIC_END = -lc -lgcc $(shell gcc -print-file-name=crtendS.o) $(MUSL_LIB)/crtn.o

# $(call library,NAME,ROOT,SOURCES without .c,FLAGS): objects D/o/NAME/... of ROOT/SOURCE.c, listed in OBJ_NAME.
# The sources are not there before they are fetched, so no rule names them: D/ready stands for all of them.
define library
OBJ_$(1) := $$(patsubst %,$$(D)/o/$(1)/%.o,$(3))
$$(OBJ_$(1)): $$(D)/o/$(1)/%.o: $$(D)/ready $$(wildcard deps/config/*/*)
	@mkdir -p $$(@D)
	$$(call say,CC,$(1)/$$*)
	$$(Q)$$(STATIC_CC) $$(STATIC_CFLAGS) -w $(4) $$(FLAGS_$$(notdir $$*)) -c $(2)/$$*.c -o $$@
STATIC_OBJ += $$(OBJ_$(1))
endef

# --- mbedTLS -------------------------------------------------------------------------------------------------

MBEDTLS_FLAGS := -I$(DS)/mbedtls/include -Ideps/config/mbedtls -DMBEDTLS_CONFIG_FILE='<mbedtls_config.h>'
MBEDTLS := aes aesni asn1parse asn1write bignum bignum_core block_cipher cipher cipher_wrap constant_time \
	ctr_drbg ecdh ecp ecp_curves entropy entropy_poll md oid pkcs5 platform platform_util rsa rsa_alt_helpers \
	sha1 sha256 sha512 version
$(eval $(call library,mbedtls,$(DS)/mbedtls/library,$(MBEDTLS),$(MBEDTLS_FLAGS)))

# --- nettle: PBKDF2-HMAC-SHA256 only, with and without the processor's SHA instructions ----------------------

NETTLE_FLAGS := -I$(DS)/nettle -DSIZEOF_LONG=8 -DNDEBUG
NETTLE := pbkdf2 pbkdf2-hmac-sha256 hmac hmac-sha256 sha256 sha256-meta write-be32 memxor
$(eval $(call library,nettle,$(DS)/nettle,$(NETTLE),-O2 $(NETTLE_FLAGS)))

NETTLE_ASM := $(patsubst %,$(D)/o/nettle/%.o,sha256-compress-n sha256-compress-n-2)
$(NETTLE_ASM): $(D)/o/nettle/%.o: $(D)/ready deps/config/nettle/config.m4
	@mkdir -p $(@D)
	$(call say,AS,nettle/$*)
	$(Q)m4 -Dsrcdir=$(DS)/nettle $(DS)/nettle/m4-utils.m4 $(DS)/nettle/asm.m4 deps/config/nettle/config.m4 \
		$(DS)/nettle/x86_64/machine.m4 $(DS)/nettle/x86_64/fat/$*.asm >$(@:.o=.s)
	$(Q)$(STATIC_CC) -c $(@:.o=.s) -o $@
STATIC_OBJ += $(NETTLE_ASM)

# --- tpm2-tss: ESYS with the commands that src/seal sends, TCTIs for the device and for swtpm -----------------

TSS := $(DS)/tpm2-tss/src
TSS_FLAGS := -include deps/config/tpm2-tss/config.h -I$(TSS) -I$(DS)/tpm2-tss/include/tss2 \
	-I$(DS)/tpm2-tss/include -I$(TSS)/tss2-esys -I$(TSS)/tss2-mu -I$(TSS)/tss2-sys -I$(TSS)/tss2-tcti \
	$(MBEDTLS_FLAGS)
# Esys_NAME( in src/seal, less what is not a command; and those that ESYS sends for itself
TSS_COMMANDS := $(sort ReadPublic NV_ReadPublic FlushContext $(filter-out TR_% TRSess_% Initialize Finalize Free, \
	$(patsubst Esys_%,%,$(shell grep -hoE '\bEsys_[A-Za-z0-9_]+' src/seal/*.c src/unlock/*.c tests/static/*.c 2>/dev/null))))
TSS_SOURCES := $(TSS_COMMANDS:%=tss2-esys/api/Esys_%) $(TSS_COMMANDS:%=tss2-sys/api/Tss2_Sys_%) \
	$(addprefix tss2-sys/api/Tss2_Sys_,Execute Finalize GetCommandCode GetContextSize GetCpBuffer \
		GetDecryptParam GetEncryptParam GetRpBuffer GetRspAuths GetTctiContext Initialize SetCmdAuths \
		SetDecryptParam SetEncryptParam) tss2-sys/sysapi_util \
	$(addprefix tss2-esys/,esys_context esys_crypto esys_crypto_mbed esys_free esys_iutil esys_mu esys_tr) \
	$(addprefix tss2-mu/,base-types tpm2b-types tpma-types tpml-types tpms-types tpmt-types tpmu-types) \
	tss2-tcti/tcti-common tss2-tcti/tcti-device tss2-tcti/tcti-swtpm \
	util-io/io util/key-value-parse util/log
# both TCTIs export this name
FLAGS_tcti-device := -DTss2_Tcti_Info=Tss2_Tcti_Info_device
FLAGS_tcti-swtpm := -DTss2_Tcti_Info=Tss2_Tcti_Info_swtpm
$(eval $(call library,tss,$(TSS),$(TSS_SOURCES),$(TSS_FLAGS)))

# --- json-c --------------------------------------------------------------------------------------------------

JSON_FLAGS := -Ideps/config/json-c -I$(D)/include/json-c -I$(DS)/json-c -D_GNU_SOURCE
JSON := arraylist debug json_object json_object_iterator json_tokener json_util json_visit linkhash printbuf \
	random_seed strerror_override
$(eval $(call library,json-c,$(DS)/json-c,$(JSON),$(JSON_FLAGS)))

# --- libdevmapper --------------------------------------------------------------------------------------------

DM := $(DS)/lvm2/libdm
DM_FLAGS := -include deps/config/libdm/configure.h -Ideps/config/libdm -I$(DM) -I$(DS)/lvm2 -I$(DM)/ioctl \
	-I$(DM)/misc -I$(DS)/lvm2/lib/log
DM_SOURCES := libdm-common libdm-file libdm-string libdm-targets libdm-timestamp libdm-config libdm-deptree \
	libdm-report libdm-stats datastruct/bitset datastruct/hash datastruct/list mm/dbg_malloc mm/pool \
	regex/matcher regex/parse_rx regex/ttree ioctl/libdm-iface
$(eval $(call library,libdm,$(DM),$(DM_SOURCES),$(DM_FLAGS)))

# --- libcryptsetup -------------------------------------------------------------------------------------------

CS := $(DS)/cryptsetup/lib
CS_FLAGS := -include deps/config/cryptsetup/config.h -Ideps/config/cryptsetup -I$(CS) -I$(CS)/crypto_backend \
	-I$(DM) -I$(D)/include -I$(D)/include/json-c $(MBEDTLS_FLAGS)
CS_SOURCES := $(addprefix crypto_backend/,argon2_generic base64 cipher_check cipher_generic crc32 \
		crypto_cipher_kernel crypto_mbedtls crypto_storage memutils pbkdf_check utf8) \
	crypt_plain keyslot_context libdevmapper random setup utils utils_blkid utils_crypt utils_device \
	utils_device_locking utils_devpath utils_io utils_keyring utils_loop utils_pbkdf utils_safe_memory \
	utils_storage_wrappers utils_wipe volumekey integrity/integrity luks1/af luks1/keyencryption \
	$(addprefix luks2/luks2_,digest digest_pbkdf2 disk_metadata json_format json_metadata keyslot \
		keyslot_luks2 keyslot_reenc reencrypt reencrypt_digest segment token token_keyring) \
	luks2/hw_opal/hw_opal
# see pbkdf2.c and verify_once.c in deps/glue
FLAGS_setup := -DLUKS2_digest_verify_by_segment=verify_by_segment_once
# a volume whose key is being changed has a keyslot of this kind: the header is read, and nothing is done with it
FLAGS_luks2_keyslot := -DUSE_LUKS2_REENCRYPTION=1
FLAGS_crypto_mbedtls := -Dcrypt_pbkdf=crypt_pbkdf_mbedtls
$(eval $(call library,cryptsetup,$(CS),$(CS_SOURCES),$(CS_FLAGS)))

# --- what holds them together --------------------------------------------------------------------------------

FLAGS_stubs := -fno-lto
GLUE := $(basename $(notdir $(wildcard deps/glue/*.c)))
$(eval $(call library,glue,deps/glue,$(GLUE),$(TSS_FLAGS) $(NETTLE_FLAGS) $(CS_FLAGS)))

$(foreach name,$(GLUE),$(eval $(D)/o/glue/$(name).o: deps/glue/$(name).c))

# --- the program ---------------------------------------------------------------------------------------------

UNLOCK_OBJ := $(UNLOCK_SRC:%.c=$(B)/static/%.o)
CHECK_OBJ := $(patsubst %.c,$(B)/static/%.o,$(wildcard tests/static/*.c))
$(CHECK_OBJ) $(UNLOCK_OBJ): $(B)/static/%.o: %.c $(D)/ready deps/static.mk
	@mkdir -p $(@D)
	$(call say,CC,static $<)
	$(Q)$(STATIC_CC) $(OUR_CFLAGS) $(STATIC_CFLAGS) $(MBEDTLS_FLAGS) \
		-isystem $(DS)/tpm2-tss/include -isystem $(CS) -isystem $(D)/include -c $< -o $@
-include $(UNLOCK_OBJ:.o=.d) $(CHECK_OBJ:.o=.d)
$(B)/static/src/hash/mac_static.o: private OUR_CFLAGS += -isystem $(DS)/nettle

$(B)/bootseal-unlock: $(UNLOCK_OBJ) $(STATIC_OBJ)
$(B)/release/bootseal-unlock: $(UNLOCK_OBJ) $(filter-out %/tcti-swtpm.o,$(STATIC_OBJ))
$(B)/bootseal-unlock $(B)/release/bootseal-unlock:
	@mkdir -p $(@D) $(D)/o/release
	$(call say,LINK)
	$(Q)gcc $(STATIC_LDFLAGS) -o $(D)/o/$(@:$(B)/%=%).full $(STATIC_START) $^ $(STATIC_END)
	$(Q)strip -s -R .comment -R .note.gnu.property -o $@ $(D)/o/$(@:$(B)/%=%).full

# --- test programs that are linked in the same way ------------------------------------------------------------

UNIT += $(B)/static/check $(B)/static/pin $(B)/tests/static/pin
$(B)/static/check: $(patsubst %,$(B)/static/%.o,tests/static/check \
	src/hash/hash src/hash/hash_mbedtls src/hash/mac_static) $(STATIC_OBJ)
$(B)/static/pin: $(B)/static/tests/static/pin.o $(filter-out $(B)/static/src/unlock/%,$(UNLOCK_OBJ)) $(STATIC_OBJ)
$(B)/static/check $(B)/static/pin:
	$(call say,LINK)
	$(Q)gcc $(STATIC_LDFLAGS) -o $@ $(STATIC_START) $^ $(STATIC_END)
