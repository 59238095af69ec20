#include "measure/initrd/cpio.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEADER_LEN 110u /* "070701" and 13 numbers of eight digits */
#define FIELD_MODE 1
#define FIELD_NLINK 4
#define FIELD_SIZE 6
#define FIELD_NAME_LEN 11
#define TRAILER "TRAILER!!!"

enum part { BETWEEN, HEADER, NAME, DATA, PADDING };

struct cpio {
	const struct cpio_sink *sink;
	enum part part;
	uint64_t at;   /* bytes taken from the stream */
	size_t entries;
	uint8_t header[HEADER_LEN];
	size_t have;   /* bytes of header or name */
	char name[CPIO_NAME_MAX];
	size_t name_len, padding;
	uint64_t left; /* bytes of data still to come */
	struct cpio_entry entry;
	struct hash *hash;
	uint8_t kept[CPIO_KEEP_MAX + 1];
	size_t kept_len;
};

int cpio_new(const struct cpio_sink *sink, struct cpio **ret)
{
	struct cpio *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->sink = sink;
	*ret = c;
	return 0;
}

void cpio_free(struct cpio *c)
{
	if (!c)
		return;
	hash_free(c->hash);
	free(c);
}

static int malformed(const struct cpio *c, struct error *err, const char *what)
{
	return error_set(err, -EBADMSG, "cpio archive, byte %llu: %s", (unsigned long long)c->at, what);
}

/* Eight hexadecimal digits; the kernel takes both cases. */
static bool field(const struct cpio *c, size_t number, uint32_t *ret)
{
	const uint8_t *digit = c->header + 6 + 8 * number;
	uint32_t v = 0;

	for (size_t i = 0; i < 8; i++) {
		if (digit[i] >= '0' && digit[i] <= '9')
			v = v << 4 | (digit[i] - '0');
		else if ((digit[i] | 0x20) >= 'a' && (digit[i] | 0x20) <= 'f')
			v = v << 4 | ((digit[i] | 0x20) - 'a' + 10);
		else
			return false;
	}
	*ret = v;
	return true;
}

static size_t padding_after(uint64_t n)
{
	return -n & 3;
}

static int end_header(struct cpio *c, struct error *err)
{
	uint32_t mode, size, name_len, nlink;

	/* "070702" has checksums, of which a wrong one ends the unpacking only in newer kernels */
	if (memcmp(c->header, "070701", 6) != 0)
		return malformed(c, err, "not a header of the newc format");
	if (!field(c, FIELD_MODE, &mode) || !field(c, FIELD_SIZE, &size) ||
	    !field(c, FIELD_NAME_LEN, &name_len) || !field(c, FIELD_NLINK, &nlink))
		return malformed(c, err, "a number that is not hexadecimal");
	if (name_len < 2 || name_len > CPIO_NAME_MAX)
		return malformed(c, err, "a name that is empty or too long");
	/* do_header() in init/initramfs.c skips these silently */
	if (S_ISLNK(mode) ? size == 0 || size >= CPIO_NAME_MAX : !S_ISREG(mode) && size != 0)
		return malformed(c, err, S_ISLNK(mode) ? "a link whose target is empty or too long" :
				 "content without a file");
	if (++c->entries > CPIO_ENTRIES_MAX)
		return malformed(c, err, "too many files");
	/*
	 * GNU cpio stores the content of a file with several names only with the last; the kernel links them
	 */
	c->entry = (struct cpio_entry){ .mode = mode, .size = size };
	c->entry.linked = !S_ISDIR(mode) && !S_ISLNK(mode) && nlink > 1;
	c->name_len = name_len;
	c->have = 0;
	c->part = NAME;
	return 0;
}

/* Is one of its components "", "." or ".."? */
static bool has_detour(const char *name)
{
	size_t n;

	for (;; name += n + 1) {
		n = strcspn(name, "/");
		if (n == 0 || (n <= 2 && strncmp(name, "..", n) == 0))
			return true;
		if (name[n] == '\0')
			return false;
	}
}

/* The name without leading "./" or "/"; NULL when it is not in its shortest form or cannot be printed. */
static const char *clean_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return NULL;
	while (strncmp(name, "./", 2) == 0 || *name == '/')
		name += *name == '/' ? 1 : 2;
	if (*name == '\0' || strcmp(name, ".") == 0)
		return ".";
	return has_detour(name) ? NULL : name;
}

