#include "image/gpt.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/reader.h"
#include "measure/log/efi_text.h"

#define HEADER_LEN 92
#define ENTRY_LEN  128u
#define GUID_LEN   16

/* As they lie on the disk. */
static const struct {
	enum gpt_kind kind;
	uint8_t guid[GUID_LEN];
} kinds[] = {
	{ GPT_ESP,
	  { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b } },
	{ GPT_BIOS_BOOT, { 'H', 'a', 'h', '!', 'I', 'd', 'o', 'n', 't', 'N', 'e', 'e', 'd', 'E', 'F', 'I' } },
	{ GPT_LVM,
	  { 0x79, 0xd3, 0xd6, 0xe6, 0x07, 0xf5, 0xc2, 0x44, 0xa2, 0x3c, 0x23, 0x8f, 0x2a, 0x3d, 0xf9,
	    0x28 } },
};

static uint32_t crc32(const uint8_t *data, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static int read_at(int fd, uint64_t at, void *ret, size_t n, struct error *err)
{
	ssize_t got = pread(fd, ret, n, (off_t)at);

	if (got < 0)
		return error_set(err, -errno, "cannot be read: %s", strerror(errno));
	return (size_t)got == n ? 0 : error_set(err, -ENODATA, "is too short for a disk");
}

struct table {
	uint64_t entries_at; /* bytes */
	uint32_t count, entries_crc;
};

static int read_header(const uint8_t *sector, struct error *err, struct table *ret)
{
	struct reader r = reader_new(sector, HEADER_LEN);
	uint8_t zeroed[HEADER_LEN];
	uint32_t revision, len, crc, entry_len;
	uint64_t lba;

	if (memcmp(sector, "EFI PART", 8) != 0)
		return error_set(err, -ENODATA, "has no GPT partition table");
	memcpy(zeroed, sector, sizeof(zeroed));
	memset(zeroed + 16, 0, 4);
	reader_skip(&r, 8);
	if (!reader_le32(&r, &revision) || !reader_le32(&r, &len) || !reader_le32(&r, &crc) ||
	    len != HEADER_LEN || crc != crc32(zeroed, sizeof(zeroed)))
		return error_set(err, -EBADMSG,
				 "its partition table is damaged: 'sgdisk --verify' and 'gdisk' know more");
	/* reserved, own place, the other's place, first and last usable sector, the disk's GUID */
	reader_skip(&r, 4 + 8 + 8 + 8 + 8 + GUID_LEN);
	if (!reader_le64(&r, &lba) || !reader_le32(&r, &ret->count) || !reader_le32(&r, &entry_len) ||
	    !reader_le32(&r, &ret->entries_crc) || lba > UINT32_MAX || entry_len != ENTRY_LEN ||
	    ret->count > GPT_ENTRIES_MAX)
		return error_set(err, -EBADMSG, "its partition table has another shape than expected");
	ret->entries_at = lba * GPT_SECTOR;
	return 0;
}

static enum gpt_kind kind_of(const uint8_t *guid)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (memcmp(guid, kinds[i].guid, GUID_LEN) == 0)
			return kinds[i].kind;
	return GPT_OTHER;
}

static int read_entry(const uint8_t *entry, unsigned number, struct error *err, struct gpt *ret)
{
	static const uint8_t unused[GUID_LEN];
	struct reader r = reader_new(entry, ENTRY_LEN);
	struct buffer uuid = BUFFER_NONE;
	struct gpt_partition *p;
	uint64_t first, last;

	if (memcmp(entry, unused, GUID_LEN) == 0)
		return 0;
	reader_skip(&r, GUID_LEN + GUID_LEN);
	if (!reader_le64(&r, &first) || !reader_le64(&r, &last) || first > last ||
	    last > INT64_MAX / GPT_SECTOR - 1)
		return error_set(err, -EBADMSG, "its partition %u has no extent", number);
	p = &ret->partition[ret->count++];
	*p = (struct gpt_partition){
		.number = number,
		.kind = kind_of(entry),
		.start = first * GPT_SECTOR,
		.size = (last - first + 1) * GPT_SECTOR,
	};
	efi_text_add_guid(&uuid, entry + GUID_LEN);
	snprintf(p->uuid, sizeof(p->uuid), "%s", buffer_str(&uuid));
	buffer_free(&uuid);
	return 0;
}

int gpt_read(int fd, struct error *err, struct gpt *ret)
{
	uint8_t sector[GPT_SECTOR], entries[GPT_ENTRIES_MAX * ENTRY_LEN];
	struct gpt gpt = { .count = 0 };
	struct table table = { .count = 0 };
	int r;

	r = read_at(fd, GPT_SECTOR, sector, sizeof(sector), err);
	if (r == 0)
		r = read_header(sector, err, &table);
	if (r == 0)
		r = read_at(fd, table.entries_at, entries, table.count * ENTRY_LEN, err);
	if (r == 0 && crc32(entries, table.count * ENTRY_LEN) != table.entries_crc)
		r = error_set(err, -EBADMSG, "the entries of its partition table are damaged");
	for (uint32_t i = 0; i < table.count && r == 0; i++)
		r = read_entry(entries + i * ENTRY_LEN, i + 1, err, &gpt);
	if (r == 0)
		*ret = gpt;
	return r;
}
