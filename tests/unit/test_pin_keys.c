/* What is made of a PIN (seal/pin.h), as Python's hashlib and hmac make it, and what is taken for one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "hash/mac.h"
#include "seal/pin.h"

#define SEALED "0123456789abcdef0123456789abcdef"

static struct secret secret_of(const void *bytes, size_t n)
{
	struct secret s = SECRET_NONE;

	assert_int_equal(secret_new(n, &s), 0);
	memcpy(s.bytes, bytes, n);
	return s;
}

static void assert_secret(struct secret *s, const char *expected)
{
	char hex[2 * SHA256_LEN + 1];

	assert_int_equal(s->len, SHA256_LEN);
	text_hex(s->bytes, s->len, hex);
	assert_string_equal(hex, expected);
	secret_free(s);
}

static void known_values(void **state)
{
	struct secret pin = secret_of("482913", 6), sealed = secret_of(SEALED, strlen(SEALED));
	struct secret p = SECRET_NONE, out = SECRET_NONE;
	struct pin_salt salt = { .iterations = 2000 };

	for (size_t i = 0; i < sizeof(salt.salt); i++)
		salt.salt[i] = i;
	assert_int_equal(pin_stretch(&pin, &salt, NULL, &p), 0);
	assert_int_equal(pin_auth(&p, NULL, &out), 0);
	assert_secret(&out, "cd52436963998062192eafd6c2ff869edd7abd9202e4923dde2e0441b52483c6");
	assert_int_equal(pin_keyslot_key(&p, &sealed, NULL, &out), 0);
	assert_secret(&out, "14b85d72affd9a85d2d5572eecd791e35b74954b05b787a10f92279b761f091b");
	assert_secret(&p, "01bf89bc6864e1e323ef297bfcafcce9f9600ab9064b99d1736f339eafdbcf4c");
	secret_free(&pin);
	secret_free(&sealed);
}

/* RFC 7914, 11: the first 32 bytes */
static void pbkdf2_of_rfc_7914(void **state)
{
	struct pbkdf2_input in = { (const uint8_t *)"Password", 8, (const uint8_t *)"NaCl", 4, 80000 };
	uint8_t key[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];

	assert_int_equal(pbkdf2_sha256(&in, key), 0);
	text_hex(key, sizeof(key), hex);
	assert_string_equal(hex, "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
	in.iterations = 0;
	assert_int_equal(pbkdf2_sha256(&in, key), -EINVAL);
}

static void checks(const char *text, size_t n, int expected, const char *word)
{
	struct secret pin = secret_of(text, n);
	struct error err = ERROR_NONE;

	assert_int_equal(pin_check(&pin, &err), expected);
	if (!strstr(err.text, word))
		fail_msg("\"%s\" does not speak of %s", err.text, word);
	secret_free(&pin);
}

static void what_is_a_pin(void **state)
{
	char long_one[PIN_MAX + 1];

	memset(long_one, '~', sizeof(long_one));
	checks("482913", 6, 0, "");
	checks("!aZ9~\"", 6, 0, "");
	checks(long_one, PIN_MAX, 0, "");
	checks("48291", 5, -EINVAL, "6 to 64");
	checks("", 0, -EINVAL, "6 to 64");
	checks(long_one, PIN_MAX + 1, -EINVAL, "6 to 64");
	checks("48 913", 6, -EINVAL, "no blanks");
	checks("48291\n", 6, -EINVAL, "no blanks");
	checks("48291\0", 6, -EINVAL, "ASCII");
	checks("48291\x7f", 6, -EINVAL, "ASCII");
	checks("p\xc3\xa4sse", 6, -EINVAL, "ASCII");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_values),
		cmocka_unit_test(pbkdf2_of_rfc_7914),
		cmocka_unit_test(what_is_a_pin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
