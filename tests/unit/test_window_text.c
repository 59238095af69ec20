#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "hash/hash.h"
#include "seal/window_text.h"

#define UUID "01234567-89ab-cdef-0123-456789abcde0"
#define PIN "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct anchor make_anchor(size_t n, size_t name_len)
{
	struct anchor a = { .target_count = n };
	size_t i;

	for (i = 0; i < n; i++) {
		memset(a.target[i].name, 'a' + i, name_len);
		strcpy(a.target[i].uuid, UUID);
		memset(a.target[i].volume_pin, 0xaa, SHA256_LEN);
	}
	return a;
}

static void is(const struct anchor *a, const bool opened[static TARGET_MAX], const char *expected)
{
	struct buffer text = BUFFER_NONE;

	assert_int_equal(window_text(a, opened, &text), 0);
	assert_string_equal(buffer_str(&text), expected);
	buffer_free(&text);
}

static void test_none(void **state)
{
	struct anchor a = make_anchor(2, 1);

	is(&a, (const bool[TARGET_MAX]){ false }, "bootseal closed");
	a.target_count = 0;
	is(&a, (const bool[TARGET_MAX]){ false }, "bootseal closed");
}

static void test_some(void **state)
{
	struct anchor a = make_anchor(3, 4);

	is(&a, (const bool[TARGET_MAX]){ false, true, true },
	   "bootseal opened\nbbbb " UUID " " PIN "\ncccc " UUID " " PIN);
}

/*
 * 15 bytes and for each volume 103 and its name: 8 names of 23 give 1023, the most that fits is whole, one
 * more volume name byte each not
 */
static void test_long(void **state)
{
	const bool all[TARGET_MAX] = { true, true, true, true, true, true, true, true };
	struct anchor a = make_anchor(TARGET_MAX, 23);
	struct buffer text = BUFFER_NONE;
	uint8_t digest[SHA256_LEN];
	char whole[2048] = "bootseal opened", hex[2 * SHA256_LEN + 1], expected[128];
	size_t i;

	assert_int_equal(window_text(&a, all, &text), 0);
	assert_int_equal(text.len, 15 + 8 * (103 + 23));
	buffer_free(&text);

	a = make_anchor(TARGET_MAX, 24);
	for (i = 0; i < TARGET_MAX; i++)
		sprintf(whole + strlen(whole), "\n%s %s %s", a.target[i].name, UUID, PIN);
	assert_int_equal(hash_sha256(whole, strlen(whole), digest), 0);
	text_hex(digest, sizeof(digest), hex);
	sprintf(expected, "bootseal opened\nsha256 %s", hex);
	is(&a, all, expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_some),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
