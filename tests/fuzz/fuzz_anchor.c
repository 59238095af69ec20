#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "seal/anchor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void volumes_alone(const uint8_t *data, size_t n)
{
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct anchor a;

	if (anchor_parse_volumes(data, n, "fuzz", &err, &a) < 0)
		return;
	if (anchor_format_volumes(&a, &text) < 0 || text.len != n || memcmp(text.data, data, n) != 0)
		abort();
	buffer_free(&text);
}

/* An anchor has one spelling, and so has a list: what was read is written as the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct anchor a;

	volumes_alone(data, n);
	if (anchor_parse(data, n, "fuzz", &err, &a) < 0)
		return 0;
	if (anchor_format(&a, &text) < 0 || text.len != n || memcmp(text.data, data, n) != 0 ||
	    anchor_find(&a, a.target[0].name) != &a.target[0])
		abort();
	buffer_free(&text);
	return 0;
}
