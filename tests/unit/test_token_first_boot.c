#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "seal/token_first_boot.h"
#include "seal_samples.h"

#define CLEAR_KEY "0123456789abcdef"

static void sealed(struct first_boot_token *t, size_t branches, size_t object_len, pcr_mask mask)
{
	struct token other;

	sample_token(&other, 1, 1, branches, 1);
	*t = FIRST_BOOT_TOKEN_NONE;
	t->keyslot = 3;
	t->kind = FIRST_BOOT_SEALED;
	t->sealed.srk = other.srk;
	t->sealed.mask = mask;
	t->sealed.resets = 4000000007;
	t->sealed.object_len = object_len;
	sample_fill(t->sealed.object, object_len, 4);
	t->sealed.branch_count = branches;
	memcpy(t->sealed.branch, other.generation[0].branch, sizeof(t->sealed.branch));
}

static void clear(struct first_boot_token *t, size_t key_len)
{
	*t = FIRST_BOOT_TOKEN_NONE;
	t->keyslot = 0;
	t->kind = FIRST_BOOT_CLEAR;
	assert_int_equal(secret_new(key_len, &t->key), 0);
	for (size_t i = 0; i < key_len; i++)
		t->key.bytes[i] = CLEAR_KEY[i % 16];
}

static char *text_of(const struct first_boot_token *t)
{
	struct buffer b = BUFFER_NONE;

	assert_int_equal(first_boot_token_format(t, NULL, &b), 0);
	return buffer_steal(&b);
}

static void sealed_round_trip(void **state)
{
	struct first_boot_token t, again = FIRST_BOOT_TOKEN_NONE;
	char *text;

	for (size_t branches = 1; branches <= BRANCH_MAX; branches++) {
		sealed(&t, branches, branches * 16, SAMPLE_PCRS);
		text = text_of(&t);
		assert_int_equal(first_boot_token_parse(text, strlen(text), NULL, &again), 0);
		assert_int_equal(again.keyslot, 3);
		assert_int_equal(again.kind, FIRST_BOOT_SEALED);
		assert_null(again.key.bytes);
		assert_memory_equal(&t.sealed, &again.sealed, sizeof(t.sealed));
		first_boot_token_free(&again);
		free(text);
	}
}

static void clear_round_trip(void **state)
{
	struct first_boot_token t, again = FIRST_BOOT_TOKEN_NONE;
	char *text;

	for (size_t n = FIRST_BOOT_CLEAR_KEY_MIN; n <= FIRST_BOOT_CLEAR_KEY_MAX; n++) {
		clear(&t, n);
		text = text_of(&t);
		assert_int_equal(first_boot_token_parse(text, strlen(text), NULL, &again), 0);
		assert_int_equal(again.keyslot, 0);
		assert_int_equal(again.kind, FIRST_BOOT_CLEAR);
		assert_int_equal(again.key.len, n);
		assert_memory_equal(again.key.bytes, t.key.bytes, n);
		first_boot_token_free(&again);
		first_boot_token_free(&again);
		first_boot_token_free(&t);
		free(text);
	}
}

/* What other programs read and write, to the byte. */
static void is_spelled_so(void **state)
{
	struct first_boot_token t;
	char *text;

	clear(&t, 16);
	text = text_of(&t);
	assert_string_equal(text, "{\"type\":\"bootseal-first-boot\",\"keyslots\":[\"0\"],\"version\":1,"
				  "\"key\":\"MDEyMzQ1Njc4OWFiY2RlZg==\"}");
	first_boot_token_free(&t);
	free(text);
	sealed(&t, 1, 3, PCR(4) | PCR(7) | PCR(WINDOW_PCR));
	text = text_of(&t);
	assert_non_null(strstr(text, "\"keyslots\":[\"3\"],\"version\":1,\"srk\":\"000b"));
	assert_non_null(strstr(text, "\",\"pcrs\":[4,7,15],\"resets\":4000000007,\"object\":\""));
	free(text);
}

static void largest_fits(void **state)
{
	struct first_boot_token t;
	char *text;

	sealed(&t, BRANCH_MAX, FIRST_BOOT_OBJECT_MAX, PCR_ALL);
	text = text_of(&t);
	print_message("# largest token: %zu bytes\n", strlen(text));
	assert_in_range(strlen(text), 1, TOKEN_MAX_LEN);
	free(text);
}

static void refuse_n(const char *text, size_t n, int expected, const char *word)
{
	struct first_boot_token t = { .keyslot = -77 };
	struct error err = ERROR_NONE;

	assert_int_equal(first_boot_token_parse(text, n, &err, &t), expected);
	assert_int_equal(t.keyslot, -77);
	assert_null(t.key.bytes);
	if (!strstr(err.text, word))
		fail_msg("\"%s\" does not speak of %s", err.text, word);
}

struct change {
	const char *what, *with, *word;
};

