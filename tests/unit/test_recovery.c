/*
 * The recovery key's text and its token; keyslots and tokens in a real header are in test_volume_ways.c.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "seal/recovery_key.h"
#include "seal/token_named.h"

/* 0, 65535, 1, 4660 and so on, each times eleven */
static const uint8_t bits[RECOVERY_LEN] = { 0x00, 0x00, 0xff, 0xff, 0x00, 0x01, 0x12, 0x34,
					    0x80, 0x00, 0xab, 0xcd, 0x00, 0xff, 0x7f, 0xff };
static const char text[] = "000000 720885 000011 051260 360448 483791 002805 360437";

static int read_text(const char *typed, struct error *err, char ret[static RECOVERY_TEXT_LEN + 1])
{
	memset(ret, 0, RECOVERY_TEXT_LEN + 1);
	*err = ERROR_NONE;
	return recovery_read(typed, strlen(typed), err, (uint8_t *)ret);
}

static void refused(const char *typed, const char *words)
{
	char got[RECOVERY_TEXT_LEN + 1];
	struct error err;

	assert_int_equal(read_text(typed, &err, got), -EINVAL);
	if (!strstr(err.text, words))
		fail_msg("\"%s\": \"%s\" instead of \"%s\"", typed, err.text, words);
	assert_string_equal(got, "");
}

static void accepted(const char *typed)
{
	char got[RECOVERY_TEXT_LEN + 1];
	struct error err;

	if (read_text(typed, &err, got) < 0)
		fail_msg("\"%s\": %s", typed, err.text);
	assert_string_equal(got, text);
}

static void test_text(void **state)
{
	uint8_t got[RECOVERY_TEXT_LEN];

	recovery_text(bits, got);
	assert_int_equal(sizeof(text) - 1, RECOVERY_TEXT_LEN);
	assert_memory_equal(got, text, RECOVERY_TEXT_LEN);
}

static void test_spellings(void **state)
{
	accepted(text);
	accepted("000000720885000011051260360448483791002805360437");
	accepted("000000-720885-000011-051260-360448-483791-002805-360437");
	accepted("  000000.720885 000011  051260\t360448 - 483791-002805 360437 \r\n");
	accepted("000 000 720 885 000 011 051 260 360 448 483 791 002 805 360 437");
	accepted("0000007 20885 000011 051260 360448 483791 002805 360437");
}

static void test_refused(void **state)
{
	refused("", "0 digits instead of 8 groups of 6");
	refused("000000", "6 digits");
	refused("000000 720885 000011 051260 360448 483791 002805", "42 digits");
	refused("000000 720885 000011 051260 360448 483791 002805 360437 000000", "54 digits");
	refused("000000 720885 00011 051260 360448 483791 002805 360437", "group 3 does not have 6 digits");
	refused("000000 720885 0000111 051260 360448 483791 002805 360437", "group 4 does not have 6 digits");
	refused("000000 720885 000011 051260 360448 483791 002805 36043", "47 digits");
	refused("000000 720885 00001l 051260 360448 483791 002805 360437", "digits only");
	refused("000000 720885 000012 051260 360448 483791 002805 360437", "group 3 has a typing error");
	refused("000000 720885 000012 051260 360448 483791 002805 360473",
		"groups 3 and 8 have typing errors");
	refused("000001 720885 000012 051206 360448 483791 002805 360437",
		"groups 1, 3 and 4 have typing errors");
	/* a multiple of eleven, but of more than 16 bits */
	refused("000000 720896 000011 051260 360448 483791 002805 360437", "group 2 has a typing error");
}

/* Nothing of the key is in the words. */
static void test_words_are_silent(void **state)
{
	char got[RECOVERY_TEXT_LEN + 1];
	struct error err;

	assert_int_equal(read_text("111112 720885 000011 051260 360448 483791 002805 360437", &err, got),
			 -EINVAL);
	assert_null(strstr(err.text, "111112"));
	assert_null(strstr(err.text, "720885"));
}

/* Every wrong digit and every two exchanged neighbours, in the group where they are. */
static void test_finds_typing_errors(void **state)
{
	char typed[sizeof(text)], words[64];

	for (size_t i = 0; i < RECOVERY_TEXT_LEN; i++) {
		if (text[i] == ' ')
			continue;
		snprintf(words, sizeof(words), "group %zu has a typing error", i / 7 + 1);
		for (char c = '0'; c <= '9'; c++) {
			strcpy(typed, text);
			typed[i] = c;
			if (c != text[i])
				refused(typed, words);
		}
		strcpy(typed, text);
		typed[i] = text[i + 1];
		typed[i + 1] = text[i];
		if (text[i + 1] >= '0' && text[i + 1] != text[i])
			refused(typed, words);
	}
}