static int start_data(struct cpio *c, struct error *err)
{
	c->left = c->entry.size;
	c->kept_len = 0;
	c->part = DATA;
	if (!S_ISREG(c->entry.mode) || !c->sink->wants || !c->sink->wants(c->sink->context, c->entry.name))
		return 0;
	c->entry.hashed = true;
	return hash_new(HASH_SHA256, &c->hash);
}

static int end_name(struct cpio *c, struct error *err)
{
	if (c->name[c->name_len - 1] != '\0' || strlen(c->name) != c->name_len - 1)
		return malformed(c, err, "a name that does not end at its first NUL");
	c->padding = padding_after(HEADER_LEN + c->name_len);
	if (strcmp(c->name, TRAILER) == 0) {
		if (c->entry.size != 0)
			return malformed(c, err, "the end of the archive has content");
		c->part = PADDING;
		c->entry.name = NULL;
		if (c->sink->end)
			c->sink->end(c->sink->context);
		return 0;
	}
	c->entry.name = clean_name(c->name);
	if (!c->entry.name)
		return malformed(c, err, "a name that contains '..', '//' or '/./', or cannot be printed");
	return start_data(c, err);
}

static int end_data(struct cpio *c, struct error *err)
{
	int r = 0;

	if (c->hash) {
		r = hash_final(c->hash, c->entry.sha256);
		hash_free(c->hash);
		c->hash = NULL;
	}
	if (c->entry.size <= CPIO_KEEP_MAX) {
		c->kept[c->kept_len] = '\0';
		c->entry.data = c->kept;
	}
	if (r == 0)
		r = c->sink->entry(c->sink->context, &c->entry);
	c->padding = padding_after(c->entry.size);
	c->part = PADDING;
	return r;
}

static size_t smaller(uint64_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t take_data(struct cpio *c, const uint8_t *p, size_t n, int *ret_r)
{
	/* the padding after the name comes first */
	if (c->padding > 0) {
		n = smaller(c->padding, n);
		c->padding -= n;
		return n;
	}
	n = smaller(c->left, n);
	if (c->hash)
		*ret_r = hash_update(c->hash, p, n);
	if (c->entry.size <= CPIO_KEEP_MAX) {
		memcpy(c->kept + c->kept_len, p, n);
		c->kept_len += n;
	}
	c->left -= n;
	return n;
}

/* Consumes bytes of one part; 0 only between archives, when no archive starts here. */
static size_t take(struct cpio *c, const uint8_t *p, size_t n, struct error *err, int *ret_r)
{
	size_t used = n;

	switch (c->part) {
	case BETWEEN:
		if (*p == 0)
			return 1;
		if (*p != '0' || (c->at & 3) != 0)
			return 0;
		c->part = HEADER;
		c->have = 0;
		/* fall through */
	case HEADER:
		used = smaller(HEADER_LEN - c->have, n);
		memcpy(c->header + c->have, p, used);
		c->have += used;
		if (c->have == HEADER_LEN)
			*ret_r = end_header(c, err);
		return used;
	case NAME:
		used = smaller(c->name_len - c->have, n);
		memcpy(c->name + c->have, p, used);
		c->have += used;
		if (c->have == c->name_len)
			*ret_r = end_name(c, err);
		return used;
	case DATA:
		return take_data(c, p, n, ret_r);
	case PADDING:
		used = smaller(c->padding, n);
		c->padding -= used;
		return used;
	}
	return used;
}

/* Steps that need no further byte. */
static int settle(struct cpio *c, struct error *err)
{
	int r = 0;

	if (c->part == DATA && c->padding == 0 && c->left == 0)
		r = end_data(c, err);
	if (r == 0 && c->part == PADDING && c->padding == 0) {
		c->part = c->entry.name ? HEADER : BETWEEN;
		c->have = 0;
	}
	return r;
}

int cpio_push(struct cpio *c, const void *data, size_t n, struct error *err, size_t *ret_used)
{
	const uint8_t *p = data;
	size_t done = 0, used;
	int r = 0;

	while (done < n) {
		used = take(c, p + done, n - done, err, &r);
		if (r == 0 && used == 0)
			break;
		done += used;
		c->at += used;
		if (r == 0)
			r = settle(c, err);
		if (r < 0)
			return r;
	}
	*ret_used = done;
	return 0;
}

int cpio_end(struct cpio *c, struct error *err)
{
	return c->part == BETWEEN ? 0 : malformed(c, err, "the stream ends within the archive");
}
