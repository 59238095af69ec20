/* The pin of a volume: which changes it survives, which it sees, and which headers have none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "seal/volume_token.h"
#include "seal/volume_keyslot.h"
#include "volume_sample.h"

static void pin_survives(void **state)
{
	static const char *const changes[] = {
		"cryptsetup -q luksAddKey --pbkdf argon2id --pbkdf-force-iterations 4 --pbkdf-memory 32 "
		"--key-file pass p.img two",
		"cryptsetup -q luksAddKey --unbound --key-size 256 --pbkdf pbkdf2 --pbkdf-force-iterations "
		"1000 p.img two",
		"cryptsetup -q luksChangeKey --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file pass "
		"p.img two",
		"cryptsetup -q luksConvertKey --pbkdf pbkdf2 --pbkdf-force-iterations 2000 --key-slot 0 "
		"--key-file pass p.img",
		"cryptsetup -q luksAddKey --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file pass p.img "
		"two && cryptsetup -q luksRemoveKey p.img two",
		"cryptsetup -q config p.img --label l --subsystem s",
		"cryptsetup -q config p.img --key-slot 0 --priority prefer",
		"cryptsetup -q luksHeaderBackup p.img --header-backup-file backup && "
		"dd if=/dev/zero of=p.img bs=1M count=1 conv=notrunc && cryptsetup -q luksHeaderRestore "
		"p.img --header-backup-file backup",
	};
	uint8_t pin[SHA256_LEN];

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		sh("rm -f backup; cp good.img p.img");
		sh(changes[i]);
		pin_of("p.img", 1, pin);
		assert_memory_equal(pin, good_pin, SHA256_LEN);
		pin_of("p.img", -1, pin);
		assert_memory_equal(pin, good_pin, SHA256_LEN);
	}
}

static void pin_changes(void **state)
{
	uint8_t pin[SHA256_LEN];

	sh("cp good.img p.img; cryptsetup -q luksUUID p.img --uuid 12345678-abcd-4cde-8fab-0123456789ac");
	pin_of("p.img", 1, pin);
	assert_memory_not_equal(pin, good_pin, SHA256_LEN);
	pin_of("other.img", 1, pin);
	assert_memory_not_equal(pin, good_pin, SHA256_LEN);
}

static void pin_refuses_reencryption(void **state)
{
	struct error err = ERROR_NONE;
	uint8_t pin[SHA256_LEN];
	struct volume *v;

	sh("cp base.img p.img; cryptsetup -q reencrypt --init-only --pbkdf pbkdf2 --pbkdf-force-iterations "
	   "1000 --key-file pass p.img");
	v = opened("p.img");
	assert_int_equal(volume_pin(v, -1, &err, pin), -EKEYREJECTED);
	assert_non_null(strstr(err.text, "segment"));
	volume_close(v);
}

static void evil_refused(void **state)
{
	/* word: what must be said; opens: libcryptsetup itself opens the TPM's keyslot in it */
	static const struct {
		const char *name, *word;
		bool opens;
	} evil[] = {
		{ "null", "real cipher", true },
		{ "null-essiv", "real cipher", true },
		{ "null-capi", "real cipher", true },
		{ "null-driver", "real cipher", true },
		{ "capi", "real cipher", true },
		{ "upper", "real cipher", true },
		{ "bare", "real cipher", true },
		{ "nul", "real cipher", true },
		{ "backup-final", "exactly one segment", true },
		{ "flagged", "flagged", true },
		{ "no-flags", "flagged", true },
		{ "unknown-member", "unknown member", true },
		{ "extra-digest", "more than one digest", true },
		{ "unbound-keyslot", "keyslot", false },
		{ "area-null", "keyslot does not name a real cipher", false },
		{ "slow", "few iterations", false },
		{ "argon", "few iterations", false },
		{ "key-size", "key size", false },
	};
	struct error err;
	uint8_t pin[SHA256_LEN];
	struct volume *v;
	char name[64];
	int slot;

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		snprintf(name, sizeof(name), "evil/%s.img", evil[i].name);
		v = opened(name);
		err = ERROR_NONE;
		if (volume_pin(v, 1, &err, pin) != -EKEYREJECTED || !strstr(err.text, evil[i].word))
			fail_msg("%s: not refused for its %s: %s", name, evil[i].word, err.text);
		if (evil[i].opens && volume_keyslot_test(v, 1, &key, &err, &slot) < 0)
			fail_msg("%s: libcryptsetup does not open it, so the test shows nothing: %s", name,
				 err.text);
		volume_close(v);
	}
}

/* Sound headers, but not the one that was pinned. */
static void evil_differs(void **state)
{
	static const struct {
		const char *name;
		bool opens;
	} evil[] = {
		{ "weaker", true },       { "offset", true },
		{ "size", true },         { "iv-tweak", true },
		{ "sector", true },       { "integrity", false },
		{ "digest-hash", false }, { "digest-iterations", false },
		{ "digest-salt", false }, { "digest-value", false },
		{ "other-key", true },
	};
	uint8_t pin[SHA256_LEN];
	struct error err;
	struct volume *v;
	char name[64];
	int slot;

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		snprintf(name, sizeof(name), "evil/%s.img", evil[i].name);
		pin_of(name, 1, pin);
		if (memcmp(pin, good_pin, SHA256_LEN) == 0)
			fail_msg("%s: the same pin", name);
		v = opened(name);
		if (evil[i].opens && volume_keyslot_test(v, 1, &key, &err, &slot) < 0)
			fail_msg("%s: libcryptsetup does not open it, so the test shows nothing: %s", name,
				 err.text);
		volume_close(v);
	}
}

/* libcryptsetup itself refuses these today; should that change, the pin must refuse them. */
static void evil_refused_by_either(void **state)
{
	static const char *const evil[] = { "backup-uncovered", "reencrypt-segment",    "linear",
					    "requirement",      "requirement-unknown",  "keyslot-in-two",
					    "uncovered",        "token-keyslot-missing" };
	uint8_t pin[SHA256_LEN];
	struct volume *v;
	struct token t;
	char name[64];
	int id;

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		snprintf(name, sizeof(name), "evil/%s.img", evil[i]);
		v = NULL;
		if (volume_open(in_dir(name), NULL, &v) == 0 && volume_token(v, NULL, &id, &t) == 0 &&
		    volume_pin(v, t.keyslot, NULL, pin) == 0)
			fail_msg("%s: accepted", name);
		volume_close(v);
	}
}

static void pin_is_the_text_of_the_documentation(void **state)
{
	struct volume *v = opened("good.img");
	struct error err = ERROR_NONE;

	assert_int_equal(volume_pin(v, 1, &err, good_pin), 0);
	assert_int_equal(volume_pin(v, 0, &err, good_pin), 0);
	assert_int_equal(volume_pin(v, 2, &err, good_pin), -EKEYREJECTED);
	volume_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pin_is_the_text_of_the_documentation),
		cmocka_unit_test(pin_survives),
		cmocka_unit_test(pin_changes),
		cmocka_unit_test(pin_refuses_reencryption),
		cmocka_unit_test(evil_refused),
		cmocka_unit_test(evil_differs),
		cmocka_unit_test(evil_refused_by_either),
	};

	return cmocka_run_group_tests(tests, volumes_make_evil, volumes_remove);
}
