#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "seal_samples.h"

static char *text_of(const struct token *t)
{
	struct buffer b = BUFFER_NONE;

	assert_int_equal(token_format(t, NULL, &b), 0);
	return buffer_steal(&b);
}

/* The first `what` becomes `with`. */
static char *replaced(const char *text, const char *what, const char *with)
{
	const char *at = strstr(text, what);
	struct buffer b = BUFFER_NONE;

	assert_non_null(at);
	buffer_add(&b, text, at - text);
	buffer_add_str(&b, with);
	buffer_add_str(&b, at + strlen(what));
	return buffer_steal(&b);
}

static void refuse_n(const char *text, size_t n, const char *word)
{
	struct error err = ERROR_NONE;
	struct token t = { .keyslot = -77 };

	assert_int_equal(token_parse(text, n, &err, &t), -EBADMSG);
	assert_int_equal(t.keyslot, -77);
	if (!strstr(err.text, word))
		fail_msg("\"%s\" does not speak of %s", err.text, word);
}

static void refuse(const char *text, const char *word)
{
	refuse_n(text, strlen(text), word);
}

static void refuse_change(const char *what, const char *with, const char *word)
{
	struct token t;
	char *good, *evil;

	sample_token(&t, 1, 2, 2, 200);
	good = text_of(&t);
	evil = replaced(good, what, with);
	refuse(evil, word);
	free(evil);
	free(good);
}

static void round_trip(void **state)
{
	struct token t, again;
	char *text;

	for (size_t branches = 1; branches <= BRANCH_MAX; branches++) {
		sample_token(&t, 31, 1 + branches % 2, branches, branches);
		text = text_of(&t);
		memset(&again, 0, sizeof(again));
		assert_int_equal(token_parse(text, strlen(text), NULL, &again), 0);
		assert_memory_equal(&t, &again, sizeof(t));
		free(text);
	}
}

static void other_pcrs(void **state)
{
	struct token t, again;
	char *text;

	sample_token(&t, 0, 1, 1, 10);
	t.mask = 0xffffff;
	text = text_of(&t);
	assert_int_equal(token_parse(text, strlen(text), NULL, &again), 0);
	assert_int_equal(again.mask, 0xffffff);
	free(text);
}

static void largest_fits(void **state)
{
	struct token t;
	char *text;

	sample_token(&t, 1, 2, 32, 1024);
	text = text_of(&t);
	assert_in_range(strlen(text), 1, 7000);
	print_message("# largest token: %zu bytes\n", strlen(text));
	free(text);
}

static void too_large_is_refused(void **state)
{
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct token t;

	sample_token(&t, 1, 2, 32, TOKEN_OBJECT_MAX);
	t.mask = 0xffffff;
	assert_int_equal(token_format(&t, &err, &b), -E2BIG);
	assert_null(b.data);
	assert_non_null(strstr(err.text, "12288"));
}

static void unreadable_is_not_written(void **state)
{
	struct buffer b = BUFFER_NONE;
	struct token t;

	sample_token(&t, 32, 1, 1, 10);
	assert_int_equal(token_format(&t, NULL, &b), -EINVAL);
	sample_token(&t, -1, 1, 1, 10);
	assert_int_equal(token_format(&t, NULL, &b), -EINVAL);
	sample_token(&t, 1, 1, 0, 10);
	assert_int_equal(token_format(&t, NULL, &b), -EINVAL);
	sample_token(&t, 1, 1, 32, 10);
	t.generation[0].branch_count = 33;
	assert_int_equal(token_format(&t, NULL, &b), -EINVAL);
	sample_token(&t, 1, 0, 1, 10);
	assert_int_equal(token_format(&t, NULL, &b), -EINVAL);
	sample_token(&t, 1, 1, 1, 0);
	assert_int_equal(token_format(&t, NULL, &b), -EINVAL);
	sample_token(&t, 1, 2, 1, 10);
	t.generation[1].number = t.generation[0].number;
	assert_int_equal(token_format(&t, NULL, &b), -EINVAL);
	sample_token(&t, 1, 1, 2, 10);
	t.generation[0].branch[1].id = t.generation[0].branch[0].id;
	assert_int_equal(token_format(&t, NULL, &b), -EINVAL);
	sample_token(&t, 1, 1, 2, 10);
	t.mask = 1u << 4;
	assert_int_equal(token_format(&t, NULL, &b), -EINVAL);
	assert_null(b.data);
}

