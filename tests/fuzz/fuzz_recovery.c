#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "seal/recovery_key.h"
#include "seal/token_named.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/*
 * Any bits make a key that reads as itself; a secret is read as bytes are, each eighth time because of the
 * locked memory that it takes.
 */
static void check_secret(const uint8_t *data, size_t n)
{
	uint8_t made[RECOVERY_TEXT_LEN], text[RECOVERY_TEXT_LEN];
	struct secret typed = SECRET_NONE, key = SECRET_NONE;
	struct error err = ERROR_NONE;
	bool good;

	if (n >= RECOVERY_LEN) {
		recovery_text(data, made);
		if (recovery_read(made, sizeof(made), &err, text) < 0 ||
		    memcmp(made, text, sizeof(text)) != 0)
			abort();
	}
	if (n % 8 != 1 || secret_new(n, &typed) < 0)
		return;
	memcpy(typed.bytes, data, n);
	good = recovery_read(data, n, &err, text) == 0;
	if ((recovery_parse(&typed, &err, &key) == 0) != good ||
	    (good && memcmp(key.bytes, text, sizeof(text)) != 0))
		abort();
	secret_free(&typed);
	secret_free(&key);
}

/*
 * What is read as a key reads the same when it is read again; what is read as a token is written as one that
 * means the same.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t text[RECOVERY_TEXT_LEN], again[RECOVERY_TEXT_LEN];
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;
	uint32_t mask, second;

	check_secret(data, n);
	if (recovery_read(data, n, &err, text) == 0 &&
	    (recovery_read(text, sizeof(text), &err, again) < 0 || memcmp(text, again, sizeof(text)) != 0))
		abort();
	if (named_token_parse(RECOVERY_TOKEN_TYPE, (const char *)data, n, &err, &mask) < 0)
		return 0;
	if (named_token_format(RECOVERY_TOKEN_TYPE, mask, &err, &b) < 0 ||
	    named_token_parse(RECOVERY_TOKEN_TYPE, buffer_str(&b), b.len, &err, &second) < 0 ||
	    second != mask)
		abort();
	buffer_free(&b);
	return 0;
}
