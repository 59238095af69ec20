#include "measure/grub/elf.h"

#include <string.h>

#define MAX_MODULE_SECTIONS 4096u

bool grub_elf_section(struct reader whole, const char *name, struct reader *ret_section)
{
	struct reader header = whole, strings, table, text, entry;
	uint64_t offset, at, size;
	uint16_t entry_len, count, names;
	uint32_t name_at;
	unsigned i;

	if (!reader_skip(&header, 40) || !reader_le64(&header, &offset) || !reader_skip(&header, 10) ||
	    !reader_le16(&header, &entry_len) || !reader_le16(&header, &count) ||
	    !reader_le16(&header, &names) || entry_len < 40 || names >= count ||
	    count > MAX_MODULE_SECTIONS || !reader_at(&whole, offset, (uint64_t)entry_len * count, &table))
		return false;
	if (!reader_at(&table, (uint64_t)entry_len * names + 24, 16, &entry) || !reader_le64(&entry, &at) ||
	    !reader_le64(&entry, &size) || !reader_at(&whole, at, size, &strings))
		return false;
	for (i = 0; i < count; i++) {
		if (!reader_at(&table, (uint64_t)entry_len * i, 40, &entry) ||
		    !reader_le32(&entry, &name_at) || !reader_skip(&entry, 20) || !reader_le64(&entry, &at) ||
		    !reader_le64(&entry, &size))
			return false;
		if (reader_at(&strings, name_at, strlen(name) + 1, &text) &&
		    !memcmp(text.at, name, strlen(name) + 1))
			return reader_at(&whole, at, size, ret_section);
	}
	return false;
}
