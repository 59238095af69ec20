#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "seal/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What was read is written and read again: it must be the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buffer text = BUFFER_NONE, text_again = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct token t, again;

	if (token_parse((const char *)data, n, &err, &t) < 0)
		return 0;
	if (token_format(&t, &err, &text) < 0 || token_parse(buffer_str(&text), text.len, &err, &again) < 0 ||
	    token_format(&again, &err, &text_again) < 0 ||
	    strcmp(buffer_str(&text), buffer_str(&text_again)) != 0)
		abort();
	token_generation(&t, t.generation[0].branch[0].composite);
	buffer_free(&text);
	buffer_free(&text_again);
	return 0;
}
