#include "machine/system/digests.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/reader.h"
#include "base/text.h"

#define LIST_MAX_LEN (4u << 20)
#define HEX_LEN (2 * SHA256_LEN)

bool digests_only(const struct machine *m)
{
	return machine_is_tree(m) && machine_exists(m, DIGESTS_PATH);
}

void digests_add(struct buffer *list, const char *path, uint64_t size,
		 const uint8_t digest[static SHA256_LEN])
{
	char hex[HEX_LEN + 1];

	text_hex(digest, SHA256_LEN, hex);
	buffer_addf(list, "%s %" PRIu64 " %s\n", hex, size, path);
}

static bool take_size(struct reader *r, off_t *ret)
{
	uint64_t size = 0;
	size_t digits = 0;
	uint8_t c;

	while (reader_u8(r, &c) && c != ' ') {
		if (c < '0' || c > '9' || ++digits > 15)
			return false;
		size = size * 10 + (c - '0');
	}
	*ret = (off_t)size;
	return digits > 0;
}

static bool take_line(struct reader line, struct stat *st, uint8_t digest[static SHA256_LEN],
		      struct reader *path)
{
	struct reader hex, blank;

	*st = (struct stat){ .st_mode = S_IFREG | 0644 };
	if (!reader_take(&line, HEX_LEN, &hex) ||
	    text_unhex((const char *)hex.at, HEX_LEN, digest, SHA256_LEN) < 0 ||
	    !reader_take(&line, 1, &blank) || !reader_equals(&blank, " ") || !take_size(&line, &st->st_size))
		return false;
	*path = line;
	return path->left > 0 && path->at[0] == '/';
}

int digests_find(const struct machine *m, const char *path, struct error *err, struct stat *ret_st,
		 uint8_t ret_digest[static SHA256_LEN])
{
	struct buffer bytes = BUFFER_NONE;
	struct reader text, line, of;
	unsigned number = 0;
	int r;

	if (!machine_is_tree(m) || machine_read(m, DIGESTS_PATH, LIST_MAX_LEN, NULL, &bytes) < 0)
		return -ENOENT;
	text = reader_new(bytes.data, bytes.len);
	r = -ENOENT;
	while (r == -ENOENT && reader_line(&text, &line)) {
		number++;
		if (!take_line(line, ret_st, ret_digest, &of))
			r = error_set(err, -EBADMSG, "%s" DIGESTS_PATH ":%u: not a digest, a size and a path",
				      m->root, number);
		else if (reader_equals(&of, path))
			r = 0;
	}
	buffer_free(&bytes);
	return r;
}

int digests_check(const struct machine *m, struct error *err)
{
	uint8_t digest[SHA256_LEN];
	struct stat st;
	int r = digests_find(m, "", err, &st, digest);

	return r == -ENOENT ? 0 : r;
}
