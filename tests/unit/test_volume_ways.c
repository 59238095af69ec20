/* Recovery keyslots and their token in a header that Debian's own cryptsetup made. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "seal/recovery_key.h"
#include "seal/volume.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_others.h"
#include "seal/volume_ways.h"
#include "seal/volume_token.h"
#include "seal_samples.h"

static char dir[] = "/tmp/bootseal-recovery-XXXXXX";
static struct secret pass, recovery;

static void sh(const char *command)
{
	char full[1024];

	snprintf(full, sizeof(full), "cd %s && { %s; } >>log 2>&1", dir, command);
	if (system(full) != 0)
		fail_msg("%s", full);
}

static struct volume *opened(void)
{
	struct error err = ERROR_NONE;
	struct volume *v = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/image", dir);
	if (volume_open(path, &err, &v) < 0)
		fail_msg("%s", err.text);
	return v;
}

static int make_base(void **state)
{
	assert_non_null(mkdtemp(dir));
	assert_int_equal(secret_new(13, &pass), 0);
	memcpy(pass.bytes, "correct horse", 13);
	assert_int_equal(recovery_new(&recovery), 0);
	sh("printf 'correct horse' >pass; truncate -s 17M base; "
	   "cryptsetup -q luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file "
	   "pass base");
	return 0;
}

static int remove_base(void **state)
{
	char command[128];

	secret_free(&pass);
	secret_free(&recovery);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static int fresh(void **state)
{
	sh("cp --sparse=always base image");
	return 0;
}

static int add_slot(struct volume *v, const struct secret *key)
{
	struct error err = ERROR_NONE;
	int slot = -1;

	if (volume_keyslot_add(v, &pass, key, &err, &slot) < 0)
		fail_msg("%s", err.text);
	return slot;
}

static void set(struct volume *v, uint32_t mask)
{
	struct error err = ERROR_NONE;

	if (volume_named_set(v, RECOVERY_TOKEN_TYPE, mask, &err) < 0)
		fail_msg("%s", err.text);
}

/* What the tool shows is what cryptsetup's own prompt takes. */
static void test_cryptsetup_takes_it(void **state)
{
	struct volume *v = opened();
	FILE *f;
	char path[128];

	assert_int_equal(add_slot(v, &recovery), 1);
	set(v, 1u << 1);
	volume_close(v);
	snprintf(path, sizeof(path), "%s/key", dir);
	f = fopen(path, "w");
	assert_int_equal(fwrite(recovery.bytes, 1, recovery.len, f), RECOVERY_TEXT_LEN);
	fclose(f);
	sh("cryptsetup open --test-passphrase --key-slot 1 --key-file key image && rm key");
	sh("cryptsetup luksDump image | grep -q 'bootseal-recovery'");
	sh("cryptsetup luksDump image | grep -A20 Tokens | grep -q 'Keyslot: *1'");
	sh("test $(cryptsetup luksDump image | grep -c 'Iterations: *1000$') -ge 1");
}

static void test_set(void **state)
{
	struct volume *v = opened();

	assert_int_equal(volume_named(v, RECOVERY_TOKEN_TYPE), 0);
	assert_int_equal(add_slot(v, &recovery), 1);
	assert_int_equal(volume_named(v, RECOVERY_TOKEN_TYPE), 0);
	set(v, 1u << 1);
	assert_int_equal(volume_named(v, RECOVERY_TOKEN_TYPE), 1u << 1);
	assert_int_equal(add_slot(v, &recovery), 2);
	set(v, 1u << 1 | 1u << 2);
	volume_close(v);
	v = opened();
	assert_int_equal(volume_named(v, RECOVERY_TOKEN_TYPE), 1u << 1 | 1u << 2);
	set(v, 0);
	assert_int_equal(volume_named(v, RECOVERY_TOKEN_TYPE), 0);
	volume_close(v);
	sh("! cryptsetup luksDump image | grep -q bootseal-recovery");
}

/*
 * A keyslot that goes takes its place in the token with it, so that an interrupted replacement can be
 * finished.
 */