/* The first `what` becomes `with`. */
static void refuse_changes(const struct first_boot_token *t, const struct change *c, size_t n)
{
	char *good = text_of(t);

	for (size_t i = 0; i < n; i++) {
		const char *at = strstr(good, c[i].what);
		struct buffer b = BUFFER_NONE;

		assert_non_null(at);
		buffer_add(&b, good, at - good);
		buffer_add_str(&b, c[i].with);
		buffer_add_str(&b, at + strlen(c[i].what));
		refuse_n(buffer_str(&b), b.len, -EBADMSG, c[i].word);
		buffer_free(&b);
	}
	for (size_t i = 0; i < strlen(good); i++)
		refuse_n(good, i, -EBADMSG, "JSON");
	refuse_n(good, strlen(good) + 1, -EBADMSG, "JSON");
	free(good);
}

static const struct change both[] = {
	{ "\"bootseal-first-boot\"", "\"bootseal\"", "type" },
	{ "\"bootseal-first-boot\"", "\"bootseal-first-boot2\"", "type" },
	{ "\"version\":1", "\"version\":2", "version 2" },
	{ "\"version\":1", "\"version\":\"1\"", "version" },
	{ "\"version\":1,", "", "version" },
	{ "\"version\":1", "\"version\":1,\"version\":1", "duplicate" },
	{ "\"keyslots\":[\"", "\"keyslots\":[\"9\",\"8\",\"", "keyslots" },
	{ "\"keyslots\":[\"", "\"keyslots\":[\"32\",\"", "keyslots" },
	{ "\"keyslots\":[\"", "\"keyslots\":[\"9", "keyslots" },
	{ "\"keyslots\":[\"", "\"keyslots\":[\"-", "keyslots" },
	{ "\"keyslots\":", "\"keyslot\":", "keyslots" },
	{ "\"version\":1", "\"ver\\u0073ion\":1", "escape" },
};

static void wrong_sealed(void **state)
{
	static const struct change changes[] = {
		{ "{\"type\"", "{\"extra\":true,\"type\"", "extra" },
		{ "\"srk\":\"000b", "\"srk\":\"000c", "srk" },
		{ "\"srk\":\"000b", "\"srk\":\"000B", "srk" },
		{ "\"srk\":\"000b", "\"srk\":\"000b00", "srk" },
		{ "\"srk\":\"", "\"srk\":\"0", "srk" },
		{ "[4,7,8,9,14,15]", "[4,7,8,9,14]", "pcrs" },
		{ "[4,7,8,9,14,15]", "[15]", "pcrs" },
		{ "[4,7,8,9,14,15]", "[7,4,15]", "pcrs" },
		{ "[4,7,8,9,14,15]", "[4,4,15]", "pcrs" },
		{ "[4,7,8,9,14,15]", "[4,15,24]", "pcrs" },
		{ "[4,7,8,9,14,15]", "[4,7,15]", "branches" },
		{ "\"resets\":4000000007", "\"resets\":4294967296", "resets" },
		{ "\"resets\":4000000007", "\"resets\":-1", "resets" },
		{ "\"resets\":4000000007", "\"resets\":1.5", "resets" },
		{ "\"resets\":4000000007", "\"resets\":\"4\"", "resets" },
		{ "\"resets\":4000000007,", "", "resets" },
		{ "\"object\":\"", "\"object\":\"=", "object" },
		{ "\"object\":\"", "\"object\":\"\",\"x\":\"", "unknown member \"x\"" },
		{ "\"branches\":\"", "\"branches\":\"AAAA", "branches" },
		/* both kinds at once, whatever the key is */
		{ "\"version\":1", "\"version\":1,\"key\":\"MDEyMzQ1Njc4OWFiY2RlZg==\"", "srk" },
		{ "\"version\":1", "\"version\":1,\"key\":null", "srk" },
	};
	struct first_boot_token t;

	sealed(&t, 2, 140, SAMPLE_PCRS);
	refuse_changes(&t, changes, sizeof(changes) / sizeof(changes[0]));
	refuse_changes(&t, both, sizeof(both) / sizeof(both[0]));
}

static void wrong_clear(void **state)
{
	static const struct change changes[] = {
		{ "{\"type\"", "{\"extra\":true,\"type\"", "\"extra\" has no place" },
		{ "\"key\":\"", "\"resets\":3,\"key\":\"", "\"resets\" has no place" },
		{ "\"key\":\"", "\"key\":\"=", "key" },
		{ "\"key\":\"", "\"key\":\"A", "key" },
		{ "\"MDEyMzQ1Njc4OWFiY2RlZg==\"", "\"MDEyMzQ1Njc4OWFiY2Rl\"", "key" }, /* 15 bytes */
		{ "\"MDEyMzQ1Njc4OWFiY2RlZg==\"", "\"\"", "key" },
		{ "\"MDEyMzQ1Njc4OWFiY2RlZg==\"", "[]", "key" },
		{ "\"MDEyMzQ1Njc4OWFiY2RlZg==\"", "null", "key" },
		{ "\"key\"", "\"keys\"", "keys" },
	};
	struct first_boot_token t;
	char text[256];

	clear(&t, 16);
	refuse_changes(&t, changes, sizeof(changes) / sizeof(changes[0]));
	refuse_changes(&t, both, sizeof(both) / sizeof(both[0]));
	first_boot_token_free(&t);
	/* 66 bytes */
	snprintf(text, sizeof(text),
		 "{\"type\":\"bootseal-first-boot\",\"keyslots\":[\"0\"],\"version\":1,\"key\":\"%088d\"}",
		 0);
	refuse_n(text, strlen(text), -EBADMSG, "key");
}

