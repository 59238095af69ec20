#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "seal/recovery.h"
#include "seal/token_recovery.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What is read as a key reads the same when it is read again; what is read as a token is written as one that means the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t text[RECOVERY_TEXT_LEN], again[RECOVERY_TEXT_LEN];
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;
	uint32_t mask, second;

	if (recovery_read(data, n, &err, text) == 0 &&
	    (recovery_read(text, sizeof(text), &err, again) < 0 || memcmp(text, again, sizeof(text)) != 0))
		abort();
	if (recovery_token_parse((const char *)data, n, &err, &mask) < 0)
		return 0;
	if (recovery_token_format(mask, &err, &b) < 0 ||
	    recovery_token_parse(buffer_str(&b), b.len, &err, &second) < 0 || second != mask)
		abort();
	buffer_free(&b);
	return 0;
}
