#include "siglist_sample.h"

struct reader bytes_of(const struct buffer *b)
{
	return reader_new(b->data, b->len);
}

void siglist_add(struct buffer *b, const uint8_t type[static 16], const uint8_t owner[static 16],
		 const struct buffer *const *entry, size_t n)
{
	const uint32_t len = 16 + entry[0]->len;

	buffer_add(b, type, 16);
	buffer_add_le32(b, 28 + n * len);
	buffer_add_le32(b, 0);
	buffer_add_le32(b, len);
	for (size_t i = 0; i < n; i++) {
		buffer_add(b, owner, 16);
		buffer_add(b, entry[i]->data, entry[i]->len);
	}
}

void siglist_add_one(struct buffer *b, const uint8_t type[static 16], const uint8_t owner[static 16],
		     const void *data, size_t n)
{
	const struct buffer entry = { .data = (uint8_t *)data, .len = n };
	const struct buffer *const entries[] = { &entry };

	siglist_add(b, type, owner, entries, 1);
}