/* One byte more than there is room for. */
static void object_that_is_too_long(void **state)
{
	static const uint8_t object[FIRST_BOOT_OBJECT_MAX + 1];
	struct first_boot_token t;
	struct buffer b = BUFFER_NONE;
	char *good, *at;

	sealed(&t, 1, FIRST_BOOT_OBJECT_MAX, SAMPLE_PCRS);
	good = text_of(&t);
	at = strstr(good, "\"object\":\"") + strlen("\"object\":\"");
	buffer_add(&b, good, at - good);
	text_add_base64(&b, object, sizeof(object));
	buffer_add_str(&b, strchr(at, '"'));
	refuse_n(buffer_str(&b), b.len, -EBADMSG, "object");
	buffer_free(&b);
	free(good);
}

static void removed_keyslot(void **state)
{
	static const char text[] = "{\"type\":\"bootseal-first-boot\",\"keyslots\":[],\"version\":1,"
				   "\"key\":\"MDEyMzQ1Njc4OWFiY2RlZg==\"}";

	refuse_n(text, strlen(text), -ENODATA, "was removed");
}

static void too_long(void **state)
{
	static char text[TOKEN_MAX_LEN + 2];

	memset(text, ' ', sizeof(text) - 1);
	refuse_n(text, strlen(text), -EBADMSG, "more than the 12288");
}

static void unwritable(const struct first_boot_token *t)
{
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;

	assert_int_equal(first_boot_token_format(t, &err, &b), -EINVAL);
	assert_non_null(strstr(err.text, "cannot be read back"));
	assert_null(b.data);
}

static void unreadable_is_not_written(void **state)
{
	struct first_boot_token t, good;

	sealed(&good, 2, 20, SAMPLE_PCRS);
	t = good;
	t.keyslot = KEYSLOT_MAX;
	unwritable(&t);
	t.keyslot = -1;
	unwritable(&t);
	t = good;
	t.sealed.mask &= ~PCR(WINDOW_PCR);
	unwritable(&t);
	t.sealed.mask = PCR(WINDOW_PCR);
	unwritable(&t);
	t.sealed.mask = SAMPLE_PCRS | (PCR_ALL + 1);
	unwritable(&t);
	t = good;
	t.sealed.object_len = 0;
	unwritable(&t);
	t.sealed.object_len = FIRST_BOOT_OBJECT_MAX + 1;
	unwritable(&t);
	t = good;
	t.sealed.branch_count = 0;
	unwritable(&t);
	t.sealed.branch_count = BRANCH_MAX + 1;
	unwritable(&t);
	t = good;
	t.sealed.branch[1].id = t.sealed.branch[0].id;
	unwritable(&t);
	t = good;
	t.sealed.srk.bytes[1] = 0x0c;
	unwritable(&t);
	t = good;
	t.kind = FIRST_BOOT_CLEAR;
	unwritable(&t);
	clear(&t, FIRST_BOOT_CLEAR_KEY_MIN - 1);
	unwritable(&t);
	first_boot_token_free(&t);
	clear(&t, FIRST_BOOT_CLEAR_KEY_MAX + 1);
	unwritable(&t);
	first_boot_token_free(&t);
}

/* cryptsetup-reencrypt(8) adds the keyslot with the new volume key. */
static void two_keyslots_while_the_volume_key_changes(void **state)
{
	char text[256];
	struct first_boot_token t = FIRST_BOOT_TOKEN_NONE;
	struct error err = ERROR_NONE;

	snprintf(text, sizeof(text),
		 "{\"type\":\"bootseal-first-boot\",\"keyslots\":[\"4\",\"1\"],\"version\":1,\"key\":\"%s\"}",
		 "AAAAAAAAAAAAAAAAAAAAAA==");
	assert_int_equal(first_boot_token_parse(text, strlen(text), &err, &t), 0);
	assert_int_equal(t.keyslot, 4);
	first_boot_token_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_keyslots_while_the_volume_key_changes),
		cmocka_unit_test(sealed_round_trip),
		cmocka_unit_test(clear_round_trip),
		cmocka_unit_test(is_spelled_so),
		cmocka_unit_test(largest_fits),
		cmocka_unit_test(wrong_sealed),
		cmocka_unit_test(wrong_clear),
		cmocka_unit_test(object_that_is_too_long),
		cmocka_unit_test(removed_keyslot),
		cmocka_unit_test(too_long),
		cmocka_unit_test(unreadable_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
