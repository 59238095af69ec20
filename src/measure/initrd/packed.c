#include "measure/initrd/packed.h"

#include <errno.h>
#include <string.h>

#define XZ_EDGE_LEN 12u /* bytes of header and footer */
#define XZ_BLOCKS_MAX 65536u
#define XZ_LZMA2 0x21
#define XZ_X86 0x04
#define XZ_DICT_MAX 28 /* 64 MiB, xz -9 */
#define LZ4_BLOCK_MAX ((8u << 20) + (8u << 20) / 255 + 16) /* lz4's legacy format: blocks of 8 MiB */

static const struct {
	enum packing format;
	const char *magic;
	size_t len;
} formats[] = {
	{ PACKED_GZIP, "\x1f\x8b\x08", 3 },
	{ PACKED_ZSTD, "\x28\xb5\x2f\xfd", 4 },
	{ PACKED_XZ, "\xfd\x37zXZ\0", 6 },
	{ PACKED_LZ4, "\x02\x21\x4c\x18", 4 },
	{ PACKED_LZMA, "\x5d\0\0", 3 },
};

int packed_format(const struct reader *packed, struct error *err, enum packing *ret)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (packed->left >= formats[i].len &&
		    memcmp(packed->at, formats[i].magic, formats[i].len) == 0) {
			*ret = formats[i].format;
			return 0;
		}
	return error_set(err, -EBADMSG,
			 "neither a cpio archive nor compressed by gzip, zstd, xz, lz4 or lzma");
}

static int refuse(struct error *err, const char *why)
{
	return error_set(err, -EBADMSG,
			 "the kernel and programs may read its compressed part differently: %s", why);
}

/* RFC 1952. lib/decompress_inflate.c skips ten bytes and a name, whatever else the flags say. */
static int check_gzip(const struct reader *packed, struct error *err)
{
	if (packed->left < 18)
		return refuse(err, "too short");
	return packed->at[3] & ~0x08 ? refuse(err, "extra fields in the gzip header") : 0;
}

/* RFC 8878, 3.1.1.1: from the magic number to the first block */
static bool skip_zstd_header(struct reader *r, bool *ret_checksum)
{
	static const uint8_t size_len[] = { 0, 2, 4, 8 }, dict_len[] = { 0, 1, 2, 4 };
	uint8_t flags;
	bool single;

	if (!reader_skip(r, 4) || !reader_u8(r, &flags))
		return false;
	single = flags & 0x20;
	*ret_checksum = flags & 0x04;
	return reader_skip(r, !single + dict_len[flags & 3] + (flags >> 6 ? size_len[flags >> 6] : single));
}

/* 3.1.1.2: three bytes before each block: last block, type, size */
static int check_zstd(const struct reader *packed, struct error *err)
{
	struct reader r = *packed;
	uint8_t b[3];
	uint32_t size;
	bool checksum;

	if (!skip_zstd_header(&r, &checksum))
		return refuse(err, "too short");
	do {
		if (!reader_bytes(&r, b, sizeof(b)))
			return refuse(err, "too short");
		size = (b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16) >> 3;
		if (!reader_skip(&r, (b[0] >> 1 & 3) == 1 ? 1 : size))
			return refuse(err, "too short");
	} while (!(b[0] & 1));
	if (checksum && !reader_skip(&r, 4))
		return refuse(err, "too short");
	return r.left > 0 ? refuse(err, "something follows the first zstd frame") : 0;
}

/* lib/decompress_unlz4.c: the magic number, then blocks, each after its size */
static int check_lz4(const struct reader *packed, struct error *err)
{
	struct reader r = *packed;
	uint32_t size;

	if (!reader_skip(&r, 4) || r.left == 0)
		return refuse(err, "too short");
	while (r.left > 0)
		if (!reader_le32(&r, &size) || size == 0 || size > LZ4_BLOCK_MAX || !reader_skip(&r, size))
			return refuse(err, "something follows the first lz4 stream");
	return 0;
}

/* The .xz file format, 1.2: seven bits per byte, lowest first */
static bool take_vli(struct reader *r, uint64_t *ret)
{
	uint64_t v = 0;
	uint8_t b;

	for (unsigned shift = 0; shift < 63; shift += 7) {
		if (!reader_u8(r, &b))
			return false;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80)) {
			*ret = v;
			return true;
		}
	}
	return false;
}

