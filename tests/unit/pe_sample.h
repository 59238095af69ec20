/* Small PE32+ images for the tests: right in every field, so that a test breaks just one. */
#ifndef PE_SAMPLE_H
#define PE_SAMPLE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "base/reader.h"

#define SAMPLE_PE_AT 0x40
#define SAMPLE_OPTIONAL_AT (SAMPLE_PE_AT + 24)
#define SAMPLE_OPTIONAL_LEN 240
#define SAMPLE_CHECKSUM_AT (SAMPLE_OPTIONAL_AT + 64)
#define SAMPLE_CERT_DIR_AT (SAMPLE_OPTIONAL_AT + 112 + 32)
#define SAMPLE_SECTIONS_AT (SAMPLE_OPTIONAL_AT + SAMPLE_OPTIONAL_LEN)
#define SAMPLE_HEADERS_LEN 0x400

struct sample_section {
	const char *name; /* longer than 8 bytes: goes to the string table */
	const void *data;
	size_t len;
};

void sample_put(struct buffer *b, size_t at, uint32_t v, size_t n);
/* Section contents lie one after another behind the headers, then the string table, then the certificates. */
void sample_pe(const struct sample_section *s, size_t n, const struct reader *certs, struct buffer *ret);

#endif
