#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "seal/anchor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* An anchor has one spelling: what was read is written as the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct anchor a;

	if (anchor_parse(data, n, "fuzz", &err, &a) < 0)
		return 0;
	if (anchor_format(&a, &text) < 0 || text.len != n || memcmp(text.data, data, n) != 0 ||
	    anchor_find(&a, a.target[0].name) != &a.target[0])
		abort();
	buffer_free(&text);
	return 0;
}