static void wrong_values(void **state)
{
	static const struct {
		const char *what, *with, *word;
	} evil[] = {
		{ "\"type\":\"bootseal\"", "\"type\":\"bootsea1\"", "type" },
		{ "\"type\":\"bootseal\",", "", "type" },
		{ "\"version\":1", "\"version\":3", "version 3, but this program supports only 1 and 2" },
		{ "\"version\":1", "\"version\":2", "pin_salt" },
		{ "\"generations\"", "\"pin_iterations\":5000,\"generations\"", "unknown member \"pin_iter" },
		{ "\"version\":1", "\"version\":\"1\"", "version" },
		{ "\"version\":1", "\"version\":1.0", "version" },
		{ "\"version\":1", "\"version\":-1", "version" },
		/* json-c 0.18 does not read it, in words of its own */
		{ "\"version\":1", "\"version\":18446744073709551617", "" },
		{ "[\"1\"]", "[]", "keyslots" },
		{ "[\"1\"]", "[\"1\",\"2\"]", "keyslots" },
		{ "[\"1\"]", "[\"32\"]", "keyslots" },
		{ "[\"1\"]", "[\"01\"]", "keyslots" },
		{ "[\"1\"]", "[\"-1\"]", "keyslots" },
		{ "[\"1\"]", "[1]", "keyslots" },
		{ "[\"1\"]", "\"1\"", "keyslots" },
		{ "\"srk\":\"000b", "\"srk\":\"000c", "srk" },
		{ "\"srk\":\"000b", "\"srk\":\"010b", "srk" },
		{ "\"srk\":\"000b", "\"srk\":\"000", "srk" },
		{ "\"srk\":\"000b", "\"srk\":\"000b00", "srk" },
		{ "\"srk\":\"000b", "\"srk\":\"000B", "srk" },
		{ "\"srk\":\"000b", "\"srk\":\"00 b", "srk" },
		{ "\"0x0180b007\"", "\"0x0180b0070\"", "\"index\"" },
		{ "\"0x0180b007\"", "\"0x8100b007\"", "\"index\"" },
		{ "\"0x0180b007\"", "\"0180b007\"", "\"index\"" },
		{ "\"0x0180b007\"", "25210887", "\"index\"" },
		{ "\"index_name\":\"000b", "\"index_name\":\"0004", "index_name" },
		{ "\"sha256\"", "\"sha1\"", "bank" },
		{ "\"sha256\"", "\"SHA256\"", "bank" },
		{ "[4,7,8,9,14,15]", "[4,7,8,9,14]", "pcrs" },
		{ "[4,7,8,9,14,15]", "[15]", "pcrs" },
		{ "[4,7,8,9,14,15]", "[7,4,8,9,14,15]", "pcrs" },
		{ "[4,7,8,9,14,15]", "[4,4,7,8,9,14,15]", "pcrs" },
		{ "[4,7,8,9,14,15]", "[4,7,8,9,14,15,24]", "pcrs" },
		{ "[4,7,8,9,14,15]", "[4,7,8,9,14,15,4294967296]", "pcrs" },
		{ "[4,7,8,9,14,15]", "[4,7,8,9,14,15.0]", "pcrs" },
		{ "[4,7,8,9,14,15]", "[]", "pcrs" },
		{ "[4,7,8,9,14,15]", "[4,7,15]", "generations" },
		{ "\"object\":\"", "\"object\":\"=", "object" },
		{ "\"object\":\"", "\"object\":\"A", "object" },
		{ "\"object\":\"", "\"object\":\"\",\"x\":\"", "unknown member \"x\"" },
		{ "\"number\":7", "\"number\":0", "generations" },
		{ "\"number\":7", "\"number\":-7", "generations" },
		{ "\"number\":7", "\"number\":8", "generations" },
		{ "\"number\":7", "\"number\":4294967296", "generations" },
		{ "\"number\":7", "\"number\":7,\"more\":1", "generations" },
		{ "\"branches\":\"", "\"branches\":\"AAAA", "generations" },
		{ "\"generations\":[", "\"generations\":[{\"number\":1,\"branches\":\"\"},", "generations" },
		{ "\"generations\":[", "\"generations\":[[],", "generations" },
		{ "{\"type\"", "{\"extra\":true,\"type\"", "extra" },
	};

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++)
		refuse_change(evil[i].what, evil[i].with, evil[i].word);
}

static void duplicates_and_tricks(void **state)
{
	static const struct {
		const char *what, *with, *word;
	} evil[] = {
		{ "\"version\":1", "\"version\":1,\"version\":1", "duplicate" },
		{ "{\"type\"", "{\"type\":\"luks2-keyring\",\"type\"", "duplicate" },
		{ "\"number\":7", "\"number\":7,\"number\":9", "duplicate" },
		{ "\"version\":1", "\"version\":1,\"ver\\u0073ion\":1", "escape" },
		{ "\"version\":1", "\"version\":1,\"version\\u0000\":1", "escape" },
		{ "\"bootseal\"", "\"bootseal\\u0000x\"", "escape" },
		{ "\"bootseal\"", "\"boots\\u0065al\"", "escape" },
		{ "\"bootseal\"", "\"boots\xc3\xa9" "al\"", "ASCII" },
		{ "\"version\":1", "\"version\":1,\"\xef\xbb\xbf\":1", "ASCII" },
		{ "\"version\":1", "\"version\":1,\"a\tb\":1", "ASCII" },
		{ "{\"type\"", "\xef\xbb\xbf{\"type\"", "not JSON" },
		{ "\"version\":1,", "\"version\":1,,", "not JSON" },
		{ "\"version\":1,", "\"version\":1,/* */", "not JSON" },
		{ "\"version\":1", "\"version\":NaN", "JSON" },
		{ "\"version\":1", "\"version\":01", "JSON" },
		{ "\"version\":1", "version:1", "JSON" },
		{ "\"version\":1", "'version':1", "JSON" },
		{ "]}", "]}{}", "trailing data" },
		{ "]}", "]}x", "JSON" },
		{ "\"version\":1", "\"version\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", "nested" },
	};

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++)
		refuse_change(evil[i].what, evil[i].with, evil[i].word);
	refuse("", "JSON");
	refuse("[]", "JSON");
	refuse("null", "JSON");
	refuse("{}", "type");
}

