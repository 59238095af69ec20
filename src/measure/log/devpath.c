#include "measure/log/devpath.h"

#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "measure/log/efi_text.h"

#define MEDIA 0x04
#define MEDIA_HARD_DRIVE 0x01
#define MEDIA_FILE 0x04
#define MEDIA_FIRMWARE_FILE 0x06
#define END 0x7f
#define SIGNATURE_GUID 0x02

static bool take_partition(struct reader node, struct devpath *p)
{
	struct buffer text = BUFFER_NONE;
	uint8_t guid[16], format, kind;

	if (!reader_le32(&node, &p->partition) || !reader_skip(&node, 16) ||
	    !reader_bytes(&node, guid, sizeof(guid)) || !reader_u8(&node, &format) ||
	    !reader_u8(&node, &kind))
		return false;
	p->has_partition = true;
	if (kind != SIGNATURE_GUID)
		return true;
	efi_text_add_guid(&text, guid);
	if (text.len < sizeof(p->part_uuid))
		memcpy(p->part_uuid, buffer_str(&text), text.len + 1);
	buffer_free(&text);
	return true;
}

/* Several nodes of one path may hold parts of a name: 10.3.5.4 joins them with backslashes. */
static int take_file(struct reader node, struct devpath *p)
{
	size_t n = strlen(p->file);
	uint16_t unit;

	if (n > 0 && p->file[n - 1] != '/' && n + 1 < sizeof(p->file))
		p->file[n++] = '/';
	while (reader_le16(&node, &unit) && unit != 0) {
		if (unit < 0x20 || unit >= 0x7f || n + 1 >= sizeof(p->file))
			return -EOPNOTSUPP;
		if (unit == '\\')
			unit = '/';
		if (unit != '/' || n == 0 || p->file[n - 1] != '/')
			p->file[n++] = unit;
	}
	p->file[n] = '\0';
	return 0;
}

static int take_nodes(struct reader path, struct devpath *p)
{
	uint8_t type, subtype;
	struct reader node;
	uint16_t len;
	int r = 0;

	while (r == 0 && path.left > 0) {
		if (!reader_u8(&path, &type) || !reader_u8(&path, &subtype) || !reader_le16(&path, &len) ||
		    len < 4 || !reader_take(&path, len - 4, &node))
			return -EBADMSG;
		if (type == END)
			break;
		if (type == MEDIA && subtype == MEDIA_HARD_DRIVE && !take_partition(node, p))
			return -EBADMSG;
		p->in_firmware |= type == MEDIA && subtype == MEDIA_FIRMWARE_FILE;
		if (type == MEDIA && subtype == MEDIA_FILE)
			r = take_file(node, p);
	}
	return r;
}

int devpath_parse(const struct reader *nodes, struct devpath *ret)
{
	struct devpath p = { .partition = 0 };
	int r = take_nodes(*nodes, &p);

	if (r == 0)
		*ret = p;
	return r;
}

int devpath_of_image(const struct reader *event_data, struct devpath *ret)
{
	struct reader rest = *event_data, path;
	uint64_t path_len;

	if (!reader_skip(&rest, 24) || !reader_le64(&rest, &path_len) ||
	    !reader_take_array(&rest, path_len, 1, &path))
		return -EBADMSG;
	return devpath_parse(&path, ret);
}
