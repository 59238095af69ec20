#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct buffer *b, size_t n)
{
	size_t want, cap = b->cap ? b->cap : 64;
	uint8_t *data;

	if (b->failed || __builtin_add_overflow(b->len, n, &want) || __builtin_add_overflow(want, 1, &want))
		goto fail;
	if (want <= b->cap)
		return true;
	while (cap < want)
		if (__builtin_mul_overflow(cap, 2, &cap))
			goto fail;
	data = realloc(b->data, cap);
	if (!data)
		goto fail;
	b->data = data;
	b->cap = cap;
	return true;
fail:
	b->failed = true;
	return false;
}

void buffer_add(struct buffer *b, const void *data, size_t n)
{
	if (!grow(b, n))
		return;
	if (n > 0)
		memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void buffer_add_u8(struct buffer *b, uint8_t v)
{
	buffer_add(b, &v, 1);
}

void buffer_add_be16(struct buffer *b, uint16_t v)
{
	buffer_add(b, (const uint8_t[]){ v >> 8, v & 0xff }, 2);
}

void buffer_add_be32(struct buffer *b, uint32_t v)
{
	buffer_add(b, (const uint8_t[]){ v >> 24, v >> 16 & 0xff, v >> 8 & 0xff, v & 0xff }, 4);
}

void buffer_add_le32(struct buffer *b, uint32_t v)
{
	buffer_add(b, (const uint8_t[]){ v & 0xff, v >> 8 & 0xff, v >> 16 & 0xff, v >> 24 }, 4);
}

void buffer_add_str(struct buffer *b, const char *s)
{
	buffer_add(b, s, strlen(s));
}

void buffer_addf(struct buffer *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	/* most fit into what is there */
	if (!grow(b, 0))
		return;
	va_start(ap, fmt);
	n = vsnprintf((char *)b->data + b->len, b->cap - b->len, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->data[b->len] = '\0';
		b->failed = true;
		return;
	}
	if ((size_t)n >= b->cap - b->len) {
		b->data[b->len] = '\0';
		if (!grow(b, n))
			return;
		va_start(ap, fmt);
		vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->len += n;
}

const char *buffer_str(const struct buffer *b)
{
	return b->data ? (const char *)b->data : "";
}

char *buffer_steal(struct buffer *b)
{
	char *s = NULL;

	if (grow(b, 0)) {
		s = (char *)b->data;
		s[b->len] = '\0';
	} else {
		free(b->data);
	}
	*b = BUFFER_NONE;
	return s;
}

void buffer_free(struct buffer *b)
{
	free(b->data);
	*b = BUFFER_NONE;
}
