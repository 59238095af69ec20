/*
 * The pin's rules on the JSON of a real header, where test_volume_pin.c has whole headers with right
 * checksums.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "seal/volume.h"
#include "seal/volume_pin.h"

#define UUID "12345678-abcd-4cde-8fab-0123456789ab"

static struct buffer good;

static int set_up(void **state)
{
	struct error err = ERROR_NONE;

	if (file_read("tests/unit/pin_good.json", 65536, &err, &good) < 0)
		fail_msg("%s", err.text);
	return 0;
}

static int tear_down(void **state)
{
	buffer_free(&good);
	return 0;
}

static int pin_of(const char *json, size_t n, int keyslot, struct error *err, struct buffer *ret)
{
	return volume_pin_text(&(struct volume_pin_source){ .json = json,
							    .json_len = n,
							    .uuid = UUID,
							    .keyslot = keyslot },
			       err, ret);
}

/* The first `what` behind `after` becomes `with`. */
static struct buffer changed(const char *after, const char *what, const char *with)
{
	const char *text = buffer_str(&good), *at = strstr(text, after);
	struct buffer b = BUFFER_NONE;

	assert_non_null(at);
	at = strstr(at, what);
	assert_non_null(at);
	buffer_add(&b, text, at - text);
	buffer_add_str(&b, with);
	buffer_add_str(&b, at + strlen(what));
	assert_true(buffer_ok(&b));
	return b;
}