static void truncated(void **state)
{
	struct token t;
	char *text;

	sample_token(&t, 1, 1, 1, 20);
	text = text_of(&t);
	for (size_t n = 0; n < strlen(text); n++)
		refuse_n(text, n, "JSON");
	/* one NUL behind it is not part of it */
	refuse_n(text, strlen(text) + 1, "JSON");
	free(text);
}

static void oversize(void **state)
{
	static char text[TOKEN_MAX_LEN + 2];

	memset(text, ' ', sizeof(text) - 1);
	refuse(text, "more than the 12288");
}

/* 33 branches, and a branch more than the bytes hold. */
static void branch_limits(void **state)
{
	struct buffer b = BUFFER_NONE;
	uint8_t packed[33 * 56] = { 0 };
	struct token t;
	char *good, *from, *evil;

	for (unsigned i = 0; i < 33; i++)
		packed[56 * i + 3] = i;
	sample_token(&t, 1, 1, 1, 20);
	good = text_of(&t);
	from = strdup(strstr(good, "\"branches\":"));
	for (int bad = 0; bad < 3; bad++) {
		buffer_add_str(&b, "\"branches\":\"");
		if (bad == 0)
			text_add_base64(&b, packed, sizeof(packed));
		else if (bad == 1)
			text_add_base64(&b, packed, 56 + 55);
		buffer_add_str(&b, "\"}]}");
		evil = replaced(good, from, buffer_str(&b));
		refuse(evil, "generations");
		free(evil);
		buffer_free(&b);
	}
	free(from);
	free(good);
}

static void generation_by_root(void **state)
{
	uint8_t root[SHA256_LEN];
	struct token t;

	sample_token(&t, 1, 2, 9, 20);
	for (size_t g = 0; g < 2; g++) {
		assert_int_equal(policy_root(t.mask, t.generation[g].branch, 9, root), 0);
		assert_ptr_equal(token_generation(&t, root), &t.generation[g]);
	}
	root[0] ^= 1;
	assert_null(token_generation(&t, root));
}

/* Version 2 is version 1 with a PIN: neither is taken for the other. */
static void with_a_pin(void **state)
{
	static const struct {
		const char *what, *with, *word;
	} evil[] = {
		{ "\"version\":2", "\"version\":1", "unknown member \"pin_salt\"" },
		{ "\"pin_salt\":\"", "\"pin_salt\":\"00", "pin_salt" },
		{ "\"pin_salt\":\"0", "\"pin_salt\":\"G", "pin_salt" },
		{ "\"pin_iterations\":4000", "\"pin_iterations\":999", "pin_iterations" },
		{ "\"pin_iterations\":4000", "\"pin_iterations\":10000001", "pin_iterations" },
		{ "\"pin_iterations\":4000", "\"pin_iterations\":4000.0", "pin_iterations" },
		{ ",\"pin_iterations\":4000", "", "pin_iterations" },
		{ "\"pin_iterations\"", "\"pin_iteration\"", "unknown member" },
	};
	struct token t, again = { .keyslot = 0 };
	char *text, *changed;

	sample_token(&t, 1, 2, 2, 200);
	t.has_pin = true;
	sample_fill(t.pin.salt, PIN_SALT_LEN, 0);
	t.pin.iterations = 4000;
	text = text_of(&t);
	assert_int_equal(token_parse(text, strlen(text), NULL, &again), 0);
	assert_true(again.has_pin);
	assert_memory_equal(&again.pin, &t.pin, sizeof(t.pin));
	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		changed = replaced(text, evil[i].what, evil[i].with);
		refuse(changed, evil[i].word);
		free(changed);
	}
	free(text);
	t.pin.iterations = PIN_ITERATIONS_MAX + 1;
	assert_int_equal(token_format(&t, NULL, &(struct buffer){ .data = NULL }), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),	      cmocka_unit_test(other_pcrs),
		cmocka_unit_test(largest_fits),	      cmocka_unit_test(too_large_is_refused),
		cmocka_unit_test(unreadable_is_not_written), cmocka_unit_test(wrong_values),
		cmocka_unit_test(duplicates_and_tricks), cmocka_unit_test(truncated),
		cmocka_unit_test(oversize),	      cmocka_unit_test(branch_limits),
		cmocka_unit_test(generation_by_root), cmocka_unit_test(with_a_pin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