static void test_killed_keyslot(void **state)
{
	struct error err = ERROR_NONE;
	struct volume *v = opened();

	add_slot(v, &recovery);
	add_slot(v, &recovery);
	set(v, 1u << 1 | 1u << 2);
	assert_int_equal(volume_keyslot_remove(v, 1, &err), 0);
	volume_close(v);
	v = opened();
	assert_int_equal(volume_named(v, RECOVERY_TOKEN_TYPE), 1u << 2);
	volume_close(v);
	sh("cryptsetup luksKillSlot -q image 2 --key-file pass");
	v = opened();
	assert_int_equal(volume_named(v, RECOVERY_TOKEN_TYPE), 0);
	assert_int_equal(add_slot(v, &recovery), 1);
	/* the empty token is taken again, not a second one made */
	set(v, 1u << 1);
	volume_close(v);
	sh("test $(cryptsetup luksDump image | grep -c bootseal-recovery) = 1");
}

static void test_no_such_keyslot(void **state)
{
	struct error err = ERROR_NONE;
	struct volume *v = opened();

	assert_true(volume_named_set(v, RECOVERY_TOKEN_TYPE, 1u << 5, &err) < 0);
	assert_int_not_equal(err.text[0], '\0');
	assert_int_equal(volume_named(v, RECOVERY_TOKEN_TYPE), 0);
	volume_close(v);
}

static void test_foreign_tokens(void **state)
{
	struct volume *v = opened();

	add_slot(v, &recovery);
	volume_close(v);
	sh("printf '{\"type\":\"bootseal-recovery\",\"keyslots\":[\"1\"],\"version\":9}' | cryptsetup token "
	   "import image");
	v = opened();
	assert_int_equal(volume_named(v, RECOVERY_TOKEN_TYPE), 0); /* cannot be read */
	volume_close(v);
	sh("printf '{\"type\":\"bootseal-recovery\",\"keyslots\":[\"0\"],\"version\":1}' | cryptsetup token "
	   "import image");
	v = opened();
	assert_int_equal(volume_named(v, RECOVERY_TOKEN_TYPE), 1u << 0);
	volume_close(v);
	sh("printf '{\"type\":\"bootseal-recovery\",\"keyslots\":[\"1\"],\"version\":1}' | cryptsetup token "
	   "import image");
	v = opened();
	assert_int_equal(volume_named(v, RECOVERY_TOKEN_TYPE), 1u << 0 | 1u << 1);
	set(v, 1u << 1); /* one token in the place of all three */
	assert_int_equal(volume_named(v, RECOVERY_TOKEN_TYPE), 1u << 1);
	volume_close(v);
	sh("test $(cryptsetup luksDump image | grep -c bootseal-recovery) = 1");
}

static void test_ways(void **state)
{
	struct volume *v = opened();
	struct error err = ERROR_NONE;
	struct volume_ways w;
	struct token t;
	int id;

	for (int slot = 1; slot <= 4; slot++)
		assert_int_equal(add_slot(v, &recovery), slot);
	sample_token(&t, 1, 1, 2, 300);
	assert_int_equal(volume_token_write(v, -1, &t, &err, &id), 0);
	set(v, 1u << 3);
	volume_close(v);
	sh("printf '{\"type\":\"clevis\",\"keyslots\":[\"1\",\"2\",\"3\"],\"jwe\":\"x\"}' | cryptsetup token "
	   "import image");
	v = opened();
	volume_ways(v, &w);
	assert_int_equal(w.passphrase, 1u << 0 | 1u << 4);
	assert_int_equal(w.tpm, 1u << 1);
	assert_int_equal(w.other, 1u << 2);
	assert_int_equal(w.recovery, 1u << 3);
	volume_close(v);
}

/* The other token's functions do not take this one for theirs: it outlives `remove`. */
static void test_apart_from_the_tpm_token(void **state)
{
	struct volume *v = opened();
	int id;

	add_slot(v, &recovery);
	set(v, 1u << 1);
	assert_int_equal(volume_token_find(v, 0, &id), -ENODATA);
	volume_close(v);
}

static void import(const char *json)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "printf '%%s' '%s' | cryptsetup token import --disable-external-tokens image", json);
	sh(command);
}

