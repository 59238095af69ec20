#include "base/text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void text_hex(const void *data, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;

	for (size_t i = 0; i < n; i++) {
		*ret++ = digits[p[i] >> 4];
		*ret++ = digits[p[i] & 15];
	}
	*ret = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -EINVAL;
}

int text_unhex(const char *s, size_t s_len, uint8_t *ret, size_t n)
{
	int high, low;

	if (s_len % 2 != 0 || s_len / 2 != n)
		return -EINVAL;
	for (size_t i = 0; i < s_len; i++)
		if (hex_value(s[i]) < 0)
			return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		high = hex_value(s[2 * i]);
		low = hex_value(s[2 * i + 1]);
		ret[i] = high << 4 | low;
	}
	return 0;
}

void text_add_base64(struct buffer *b, const void *data, size_t n)
{
	const uint8_t *p = data;
	char out[4];
	uint32_t v;

	for (size_t i = 0; i < n; i += 3) {
		v = (uint32_t)p[i] << 16;
		if (n - i > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (n - i > 2)
			v |= p[i + 2];
		out[0] = digits64[v >> 18];
		out[1] = digits64[v >> 12 & 63];
		out[2] = n - i > 1 ? digits64[v >> 6 & 63] : '=';
		out[3] = n - i > 2 ? digits64[v & 63] : '=';
		buffer_add(b, out, sizeof(out));
	}
}

static int value64(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	if (c == '/')
		return 63;
	return -EINVAL;
}

/* Four digits, of which the last pad ones are '='. */
static bool decode_quad(const char *s, size_t pad, uint8_t ret[static 3])
{
	uint32_t v = 0;
	int d;

	for (size_t i = 0; i < 4; i++) {
		d = i < 4 - pad ? value64(s[i]) : 0;
		if (d < 0 || (i >= 4 - pad && s[i] != '='))
			return false;
		v = v << 6 | (uint32_t)d;
	}
	if (v & ((1u << (8 * pad)) - 1))
		return false;
	ret[0] = v >> 16;
	ret[1] = v >> 8 & 0xff;
	ret[2] = v & 0xff;
	return true;
}

int text_unbase64(const char *s, size_t s_len, struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;
	uint8_t out[3];
	size_t pad;

	if (s_len % 4 != 0)
		return -EINVAL;
	for (size_t i = 0; i < s_len; i += 4) {
		pad = 0;
		if (i + 4 == s_len && s[i + 3] == '=')
			pad = s[i + 2] == '=' ? 2 : 1;
		if (!decode_quad(s + i, pad, out)) {
			buffer_free(&b);
			return -EINVAL;
		}
		buffer_add(&b, out, 3 - pad);
	}
	if (!buffer_ok(&b)) {
		buffer_free(&b);
		return -ENOMEM;
	}
	*ret = b;
	return 0;
}

int text_number(const char *s, size_t s_len, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (s_len == 0 || (s_len > 1 && s[0] == '0'))
		return -EINVAL;
	for (size_t i = 0; i < s_len; i++) {
		if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v))
			return -EINVAL;
	}
	if (v > max)
		return -EINVAL;
	*ret = v;
	return 0;
}

void text_add_printable(struct buffer *b, const void *data, size_t n, size_t max)
{
	const uint8_t *p = data;
	size_t end = n < max ? n : max, run;

	for (size_t i = 0; i < end; i += run) {
		for (run = 0; i + run < end && p[i + run] >= 0x20 && p[i + run] < 0x7f;)
			run++;
		if (run > 0)
			buffer_add(b, p + i, run);
		else
			buffer_addf(b, "\\x%02x", p[i + run++]);
	}
	if (n > max)
		buffer_add_str(b, "...");
}

/* Length of the UTF-8 character that s begins with; 0: it is none. */
static size_t take_character(const uint8_t *s, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80		   ? 1 :
		   (s[0] & 0xe0) == 0xc0 ? 2 :
		   (s[0] & 0xf0) == 0xe0 ? 3 :
		   (s[0] & 0xf8) == 0xf0 ? 4 :
					   0;
	uint32_t c = n > 1 ? s[0] & (0x7fu >> n) : s[0];

	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	*ret = c;
	return n == 0 || c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
}

static bool steers(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void text_make_printable(char *s)
{
	uint32_t c = 0;
	size_t n;

	while (*s) {
		n = take_character((const uint8_t *)s, &c);
		if (n == 0 || steers(c))
			memset(s, '?', n ? n : 1);
		s += n ? n : 1;
	}
}

/* of UTF-8; double width and combining marks are not known here */
static size_t columns(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += (s[i] & 0xc0) != 0x80;
	return count;
}

void text_add_wrapped(struct buffer *b, const char *text, size_t indent, size_t width)
{
	size_t at = 0, blanks, word;
	bool begun = false; /* the line has a word, so that it may end here */

	for (; *text; text += word) {
		if (*text == '\n') {
			buffer_add_u8(b, '\n');
			at = 0;
			begun = false;
			word = 1;
			continue;
		}
		blanks = strspn(text, " ");
		word = strcspn(text + blanks, " \n");
		if (begun && word > 0 && at + blanks + columns(text + blanks, word) > width) {
			buffer_addf(b, "\n%*s", (int)indent, "");
			at = indent;
			text += blanks;
		} else {
			word += blanks;
		}
		buffer_add(b, text, word);
		at += columns(text, word);
		begun = true;
	}
}

const char *text_after(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 ? text + n : text;
}
