#include "base/reader.h"

#include <string.h>

bool reader_take(struct reader *r, size_t n, struct reader *ret_part)
{
	if (n > r->left)
		return false;
	*ret_part = (struct reader){ .at = r->at, .left = n };
	r->at += n;
	r->left -= n;
	return true;
}

bool reader_take_array(struct reader *r, uint64_t count, size_t unit, struct reader *ret_part)
{
	size_t n;

	return !__builtin_mul_overflow(count, unit, &n) && reader_take(r, n, ret_part);
}

bool reader_skip(struct reader *r, size_t n)
{
	struct reader skipped;

	return reader_take(r, n, &skipped);
}

bool reader_bytes(struct reader *r, void *ret, size_t n)
{
	struct reader part;

	if (!reader_take(r, n, &part))
		return false;
	if (n > 0)
		memcpy(ret, part.at, n);
	return true;
}

static bool take_le(struct reader *r, size_t n, uint64_t *ret)
{
	struct reader part;
	uint64_t v = 0;

	if (!reader_take(r, n, &part))
		return false;
	while (n-- > 0)
		v = v << 8 | part.at[n];
	*ret = v;
	return true;
}

static bool take_be(struct reader *r, size_t n, uint32_t *ret)
{
	struct reader part;
	uint32_t v = 0;

	if (!reader_take(r, n, &part))
		return false;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | part.at[i];
	*ret = v;
	return true;
}

bool reader_u8(struct reader *r, uint8_t *ret)
{
	return reader_bytes(r, ret, 1);
}

bool reader_le16(struct reader *r, uint16_t *ret)
{
	uint64_t v;

	if (!take_le(r, sizeof(*ret), &v))
		return false;
	*ret = v;
	return true;
}

bool reader_le32(struct reader *r, uint32_t *ret)
{
	uint64_t v;

	if (!take_le(r, sizeof(*ret), &v))
		return false;
	*ret = v;
	return true;
}

bool reader_le64(struct reader *r, uint64_t *ret)
{
	return take_le(r, sizeof(*ret), ret);
}

bool reader_be16(struct reader *r, uint16_t *ret)
{
	uint32_t v;

	if (!take_be(r, sizeof(*ret), &v))
		return false;
	*ret = v;
	return true;
}

bool reader_be32(struct reader *r, uint32_t *ret)
{
	return take_be(r, sizeof(*ret), ret);
}

bool reader_at(const struct reader *whole, uint64_t offset, uint64_t n, struct reader *ret_part)
{
	if (offset > whole->left || n > whole->left - offset)
		return false;
	*ret_part = (struct reader){ .at = whole->at + offset, .left = n };
	return true;
}

bool reader_line(struct reader *r, struct reader *ret_line)
{
	const uint8_t *end;

	if (r->left == 0)
		return false;
	end = memchr(r->at, '\n', r->left);
	if (!end)
		return reader_take(r, r->left, ret_line);
	return reader_take(r, end - r->at, ret_line) && reader_skip(r, 1);
}

bool reader_equals(const struct reader *r, const char *s)
{
	return strlen(s) == r->left && (r->left == 0 || memcmp(r->at, s, r->left) == 0);
}
