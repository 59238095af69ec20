#include "pe_sample.h"

#include <stdio.h>

void sample_put(struct buffer *b, size_t at, uint32_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		b->data[at + i] = v >> (8 * i) & 0xff;
}

/* Adds zero bytes up to a multiple of n. */
static void sample_pad(struct buffer *b, size_t n)
{
	while (b->len % n != 0)
		buffer_add_u8(b, 0);
}

void sample_pe(const struct sample_section *s, size_t n, const struct reader *certs, struct buffer *ret)
{
	struct buffer b = BUFFER_NONE, names = BUFFER_NONE;
	char number[16];
	size_t head;

	while (b.len < SAMPLE_HEADERS_LEN)
		buffer_add_u8(&b, 0);
	buffer_add(&names, "\0\0\0\0", 4);
	memcpy(b.data, "MZ", 2);
	sample_put(&b, 0x3c, SAMPLE_PE_AT, 4);
	memcpy(b.data + SAMPLE_PE_AT, "PE", 2);
	sample_put(&b, SAMPLE_PE_AT + 4, 0x8664, 2);
	sample_put(&b, SAMPLE_PE_AT + 6, n, 2);
	sample_put(&b, SAMPLE_PE_AT + 20, SAMPLE_OPTIONAL_LEN, 2);
	sample_put(&b, SAMPLE_OPTIONAL_AT, 0x20b, 2);
	sample_put(&b, SAMPLE_OPTIONAL_AT + 60, SAMPLE_HEADERS_LEN, 4);
	sample_put(&b, SAMPLE_OPTIONAL_AT + 108, 16, 4);
	for (size_t i = 0; i < n; i++) {
		head = SAMPLE_SECTIONS_AT + 40 * i;
		if (strlen(s[i].name) > 8) {
			snprintf(number, sizeof(number), "/%zu", names.len);
			memcpy(b.data + head, number, strlen(number));
			buffer_add(&names, s[i].name, strlen(s[i].name) + 1);
		} else {
			memcpy(b.data + head, s[i].name, strlen(s[i].name));
		}
		sample_put(&b, head + 8, s[i].len, 4);
		sample_put(&b, head + 20, b.len, 4);
		buffer_add(&b, s[i].data, s[i].len);
		sample_pad(&b, 0x200);
		sample_put(&b, head + 16,
			   b.len - (b.data[head + 20] | b.data[head + 21] << 8 | b.data[head + 22] << 16), 4);
	}
	sample_put(&names, 0, names.len, 4);
	sample_put(&b, SAMPLE_PE_AT + 12, b.len, 4);
	buffer_add(&b, names.data, names.len);
	sample_pad(&b, 8);
	if (certs && certs->left > 0) {
		sample_put(&b, SAMPLE_CERT_DIR_AT, b.len, 4);
		sample_put(&b, SAMPLE_CERT_DIR_AT + 4, certs->left, 4);
		buffer_add(&b, certs->at, certs->left);
	}
	buffer_free(&names);
	*ret = b;
}
