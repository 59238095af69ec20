/* Bytes as text: hexadecimal and base64 (RFC 4648), decoded strictly. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/reader.h"

/* Lower case, NUL terminated: ret has room for 2 * n + 1. */
void text_hex(const void *data, size_t n, char *ret);
/* Exactly n bytes from exactly 2 * n digits; -EINVAL otherwise. */
int text_unhex(const char *s, size_t s_len, uint8_t *ret, size_t n);

void text_add_base64(struct buffer *b, const void *data, size_t n);
/* With padding, no white space, no stray bits in the last digit; -EINVAL otherwise, -ENOMEM. */
int text_unbase64(const char *s, size_t s_len, struct buffer *ret);

/* Decimal without sign or leading zeros, at most max; -EINVAL otherwise. */
int text_number(const char *s, size_t s_len, uint64_t max, uint64_t *ret);

/* Adds the bytes as one printable ASCII line: others as \xNN, at most max bytes of input, then "...". */
void text_add_printable(struct buffer *b, const void *data, size_t n, size_t max);

/*
 * Adds the text in lines of at most `width` columns: a line break and `indent` blanks take the place of
 * blanks between two words. A longer word, such as a path, has a line to itself. Line breaks in the text
 * stay.
 */
void text_add_wrapped(struct buffer *b, const char *text, size_t indent, size_t width);

/*
 * In place: replaces by '?' what can steer a terminal or change the reading order: control characters, in
 * UTF-8 too (U+0080 to U+009F), marks of writing direction (U+200E, U+200F, U+202A to U+202E, U+2066 to
 * U+2069), line separators, and bytes that are no UTF-8 (RFC 3629).
 */
void text_make_printable(char *s);

/* What follows the prefix; the whole text where it does not begin with it. Points into text. */
const char *text_after(const char *text, const char *prefix);

/* A message about the TPM, for a sentence that names the TPM already: without its "TPM: ". */
static inline const char *text_after_tpm(const char *text)
{
	return text_after(text, "TPM: ");
}

#endif
