/* Texts: hexadecimal, base64, numbers, wrapped lines, and what a terminal may be sent. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/text.h"

static void test_hex(void **state)
{
	uint8_t bytes[3] = { 0, 0xab, 0xff };
	char hex[7];

	text_hex(bytes, 3, hex);
	assert_string_equal(hex, "00abff");
	assert_int_equal(text_unhex("0aBcDf", 6, bytes, 3), 0);
	assert_memory_equal(bytes, "\x0a\xbc\xdf", 3);
	for (const char *const *s = (const char *const[]){ "", "0", "0a0b0", "0a0b0c0d", "0a0b0g", " a0b0c",
							   "0x0b0c", NULL };
	     *s; s++)
		assert_int_equal(text_unhex(*s, strlen(*s), bytes, 3), -EINVAL);
	assert_memory_equal(bytes, "\x0a\xbc\xdf", 3);
}

static void test_base64(void **state)
{
	/* RFC 4648, section 10 */
	static const char *const vectors[][2] = { { "", "" },
						  { "f", "Zg==" },
						  { "fo", "Zm8=" },
						  { "foo", "Zm9v" },
						  { "foob", "Zm9vYg==" },
						  { "fooba", "Zm9vYmE=" },
						  { "foobar", "Zm9vYmFy" } };
	static const char *const bad[] = { "Z",    "Zg",   "Zg=",  "Zh==",   "Zm9=", "Zg==Zg==",
					   "=Zg=", "====", "Zm 9", "Zm9v\n", "Zm-_", NULL };
	struct buffer b = BUFFER_NONE, back;

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		text_add_base64(&b, vectors[i][0], strlen(vectors[i][0]));
		assert_string_equal(buffer_str(&b), vectors[i][1]);
		assert_int_equal(text_unbase64(vectors[i][1], strlen(vectors[i][1]), &back), 0);
		assert_string_equal(buffer_str(&back), vectors[i][0]);
		buffer_free(&back);
		buffer_free(&b);
	}
	for (const char *const *s = bad; *s; s++)
		assert_int_equal(text_unbase64(*s, strlen(*s), &back), -EINVAL);
}

static void test_number(void **state)
{
	uint64_t v = 77;

	assert_int_equal(text_number("0", 1, 10, &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(text_number("18446744073709551615", 20, UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
	for (const char *const *s =
		     (const char *const[]){ "", "-1", "+1", "01", "1x", " 1", "11", "18446744073709551616",
					    "99999999999999999999", NULL };
	     *s; s++)
		assert_int_equal(text_number(*s, strlen(*s), 10, &v), -EINVAL);
	assert_true(v == UINT64_MAX);
}

static void test_printable(void **state)
{
	struct buffer b = BUFFER_NONE;

	text_add_printable(&b, "a\x1b\xff\0z", 5, 5);
	assert_string_equal(buffer_str(&b), "a\\x1b\\xff\\x00z");
	b.len = 0;
	text_add_printable(&b, "abcdef", 6, 3);
	assert_string_equal(buffer_str(&b), "abc...");
	buffer_free(&b);
}

static void test_wrapped(void **state)
{
	static const struct {
		const char *text, *lines;
	} cases[] = {
		{ "", "" },
		{ "exactly ten", "exactly\n  ten" },
		{ "ten of ten", "ten of ten" },
		{ "Title   in a column", "Title   in\n  a column" },
		/* a path stays in one piece */
		{ "see /boot/grub/grub.cfg for it", "see\n  /boot/grub/grub.cfg\n  for it" },
		{ "/boot/grub/grub.cfg is new", "/boot/grub/grub.cfg\n  is new" },
		{ "one\ntwo three four", "one\ntwo three\n  four" },
		{ "  row has an indent", "  row has\n  an\n  indent" },
		/* a character is a column, not a byte */
		{ "\xc3\xa4\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4\xc3\xa4 !!!",
		  "\xc3\xa4\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4\xc3\xa4\n  !!!" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer b = BUFFER_NONE;

		text_add_wrapped(&b, cases[i].text, 2, 10);
		assert_string_equal(buffer_str(&b), cases[i].lines);
		buffer_free(&b);
	}
}

/* Where it just fits, just does not, and where nothing was there before. */
static void test_format(void **state)
{
	char text[300];

	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct buffer b = BUFFER_NONE;

		memset(text, 'x', n);
		text[n] = '\0';
		buffer_addf(&b, "%s", text);
		assert_string_equal(buffer_str(&b), text);
		buffer_addf(&b, "%s-%u", text, 7u);
		assert_true(buffer_ok(&b));
		assert_int_equal(b.len, 2 * n + 2);
		assert_memory_equal(b.data + n, text, n);
		assert_string_equal((char *)b.data + 2 * n, "-7");
		buffer_free(&b);
	}
}

static void make_printable(const char *text, const char *expected)
{
	char s[64];

	strcpy(s, text);
	text_make_printable(s);
	assert_string_equal(s, expected);
}

static void test_make_printable(void **state)
{
	make_printable("", "");
	make_printable("plain /boot/x-1.2~b", "plain /boot/x-1.2~b");
	make_printable("Gr\xc3\xbc\xc3\x9f"
		       "e \xe2\x82\xac \xf0\x9f\x94\x92",
		       "Gr\xc3\xbc\xc3\x9f"
		       "e \xe2\x82\xac \xf0\x9f\x94\x92");
	make_printable("a\x1b[2Jb\nc\td\x7f", "a?[2Jb?c?d?");
	make_printable("\x9b""2J \xc2\x9b""2J", "?2J ??2J");
	make_printable("a\xe2\x80\xae""b\xe2\x81\xa6""c\xe2\x80\xa8", "a???b???c???");
	/* not UTF-8: cut, too long, surrogates, beyond the end */
	make_printable("\xc3", "?");
	make_printable("\xc0\x9b\xe0\x82\x9b", "?????");
	make_printable("\xed\xa0\x80\xf4\x90\x80\x80\xff", "????????");
	make_printable("\xe2\x82z", "??z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_make_printable),
		cmocka_unit_test(test_wrapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
