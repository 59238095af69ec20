#include "measure/grub/squashfs.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC 0x73717368u
#define COMPRESSOR_XZ 4
#define META_LEN 8192u /* bytes of one metadata block, unpacked */
#define META_PLAIN 0x8000u
#define DATA_PLAIN (1u << 24)
#define BLOCK_MIN_LEN 4096u
#define BLOCK_MAX_LEN (1u << 20)
#define MEMORY_MAX (32u << 20) /* for unpacking */
#define NO_FRAGMENT 0xffffffffu
#define FRAGMENTS_IN_BLOCK 512u
#define NAMES_MAX 1024u /* in the root directory */

/* the short forms, which mksquashfs takes where they suffice */
enum { INODE_DIR = 1, INODE_FILE = 2 };

struct squashfs {
	struct reader disk;
	uint32_t block_len, fragment_count;
	uint64_t root, inodes, dirs, fragments; /* root: a reference, see struct place */
	struct error *err;
};

/* Where something begins in a table: the metadata block from the table's start, and the byte in it. */
struct place {
	uint64_t block;
	uint32_t offset;
};

static int bad(const struct squashfs *s, const char *what)
{
	return error_set(s->err, -EBADMSG, "squashfs: %s", what);
}

static struct place place_of(uint64_t reference)
{
	return (struct place){ .block = reference >> 16, .offset = reference & 0xffff };
}

/* plain: it is not packed. Adds to ret, at most max bytes. */
static int unpack(const struct squashfs *s, const struct reader *packed, bool plain, size_t max,
		  struct buffer *ret)
{
	uint64_t memory = MEMORY_MAX;
	size_t in = 0, out = 0;
	uint8_t *bytes;
	lzma_ret e;

	if (plain && packed->left > max)
		return bad(s, "a block is too long");
	if (plain) {
		buffer_add(ret, packed->at, packed->left);
		return 0;
	}
	bytes = malloc(max);
	if (!bytes)
		return -ENOMEM;
	e = lzma_stream_buffer_decode(&memory, 0, NULL, packed->at, &in, packed->left, bytes, &out, max);
	if (e == LZMA_OK)
		buffer_add(ret, bytes, out);
	free(bytes);
	return e == LZMA_OK ? 0 : e == LZMA_MEM_ERROR ? -ENOMEM : bad(s, "a block cannot be unpacked");
}

/* n bytes of a table from that place on, over as many blocks as it takes. */
static int read_table(const struct squashfs *s, uint64_t table, struct place at, size_t n, struct buffer *ret)
{
	uint64_t pos = table + at.block;
	struct reader head, packed;
	uint16_t len;
	int r;

	while (ret->len < at.offset + n) {
		if (!reader_at(&s->disk, pos, 2, &head) || !reader_le16(&head, &len) ||
		    !reader_at(&s->disk, pos + 2, len & ~META_PLAIN, &packed) || packed.left == 0)
			return bad(s, "a table ends past the image");
		r = unpack(s, &packed, len & META_PLAIN, META_LEN, ret);
		if (r < 0)
			return r;
		pos += 2 + packed.left;
	}
	return buffer_ok(ret) ? 0 : -ENOMEM;
}

/* As read_table(), with a reader on what was asked for; b owns it. */
static int read_at(const struct squashfs *s, uint64_t table, struct place at, size_t n, struct buffer *b,
		   struct reader *ret)
{
	int r = read_table(s, table, at, n, b);

	if (r == 0)
		*ret = reader_new(b->data + at.offset, n);
	return r;
}