static void test_new(void **state)
{
	struct secret a = SECRET_NONE, b = SECRET_NONE, again = SECRET_NONE;
	struct error err = ERROR_NONE;

	assert_int_equal(recovery_new(&a), 0);
	assert_int_equal(recovery_new(&b), 0);
	assert_int_equal(a.len, RECOVERY_TEXT_LEN);
	assert_memory_not_equal(a.bytes, b.bytes, RECOVERY_TEXT_LEN);
	assert_int_equal(recovery_parse(&a, &err, &again), 0);
	assert_int_equal(again.len, RECOVERY_TEXT_LEN);
	assert_memory_equal(a.bytes, again.bytes, RECOVERY_TEXT_LEN);
	secret_free(&again);
	/* 000000 would be caught only by the keyslot, so another digit */
	a.bytes[0] = a.bytes[0] == '1' ? '2' : '1';
	assert_int_equal(recovery_parse(&a, &err, &again), -EINVAL);
	assert_null(again.bytes);
	secret_free(&a);
	secret_free(&b);
}

static void token_is(uint32_t mask, const char *json)
{
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;
	uint32_t got = 77;

	assert_int_equal(named_token_format(RECOVERY_TOKEN_TYPE, mask, &err, &b), 0);
	assert_string_equal(buffer_str(&b), json);
	assert_int_equal(named_token_parse(RECOVERY_TOKEN_TYPE, json, strlen(json), &err, &got), 0);
	assert_int_equal(got, mask);
	buffer_free(&b);
}

static void test_token(void **state)
{
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;

	token_is(1u << 2, "{\"type\":\"bootseal-recovery\",\"keyslots\":[\"2\"],\"version\":1}");
	token_is(1u << 2 | 1u << 31,
		 "{\"type\":\"bootseal-recovery\",\"keyslots\":[\"2\",\"31\"],\"version\":1}");
	token_is(0, "{\"type\":\"bootseal-recovery\",\"keyslots\":[],\"version\":1}");
	assert_int_equal(named_token_format(RECOVERY_TOKEN_TYPE, UINT32_MAX, &err, &b), 0);
	assert_true(b.len <= NAMED_TOKEN_MAX_LEN);
	buffer_free(&b);
}

static void test_evil_tokens(void **state)
{
	static const char *const evil[] = {
		"",
		"[]",
		"{}",
		"{\"type\":\"bootseal\",\"keyslots\":[\"2\"],\"version\":1}",
		"{\"type\":\"bootseal-recovery\",\"keyslots\":[\"2\"]}",
		"{\"type\":\"bootseal-recovery\",\"version\":1}",
		"{\"type\":\"bootseal-recovery\",\"keyslots\":[\"2\"],\"version\":2}",
		"{\"type\":\"bootseal-recovery\",\"keyslots\":[\"2\"],\"version\":\"1\"}",
		"{\"type\":\"bootseal-recovery\",\"keyslots\":[2],\"version\":1}",
		"{\"type\":\"bootseal-recovery\",\"keyslots\":[\"32\"],\"version\":1}",
		"{\"type\":\"bootseal-recovery\",\"keyslots\":[\"-1\"],\"version\":1}",
		"{\"type\":\"bootseal-recovery\",\"keyslots\":[\"02\"],\"version\":1}",
		"{\"type\":\"bootseal-recovery\",\"keyslots\":[\"2\",\"2\"],\"version\":1}",
		"{\"type\":\"bootseal-recovery\",\"keyslots\":\"2\",\"version\":1}",
		"{\"type\":\"bootseal-recovery\",\"keyslots\":[\"2\"],\"version\":1,\"more\":1}",
		"{\"type\":\"bootseal-recovery\",\"keyslots\":[\"2\"],\"version\":1,\"version\":1}",
		"{\"type\":\"bootseal-recovery\",\"keyslots\":[\"2\"],\"version\":1}}",
	};
	struct error err;
	uint32_t mask = 77;

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		err = ERROR_NONE;
		if (named_token_parse(RECOVERY_TOKEN_TYPE, evil[i], strlen(evil[i]), &err, &mask) != -EBADMSG)
			fail_msg("accepted: %s", evil[i]);
		assert_int_not_equal(err.text[0], '\0');
	}
	assert_int_equal(mask, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_words_are_silent),
		cmocka_unit_test(test_finds_typing_errors),
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_token),
		cmocka_unit_test(test_evil_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
