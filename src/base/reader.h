/*
 * A bounded reader over untrusted bytes.
 *
 * Every take either succeeds whole or changes nothing and returns false. The bytes are borrowed.
 */
#ifndef BASE_READER_H
#define BASE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	const uint8_t *at;
	size_t left; /* bytes */
};

static inline struct reader reader_new(const void *data, size_t len)
{
	return (struct reader){ .at = data, .left = len };
}

bool reader_take(struct reader *r, size_t n, struct reader *ret_part);
/* count * unit bytes; false when the product overflows */
bool reader_take_array(struct reader *r, uint64_t count, size_t unit, struct reader *ret_part);
bool reader_skip(struct reader *r, size_t n);
bool reader_bytes(struct reader *r, void *ret, size_t n);

bool reader_u8(struct reader *r, uint8_t *ret);
bool reader_le16(struct reader *r, uint16_t *ret);
bool reader_le32(struct reader *r, uint32_t *ret);
bool reader_le64(struct reader *r, uint64_t *ret);
bool reader_be16(struct reader *r, uint16_t *ret);
bool reader_be32(struct reader *r, uint32_t *ret);

/* The part [offset, offset + n) of the whole, as file formats with absolute offsets want it. */
bool reader_at(const struct reader *whole, uint64_t offset, uint64_t n, struct reader *ret_part);

/* A line without its '\n' (the last one may lack it); false at the end. */
bool reader_line(struct reader *r, struct reader *ret_line);

/* Equal to the NUL terminated string? */
bool reader_equals(const struct reader *r, const char *s);

#endif