static int open_image(const struct reader *disk, struct error *err, struct squashfs *ret)
{
	struct squashfs s = { .disk = *disk, .err = err };
	struct reader r = *disk;
	uint32_t magic;
	uint16_t compressor, major, minor;

	if (!reader_le32(&r, &magic) || magic != MAGIC || !reader_skip(&r, 8) ||
	    !reader_le32(&r, &s.block_len) || !reader_le32(&r, &s.fragment_count) ||
	    !reader_le16(&r, &compressor) || !reader_skip(&r, 6) || !reader_le16(&r, &major) ||
	    !reader_le16(&r, &minor) || !reader_le64(&r, &s.root) || !reader_skip(&r, 24) ||
	    !reader_le64(&r, &s.inodes) || !reader_le64(&r, &s.dirs) || !reader_le64(&r, &s.fragments))
		return bad(&s, "its superblock is cut off");
	if (major != 4 || minor != 0 || compressor != COMPRESSOR_XZ)
		return error_set(err, -EOPNOTSUPP,
				 "squashfs: version %u.%u, compressor %u: only 4.0 with xz is read", major,
				 minor, compressor);
	if (s.block_len < BLOCK_MIN_LEN || s.block_len > BLOCK_MAX_LEN)
		return bad(&s, "its blocks have no possible size");
	*ret = s;
	return 0;
}

struct listing {
	struct place at;
	uint32_t len;
};

/* The root directory's inode. */
static int read_root(const struct squashfs *s, struct listing *ret)
{
	struct buffer b = BUFFER_NONE;
	struct reader r;
	uint16_t type, len, offset;
	uint32_t block;
	int e = read_at(s, s->inodes, place_of(s->root), 32, &b, &r);

	/* three bytes of the length stand for "." and ".." */
	if (e == 0 && (!reader_le16(&r, &type) || type != INODE_DIR || !reader_skip(&r, 14) ||
		       !reader_le32(&r, &block) || !reader_skip(&r, 4) || !reader_le16(&r, &len) ||
		       !reader_le16(&r, &offset) || len < 3))
		e = bad(s, "its root is not a small directory");
	if (e == 0)
		*ret = (struct listing){ .at = { block, offset }, .len = len - 3 };
	buffer_free(&b);
	return e;
}

/* Headers with up to 256 names each. */
static int find_name(const struct squashfs *s, struct reader list, const char *name, struct place *ret)
{
	uint32_t count, block;
	uint16_t offset, type, len;
	struct reader text;
	unsigned seen = 0;

	while (list.left > 0) {
		if (!reader_le32(&list, &count) || !reader_le32(&list, &block) || !reader_skip(&list, 4))
			return bad(s, "its root is cut off");
		for (uint64_t i = 0; i <= count; i++) {
			if (++seen > NAMES_MAX || !reader_le16(&list, &offset) || !reader_skip(&list, 2) ||
			    !reader_le16(&list, &type) || !reader_le16(&list, &len) ||
			    !reader_take(&list, (size_t)len + 1, &text))
				return bad(s, "its root is cut off");
			if (type == INODE_FILE && reader_equals(&text, name)) {
				*ret = (struct place){ block, offset };
				return 0;
			}
		}
	}
	return -ENOENT;
}

struct file {
	uint64_t start; /* of its blocks in the image */
	uint32_t fragment, fragment_offset, len;
	struct place sizes; /* of its blocks, a number for each */
};

static int read_inode(const struct squashfs *s, struct place at, struct file *ret)
{
	struct buffer b = BUFFER_NONE;
	struct file f = { .start = 0 };
	struct reader r;
	uint32_t start;
	uint16_t type;
	int e = read_at(s, s->inodes, at, 32, &b, &r);

	if (e == 0 && (!reader_le16(&r, &type) || type != INODE_FILE || !reader_skip(&r, 14) ||
		       !reader_le32(&r, &start) || !reader_le32(&r, &f.fragment) ||
		       !reader_le32(&r, &f.fragment_offset) || !reader_le32(&r, &f.len)))
		e = bad(s, "not a plain small file");
	buffer_free(&b);
	if (e == 0) {
		f.start = start;
		f.sizes = (struct place){ at.block, at.offset + 32 };
		*ret = f;
	}
	return e;
}

