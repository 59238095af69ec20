#include "measure/log/eventlog_path.h"

#include "measure/log/efi_text.h"

/* UEFI 10.3: type, subtype, u16 length of the node with these four bytes. */
#define MEDIA 0x04
#define MEDIA_HARD_DRIVE 0x01
#define MEDIA_FILE 0x04
#define MEDIA_FIRMWARE_FILE 0x06
#define MESSAGING 0x03
#define MESSAGING_MAC 0x0b
#define MESSAGING_URI 0x18
#define END 0x7f

static void add_partition(struct buffer *b, struct reader node)
{
	uint8_t guid[16];
	uint32_t number;

	/* 10.3.5.1: number, first block, blocks, signature, format, kind of signature */
	if (!reader_le32(&node, &number) || !reader_skip(&node, 16) ||
	    !reader_bytes(&node, guid, sizeof(guid)))
		return;
	buffer_addf(b, "partition %u (", number);
	efi_text_add_guid(b, guid);
	buffer_add_str(b, ") ");
}

static void add_node(struct buffer *b, uint8_t type, uint8_t subtype, struct reader node)
{
	uint8_t guid[16];

	if (type == MEDIA && subtype == MEDIA_HARD_DRIVE)
		add_partition(b, node);
	else if (type == MEDIA && subtype == MEDIA_FILE)
		efi_text_add_utf16(b, node);
	else if (type == MEDIA && subtype == MEDIA_FIRMWARE_FILE && reader_bytes(&node, guid, sizeof(guid))) {
		buffer_add_str(b, "firmware file ");
		efi_text_add_guid(b, guid);
	} else if (type == MESSAGING && subtype == MESSAGING_MAC)
		buffer_add_str(b, "network ");
	else if (type == MESSAGING && subtype == MESSAGING_URI)
		buffer_add_str(b, "URI ");
}

void eventlog_add_path(struct buffer *b, struct reader path)
{
	uint8_t type, subtype;
	size_t start = b->len;
	struct reader node;
	uint16_t len;

	while (reader_u8(&path, &type) && reader_u8(&path, &subtype) && reader_le16(&path, &len) &&
	       len >= 4 && reader_take(&path, len - 4, &node)) {
		if (type == END)
			break;
		add_node(b, type, subtype, node);
	}
	if (b->len == start)
		buffer_add_str(b, "image from a device");
}