static void text(void **state)
{
	static const char want[] = "bootseal-volume-pin 1\n"
				   "uuid=" UUID "\n"
				   "segment.type=crypt\n"
				   "segment.offset=16777216\n"
				   "segment.size=dynamic\n"
				   "segment.iv_tweak=0\n"
				   "segment.encryption=aes-xts-plain64\n"
				   "segment.sector_size=4096\n"
				   "key_size=64\n"
				   "digest.type=pbkdf2\n"
				   "digest.hash=sha256\n"
				   "digest.iterations=1000\n"
				   "digest.salt=T/+njOYv//yy39S2tOlfdG3/a02kncg9AUZcPRJSxHo=\n"
				   "digest.digest=AfyhxJ3i/2d/e8zrXEWVfLG9EAOARn2RSTlGVUim2uM=\n";
	struct error err = ERROR_NONE;

	for (int keyslot = -1; keyslot <= 1; keyslot++) {
		struct buffer b = BUFFER_NONE;

		if (pin_of(buffer_str(&good), good.len, keyslot, &err, &b) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(buffer_str(&b), want);
		buffer_free(&b);
	}
}

static void other_keyslots(void **state)
{
	struct error err = ERROR_NONE;
	struct buffer b = BUFFER_NONE;

	/* of an unbound key */
	assert_int_equal(pin_of(buffer_str(&good), good.len, 2, &err, &b), -EKEYREJECTED);
	/* not there */
	assert_int_equal(pin_of(buffer_str(&good), good.len, 3, &err, &b), -EKEYREJECTED);
	assert_int_equal(pin_of(buffer_str(&good), good.len, INT32_MAX, &err, &b), -EKEYREJECTED);
	assert_null(b.data);
}

static const struct {
	const char *after, *what, *with, *word;
} refusals[] = {
	{ "\"segments\"", "\"aes-xts-plain64\"", "\"cipher_null-ecb\"", "real cipher" },
	{ "\"segments\"", "\"aes-xts-plain64\"", "\"cipher_null\"", "real cipher" },
	{ "\"segments\"", "\"aes-xts-plain64\"", "\"capi:ecb(cipher_null)-null\"", "real cipher" },
	{ "\"segments\"", "\"aes-xts-plain64\"", "\"capi:cipher_null-ecb\"", "real cipher" },
	{ "\"segments\"", "\"aes-xts-plain64\"", "\"capi:xts-aes-plain64\"", "real cipher" },
	{ "\"segments\"", "\"aes-xts-plain64\"", "\"Capi:xts-aes-plain64\"", "real cipher" },
	{ "\"segments\"", "\"aes-xts-plain64\"", "\"ecb(cipher_null)-plain64\"", "real cipher" },
	{ "\"segments\"", "\"aes-xts-plain64\"", "\"aes,cipher_null-xts-plain64\"", "real cipher" },
	{ "\"segments\"", "\"aes-xts-plain64\"", "\"aes-xts-null\"", "real cipher" },
	{ "\"segments\"", "\"aes-xts-plain64\"", "\"\"", "real cipher" },
	{ "\"segments\"", "\"aes-xts-plain64\"", "\"aes\"", "real cipher" },
	{ "\"segments\"", "\"aes-xts-plain64\"", "\"-xts-plain64\"", "real cipher" },
	{ "\"segments\"", "\"aes-xts-plain64\"", "\"aes-xts-plain64\\u0000\"", "real cipher" },
	{ "\"segments\"", "\"aes-xts-plain64\"", "\"aes-xts-plain64\\nkey_size=1\"", "real cipher" },
	{ "\"segments\"", "\"aes-xts-plain64\"", "7", "real cipher" },
	{ "\"segments\"", "\"dynamic\"", "\"dynamic\\nx\"", "lacks" },
	{ "\"segments\"", "\"dynamic\"", "0", "lacks" },
	{ "\"segments\"", "\"16777216\"", "\"\"", "lacks" },
	{ "\"segments\"", "\"iv_tweak\": \"0\",", "", "lacks" },
	{ "\"segments\"", "4096", "\"4096\"", "lacks" },
	{ "\"segments\"", "4096", "4096.5", "lacks" },
	{ "\"segments\"", "4096", "-4096", "lacks" },
	{ "\"segments\"", "4096", "4096, \"new\": 1", "unknown member" },
	{ "\"segments\"", "4096", "4096, \"flags\": []", "flagged" },
	{ "\"segments\"", "4096", "4096, \"flags\": [\"backup-final\"]", "flagged" },
	{ "\"segments\"", "4096", "4096, \"integrity\": \"none\"", "integrity" },
	{ "\"segments\"", "4096", "4096, \"integrity\": {\"type\": \"none\"}", "integrity" },
	{ "\"segments\"", "4096",
	  "4096, \"integrity\": {\"type\": \"aead\", \"journal_encryption\": \"none\", "
	  "\"journal_integrity\": \"none\", \"x\": 1}",
	  "integrity" },
	{ "\"segments\"", "\"crypt\"", "\"linear\"", "type crypt" },
	{ "\"segments\"", "\"crypt\"", "\"hw-opal-crypt\"", "type crypt" },
	{ "\"segments\"", "\"0\": {", "\"1\": {", "not number 0" },
	{ "\"segments\"", "\"0\": {", "\"00\": {", "not number 0" },
	{ "\"segments\"", "\"0\": {", "\"1\": {}, \"0\": {", "exactly one" },
	{ "\"tokens\"", "\"segments\"", "\"Segments\"", "exactly one" },
	{ "\"config\"", "{", "{\"requirements\": {\"mandatory\": [\"online-reencrypt-v2\"]},",
	  "requirements" },
	{ "\"config\"", "{", "{\"requirements\": {\"optional\": []},", "requirements" },
	{ "\"config\"", "{", "{\"requirements\": [],", "requirements" },
	{ "\"config\"", "{", "{\"requirements\": {\"mandatory\": [], \"x\": 1},", "requirements" },
	{ "\"segments\"", "\"config\"", "\"Config\"", "configuration" },
	{ "\"digests\"", "\"segments\": [\n        \"0\"\n      ]", "\"segments\": []", "another digest" },
	{ "\"digests\"", "\"segments\": [\n        \"0\"\n      ]", "\"segments\": [\"1\"]",
	  "does not cover" },
	{ "\"digests\"", "\"segments\": [\n        \"0\"\n      ]", "\"segments\": [\"0\", \"1\"]",
	  "does not cover" },
	{ "\"digests\"", "\"segments\": [\n        \"0\"\n      ]", "\"segments\": {}", "known form" },
	{ "\"digests\"", "\"segments\": []", "\"segments\": [\"0\"]", "more than one" },
	{ "\"digests\"", "\"segments\": []", "\"segments\": [\"7\"]", "more than one" },
	{ "\"digests\"", "\"keyslots\": [\n        \"2\"", "\"keyslots\": [ \"1\"", "another digest" },
	{ "\"digests\"", "\"1\"", "\"2\"", "does not belong" },
	{ "\"digests\"", "\"1\"", "\"1\", \"2\"", "key size" },
	{ "\"digests\"", "\"1\"", "\"1\", \"9\"", "known form" },
	{ "\"digests\"", "\"pbkdf2\"", "\"none\"", "known form" },
	{ "\"digests\"", "\"pbkdf2\",", "\"pbkdf2\", \"x\": 1,", "known form" },
	{ "\"digests\"", "\"sha256\"", "\"sha 256\"", "lacks" },
	{ "\"digests\"", "1000", "-1", "lacks" },
	{ "\"digests\"", "\"salt\"", "\"type\"", "known form" },
	{ "\"digests\"", "\"digest\"", "\"dig\"", "known form" },
	{ "\"1\": {", "\"aes-xts-plain64\"", "\"cipher_null-ecb\"", "keyslot does not name" },
	{ "\"1\": {", "\"pbkdf2\"", "\"argon2id\"", "few iterations" },
	{ "\"1\": {", "1000", "1000001", "few iterations" },
	{ "\"1\": {", "\"luks2\"", "\"reencrypt\"", "known form" },
	{ "\"1\": {", "64", "32", "key size" },
};

static void refused(void **state)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct buffer json = changed(refusals[i].after, refusals[i].what, refusals[i].with),
			      b = BUFFER_NONE;
		struct error err = ERROR_NONE;
		int r = pin_of(buffer_str(&json), json.len, 1, &err, &b);

		if (r != -EKEYREJECTED || !strstr(err.text, refusals[i].word) || b.data)
			fail_msg("%s -> %s: %d, \"%s\"", refusals[i].what, refusals[i].with, r, err.text);
		buffer_free(&json);
	}
}

