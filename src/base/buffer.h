/*
 * A growing byte buffer, also used to build text: the byte after the last is always NUL.
 *
 * Allocation failure is remembered, so that a chain of adds is checked once, with buffer_ok().
 * Not for secrets.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	uint8_t *data; /* NULL while empty */
	size_t len;    /* bytes, the NUL not counted */
	size_t cap;
	bool failed;
};

#define BUFFER_NONE ((struct buffer){ .data = NULL })

void buffer_add(struct buffer *b, const void *data, size_t n);
void buffer_add_u8(struct buffer *b, uint8_t v);
void buffer_add_be16(struct buffer *b, uint16_t v);
void buffer_add_be32(struct buffer *b, uint32_t v);
void buffer_add_le32(struct buffer *b, uint32_t v);
void buffer_add_str(struct buffer *b, const char *s);
void buffer_addf(struct buffer *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline bool buffer_ok(const struct buffer *b)
{
	return !b->failed;
}

/* The text, never NULL; owned by the buffer. */
const char *buffer_str(const struct buffer *b);

/*
 * Gives the bytes away as a malloc'ed, NUL terminated block (NULL when an add failed) and empties the buffer.
 */
char *buffer_steal(struct buffer *b);

/* May be called on an empty buffer, and twice. */
void buffer_free(struct buffer *b);

#endif