/* As clevis and systemd-cryptenroll write them, and as nobody does: then the weakest of its kind. */
static void test_others(void **state)
{
	static const struct {
		const char *json;
		struct other_token want;
	} tokens[] = {
		{ "{\"type\":\"clevis\",\"keyslots\":[\"1\"],\"jwe\":{\"ciphertext\":\"a\"}}",
		  { .key = OTHER_CLEVIS, .type = "clevis", .keyslots = 1u << 1 } },
		{ "{\"type\":\"systemd-tpm2\",\"keyslots\":[\"1\"],\"tpm2-blob\":\"AAA=\","
		  "\"tpm2-pcrs\":[4,7],\"tpm2-pcr-bank\":\"sha256\",\"tpm2-primary-alg\":\"ecc\","
		  "\"tpm2-policy-hash\":\"00\"}",
		  { .key = OTHER_TPM, .type = "systemd-tpm2", .keyslots = 1u << 1, .pcrs = "4 7" } },
		{ "{\"type\":\"bootseal-first-boot\",\"keyslots\":[\"1\"],\"version\":1}",
		  { .key = OTHER_FIRST_BOOT, .type = "bootseal-first-boot", .keyslots = 1u << 1 } },
		{ "{\"type\":\"systemd-tpm2\",\"keyslots\":[\"0\",\"1\"],\"tpm2-pin\":true}",
		  { .key = OTHER_TPM, .type = "systemd-tpm2", .keyslots = 3, .pin = true } },
		{ "{\"type\":\"systemd-tpm2\",\"keyslots\":[\"1\"],\"tpm2-pin\":1,"
		  "\"tpm2-pcrs\":[99,\"x\",3]}",
		  { .key = OTHER_TPM, .type = "systemd-tpm2", .keyslots = 1u << 1, .pcrs = "3" } },
		{ "{\"type\":\"systemd-fido2\",\"keyslots\":[\"1\"],\"fido2-clientPin-required\":true}",
		  { .key = OTHER_FIDO2, .type = "systemd-fido2", .keyslots = 1u << 1, .pin = true } },
		{ "{\"type\":\"systemd-fido2\",\"keyslots\":[\"1\"],"
		  "\"fido2-clientPin-required\":false}",
		  { .key = OTHER_FIDO2, .type = "systemd-fido2", .keyslots = 1u << 1 } },
		{ "{\"type\":\"systemd-recovery\",\"keyslots\":[\"1\"]}",
		  { .key = OTHER_RECOVERY, .type = "systemd-recovery", .keyslots = 1u << 1 } },
		{ "{\"type\":\"somebody\",\"keyslots\":[\"1\"]}",
		  { .key = OTHER_UNKNOWN, .type = "somebody", .keyslots = 1u << 1 } },
	};
	struct other_token found[OTHERS_MAX];
	struct volume *v = opened();

	add_slot(v, &recovery);
	add_slot(v, &recovery);
	set(v, 1u << 2);
	volume_close(v);
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		import(tokens[i].json);
	/* without a keyslot it opens nothing */
	import("{\"type\":\"nobody\",\"keyslots\":[]}");
	v = opened();
	assert_int_equal(volume_others(v, found), sizeof(tokens) / sizeof(tokens[0]));
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		const struct other_token *want = &tokens[i].want;

		if (found[i].key != want->key || found[i].pin != want->pin ||
		    found[i].keyslots != want->keyslots || strcmp(found[i].type, want->type) != 0 ||
		    strcmp(found[i].pcrs, want->pcrs) != 0)
			fail_msg("%s: %d, PIN %d, keyslots %#x, PCRs %s", found[i].type, found[i].key,
				 found[i].pin, found[i].keyslots, found[i].pcrs);
	}
	volume_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_cryptsetup_takes_it, fresh),
		cmocka_unit_test_setup(test_set, fresh),
		cmocka_unit_test_setup(test_killed_keyslot, fresh),
		cmocka_unit_test_setup(test_no_such_keyslot, fresh),
		cmocka_unit_test_setup(test_foreign_tokens, fresh),
		cmocka_unit_test_setup(test_ways, fresh),
		cmocka_unit_test_setup(test_apart_from_the_tpm_token, fresh),
		cmocka_unit_test_setup(test_others, fresh),
	};

	return cmocka_run_group_tests(tests, make_base, remove_base);
}