/* json-c 0.16 reads these, and 0.18 does not. */
static void not_read_by_every_json(void **state)
{
	static const struct {
		const char *what, *with, *word;
	} evil[] = {
		{ "plain64", "plain\xc3\xa9", "real cipher" },
		{ "4096", "99999999999999999999", "lacks" },
	};

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		struct buffer json = changed("\"segments\"", evil[i].what, evil[i].with), b = BUFFER_NONE;
		struct error err = ERROR_NONE;
		int r = pin_of(buffer_str(&json), json.len, 1, &err, &b);

		assert_true((r == -EKEYREJECTED && strstr(err.text, evil[i].word)) ||
			    (r == -EBADMSG && strstr(err.text, "JSON: ")));
		assert_null(b.data);
		buffer_free(&json);
	}
}

static void ciphers(void **state)
{
	static const char *const fine[] = {
		"aes-xts-plain64",    "aes-cbc-essiv:sha256",           "serpent-xts-plain64",
		"aes:64-cbc-lmk",     "xchacha12,aes-adiantum-plain64", "aegis128-random",
		"twofish-xts-plain64"
	};

	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		struct buffer json = changed("\"segments\"", "aes-xts-plain64", fine[i]), b = BUFFER_NONE;
		struct error err = ERROR_NONE;

		if (pin_of(buffer_str(&json), json.len, 1, &err, &b) < 0)
			fail_msg("%s: %s", fine[i], err.text);
		assert_non_null(strstr(buffer_str(&b), fine[i]));
		buffer_free(&b);
		buffer_free(&json);
	}
}