/* 3.1: the kernel has LZMA2, and the filter for x86 before it */
static bool is_plain_block(struct reader block)
{
	uint64_t id, props, skipped;
	uint8_t size, flags, dict;

	if (!reader_u8(&block, &size) || size == 0 || !reader_u8(&block, &flags) || flags & 0x3c)
		return false;
	if ((flags & 0x40 && !take_vli(&block, &skipped)) || (flags & 0x80 && !take_vli(&block, &skipped)))
		return false;
	if (!take_vli(&block, &id) || !take_vli(&block, &props))
		return false;
	if ((flags & 3) == 1 &&
	    (id != XZ_X86 || props != 0 || !take_vli(&block, &id) || !take_vli(&block, &props)))
		return false;
	return (flags & 3) <= 1 && id == XZ_LZMA2 && props == 1 && reader_u8(&block, &dict) &&
	       dict <= XZ_DICT_MAX;
}

/* Exactly the header, blocks, index and footer of one stream (2.1). */
static int check_xz(const struct reader *packed, struct error *err)
{
	struct reader r = *packed, index, footer, block;
	uint64_t count, unpadded, size;
	uint32_t index_words;
	uint8_t b;

	if (packed->left < 2 * XZ_EDGE_LEN || packed->left % 4 != 0)
		return refuse(err, "not one xz stream");
	footer = (struct reader){ .at = packed->at + packed->left - XZ_EDGE_LEN, .left = XZ_EDGE_LEN };
	if (packed->at[6] != 0 || packed->at[7] > 1 || memcmp(packed->at + 6, footer.at + 8, 2) != 0 ||
	    memcmp(footer.at + 10, "YZ", 2) != 0)
		return refuse(err, "not one xz stream with --check=crc32 or none");
	if (!reader_skip(&footer, 4) || !reader_le32(&footer, &index_words) ||
	    !reader_skip(&r, XZ_EDGE_LEN) || index_words >= (r.left - XZ_EDGE_LEN) / 4)
		return refuse(err, "not one xz stream");
	size = ((uint64_t)index_words + 1) * 4;
	index = (struct reader){ .at = packed->at + packed->left - XZ_EDGE_LEN - size, .left = size };
	if (!reader_u8(&index, &b) || b != 0 || !take_vli(&index, &count) || count > XZ_BLOCKS_MAX)
		return refuse(err, "the index is not that of one xz stream");
	while (count-- > 0) {
		block = r;
		if (!take_vli(&index, &unpadded) || !take_vli(&index, &size) || unpadded > r.left ||
		    !reader_skip(&r, (unpadded + 3) & ~3ull))
			return refuse(err, "the index is not that of one xz stream");
		if (!is_plain_block(block))
			return refuse(err, "an xz filter, or a dictionary of more than 64 MiB");
	}
	if (r.left != ((uint64_t)index_words + 1) * 4 + XZ_EDGE_LEN)
		return refuse(err, "more than one xz stream");
	return 0;
}

int packed_check(const struct reader *packed, enum packing format, struct error *err)
{
	switch (format) {
	case PACKED_GZIP:
		return check_gzip(packed, err);
	case PACKED_XZ:
		return check_xz(packed, err);
	case PACKED_ZSTD:
		return check_zstd(packed, err);
	case PACKED_LZ4:
		return check_lz4(packed, err);
	case PACKED_LZMA: /* always one stream, and xz accepts no bytes after it */
		break;
	}
	return 0;
}

/* The last four bytes are the length of the last stream: of several, it is less than the whole. */
int packed_check_end(const struct reader *packed, enum packing format, uint64_t unpacked, struct error *err)
{
	struct reader end;
	uint32_t size;

	if (format != PACKED_GZIP)
		return 0;
	end = (struct reader){ .at = packed->at + packed->left - 4, .left = 4 };
	if (!reader_le32(&end, &size) || size != (uint32_t)unpacked)
		return refuse(err, "more than one gzip stream, or something follows it");
	return 0;
}