static int add_block(const struct squashfs *s, uint64_t at, uint32_t size, struct buffer *ret)
{
	struct reader packed;

	if (!reader_at(&s->disk, at, size & ~DATA_PLAIN, &packed))
		return bad(s, "a block ends past the image");
	return unpack(s, &packed, size & DATA_PLAIN, s->block_len, ret);
}

static int add_blocks(const struct squashfs *s, const struct file *f, size_t n, struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;
	uint64_t at = f->start;
	struct reader sizes;
	uint32_t size;
	int r = n > 0 ? read_at(s, s->inodes, f->sizes, 4 * n, &b, &sizes) : 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		reader_le32(&sizes, &size);
		/* 0: a hole, which no script has */
		r = size > 0 ? add_block(s, at, size, ret) : bad(s, "a file has a hole");
		at += size & ~DATA_PLAIN;
	}
	buffer_free(&b);
	return r;
}

/* The end of the file, which shares a block with others. */
static int add_fragment(const struct squashfs *s, const struct file *f, size_t n, struct buffer *ret)
{
	struct buffer b = BUFFER_NONE, block = BUFFER_NONE;
	struct place entry = { .offset = f->fragment % FRAGMENTS_IN_BLOCK * 16 };
	struct reader table, r;
	uint64_t at, start;
	uint32_t size;
	int e;

	if (f->fragment >= s->fragment_count ||
	    !reader_at(&s->disk, s->fragments + f->fragment / FRAGMENTS_IN_BLOCK * 8, 8, &table) ||
	    !reader_le64(&table, &at))
		return bad(s, "no such fragment");
	e = read_at(s, at, entry, 16, &b, &r);
	if (e == 0 && (!reader_le64(&r, &start) || !reader_le32(&r, &size)))
		e = bad(s, "no such fragment");
	if (e == 0)
		e = add_block(s, start, size, &block);
	if (e == 0 && (f->fragment_offset > block.len || n > block.len - f->fragment_offset))
		e = bad(s, "a file ends past its fragment");
	if (e == 0)
		buffer_add(ret, block.data + f->fragment_offset, n);
	buffer_free(&b);
	buffer_free(&block);
	return e;
}

static int read_content(const struct squashfs *s, const struct file *f, size_t max, struct buffer *ret)
{
	bool ends_in_fragment = f->fragment != NO_FRAGMENT;
	size_t whole = f->len / s->block_len, rest = f->len % s->block_len;
	int r;

	if (f->len > max)
		return error_set(s->err, -EFBIG, "squashfs: a file is longer than %zu bytes", max);
	r = add_blocks(s, f, whole + (rest > 0 && !ends_in_fragment), ret);
	if (r == 0 && rest > 0 && ends_in_fragment)
		r = add_fragment(s, f, rest, ret);
	if (r == 0 && buffer_ok(ret) && ret->len != f->len)
		r = bad(s, "a file has another length than it says");
	return r == 0 && !buffer_ok(ret) ? -ENOMEM : r;
}

bool squashfs_is(const struct reader *disk)
{
	struct reader r = *disk;
	uint32_t magic;

	return reader_le32(&r, &magic) && magic == MAGIC;
}

int squashfs_read_file(const struct reader *disk, const char *name, size_t max, struct error *err,
		       struct buffer *ret)
{
	struct buffer names = BUFFER_NONE, content = BUFFER_NONE;
	struct listing root;
	struct squashfs s;
	struct reader list;
	struct place at = { .block = 0 };
	struct file f;
	int r;

	r = open_image(disk, err, &s);
	if (r == 0)
		r = read_root(&s, &root);
	if (r == 0)
		r = read_at(&s, s.dirs, root.at, root.len, &names, &list);
	if (r == 0)
		r = find_name(&s, list, name, &at);
	if (r == 0)
		r = read_inode(&s, at, &f);
	if (r == 0)
		r = read_content(&s, &f, max, &content);
	buffer_free(&names);
	if (r == 0)
		*ret = content;
	else
		buffer_free(&content);
	return r;
}