/* What changes lawfully leaves the text as it is; what matters changes it. */
static void lawful_and_not(void **state)
{
	static const struct {
		const char *after, *what, *with;
		bool same;
	} change[] = {
		{ "\"1\": {", "\"luks2\",", "\"luks2\", \"priority\": 0,", true },
		{ "\"keyslots\"", "NL+0", "AAAA", true },
		{ "\"tokens\"", "{}", "{\"0\": {\"type\": \"x\", \"keyslots\": []}}", true },
		{ "\"config\"", "{", "{\"flags\": [\"allow-discards\"],", true },
		{ "\"config\"", "{", "{\"requirements\": {},", true },
		{ "\"config\"", "{", "{\"requirements\": {\"mandatory\": []},", true },
		{ "\"segments\"", "16777216", "16777728", false },
		{ "\"segments\"", "dynamic", "1048576", false },
		{ "\"segments\"", "\"0\",", "\"1\",", false },
		{ "\"segments\"", "4096", "512", false },
		{ "\"digests\"", "1000", "1001", false },
		{ "\"digests\"", "T/+n", "AAAA", false },
		{ "\"digests\"", "Afyh", "AAAA", false },
		{ "\"digests\"", "\"sha256\"", "\"sha512\"", false },
		{ "\"segments\"", "4096",
		  "4096, \"integrity\": {\"type\": \"hmac(sha256)\", \"journal_encryption\": \"none\", "
		  "\"journal_integrity\": \"none\"}",
		  false },
		{ "\"segments\"", "4096",
		  "4096, \"integrity\": {\"type\": \"aead\", \"journal_encryption\": \"none\", "
		  "\"journal_integrity\": \"none\", \"key_size\": 32}",
		  false },
	};
	struct buffer want = BUFFER_NONE;

	assert_int_equal(pin_of(buffer_str(&good), good.len, 1, NULL, &want), 0);
	for (size_t i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		struct buffer json = changed(change[i].after, change[i].what, change[i].with),
			      b = BUFFER_NONE;
		struct error err = ERROR_NONE;

		if (pin_of(buffer_str(&json), json.len, 1, &err, &b) < 0)
			fail_msg("%s: %s", change[i].with, err.text);
		if ((strcmp(buffer_str(&b), buffer_str(&want)) == 0) != change[i].same)
			fail_msg("%s -> %s: %s", change[i].what, change[i].with, buffer_str(&b));
		buffer_free(&b);
		buffer_free(&json);
	}
	buffer_free(&want);
}

static void not_json(void **state)
{
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;

	for (size_t n = 0; n + 2 < good.len; n += 7)
		assert_int_equal(pin_of(buffer_str(&good), n, 1, &err, &b), -EBADMSG);
	buffer_add_str(&good, "x");
	assert_int_equal(pin_of(buffer_str(&good), good.len, 1, &err, &b), -EBADMSG);
	good.data[--good.len] = '\0';
	assert_int_equal(pin_of("[]", 2, 1, &err, &b), -EBADMSG);
	assert_int_equal(pin_of("{}", 2, 1, &err, &b), -EKEYREJECTED);
	assert_null(b.data);
}

static void plain_len(void **state)
{
	size_t n = 0;

	assert_int_equal(volume_json_len("{ \"a\": [ 1, 2 ],\n \"b/\": \"c/d\" }", 31, NULL, &n), 0);
	assert_int_equal(n, strlen("{\"a\":[1,2],\"b/\":\"c/d\"}"));
	assert_int_equal(volume_json_len("{", 1, NULL, &n), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text),      cmocka_unit_test(other_keyslots), cmocka_unit_test(refused),
		cmocka_unit_test(not_read_by_every_json),
		cmocka_unit_test(ciphers),   cmocka_unit_test(lawful_and_not), cmocka_unit_test(not_json),
		cmocka_unit_test(plain_len),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
