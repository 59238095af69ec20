#include "measure/efi/secureboot_siglist.h"

#include <errno.h>
#include <string.h>

const uint8_t siglist_type_x509[EFI_GUID_LEN] = { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
						  0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72 };
const uint8_t siglist_type_sha256[EFI_GUID_LEN] = { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
						    0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 };
const uint8_t siglist_type_x509_sha256[EFI_GUID_LEN] = { 0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40,
							 0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed };

struct siglist siglist_begin(const struct reader *database)
{
	return (struct siglist){ .lists = *database };
}

/* SignatureType, SignatureListSize, SignatureHeaderSize, SignatureSize; then the header, then the entries. */
static int next_list(struct siglist *s)
{
	uint32_t list_len, header_len;
	struct reader head = s->lists, type, list;

	if (!reader_take(&head, EFI_GUID_LEN, &type) || !reader_le32(&head, &list_len) ||
	    !reader_le32(&head, &header_len) || !reader_le32(&head, &s->entry_len) ||
	    !reader_take(&s->lists, list_len, &list) ||
	    !reader_skip(&list, EFI_GUID_LEN + 3 * sizeof(uint32_t)) || !reader_skip(&list, header_len))
		return -EBADMSG;
	if (s->entry_len <= EFI_GUID_LEN || list.left % s->entry_len != 0)
		return -EBADMSG;
	s->type = type.at;
	s->entries = list;
	s->index = 0;
	return 0;
}

int siglist_next(struct siglist *s, struct siglist_entry *ret)
{
	struct reader signature;
	int r;

	while (s->entries.left == 0) {
		if (s->lists.left == 0)
			return 0;
		r = next_list(s);
		if (r < 0)
			return r;
	}
	if (!reader_take(&s->entries, s->entry_len, &signature))
		return -EBADMSG;
	*ret = (struct siglist_entry){ .type = s->type, .signature = signature, .data = signature };
	ret->index = s->index++;
	reader_skip(&ret->data, EFI_GUID_LEN);
	return 1;
}

bool siglist_valid(const struct reader *database)
{
	struct siglist s = siglist_begin(database);
	struct siglist_entry e;
	int more;

	while ((more = siglist_next(&s, &e)) == 1)
		;
	return more == 0;
}

bool siglist_is(const struct siglist_entry *e, const uint8_t type[static EFI_GUID_LEN])
{
	return memcmp(e->type, type, EFI_GUID_LEN) == 0;
}

/* 1: the database has an entry of that type with the same owner and data. */
static int has_entry(const struct reader *database, const struct siglist_entry *wanted)
{
	struct siglist s = siglist_begin(database);
	struct siglist_entry e;
	int r;

	while ((r = siglist_next(&s, &e)) == 1)
		if (siglist_is(&e, wanted->type) && e.signature.left == wanted->signature.left &&
		    memcmp(e.signature.at, wanted->signature.at, e.signature.left) == 0)
			return 1;
	return r;
}

/* Ends the list that is being made, if it has entries. */
static void end_list(struct buffer *list, const uint8_t *type, uint32_t entry_len, struct buffer *ret)
{
	if (list->len > 0) {
		buffer_add(ret, type, EFI_GUID_LEN);
		buffer_add_le32(ret, (uint32_t)(EFI_GUID_LEN + 12 + list->len));
		buffer_add_le32(ret, 0);
		buffer_add_le32(ret, entry_len);
		buffer_add(ret, list->data, list->len);
	}
	buffer_free(list);
	*list = BUFFER_NONE;
}

int siglist_append(const struct reader *database, const struct reader *added, struct buffer *ret)
{
	struct siglist s = siglist_begin(added);
	struct buffer list = BUFFER_NONE, all = BUFFER_NONE;
	struct siglist_entry e;
	const uint8_t *type = NULL;
	uint32_t len = 0;
	int r, known = 0;

	buffer_add(&all, database->at, database->left);
	while ((r = siglist_next(&s, &e)) == 1) {
		if (e.index == 0) {
			end_list(&list, type, len, &all);
			type = e.type;
			len = s.entry_len;
		}
		known = has_entry(database, &e);
		if (known < 0)
			break;
		if (known == 0)
			buffer_add(&list, e.signature.at, e.signature.left);
	}
	r = known < 0 ? known : r;
	end_list(&list, type, len, &all);
	if (r == 0 && !buffer_ok(&all))
		r = -ENOMEM;
	if (r < 0)
		buffer_free(&all);
	else
		*ret = all;
	return r;
}
