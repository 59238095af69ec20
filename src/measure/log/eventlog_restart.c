#include "measure/log/eventlog_restart.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "measure/log/tcg.h"

#define HEADER_LEN 32 /* of TCG_PCR_EVENT, up to its data */

/* Device path nodes: UEFI 2.10, 10.3.5.1 and 10.3.5.4. */
#define NODE_DRIVE 0x0104 /* type 4, subtype 1, as a little-endian word */
#define NODE_FILE  0x0404
#define NODE_END   0xff7f
#define DRIVE_LEN  42

static void add_le16(struct buffer *b, unsigned v)
{
	buffer_add_u8(b, v & 0xff);
	buffer_add_u8(b, v >> 8 & 0xff);
}

static void add_le64(struct buffer *b, uint64_t v)
{
	buffer_add_le32(b, (uint32_t)v);
	buffer_add_le32(b, (uint32_t)(v >> 32));
}

/* The text of a GUID as in memory: its first three numbers little-endian. */
static int add_guid(const char *text, struct buffer *b)
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	char digits[33];
	uint8_t bytes[16];
	size_t n = 0;

	for (; *text && n < sizeof(digits) - 1; text++)
		if (*text != '-')
			digits[n++] = *text;
	if (*text || text_unhex(digits, n, bytes, sizeof(bytes)) < 0)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(order); i++)
		buffer_add_u8(b, bytes[order[i]]);
	return 0;
}

static int add_drive(const struct eventlog_start *s, struct buffer *path)
{
	int r;

	add_le16(path, NODE_DRIVE);
	add_le16(path, DRIVE_LEN);
	buffer_add_le32(path, s->partition);
	add_le64(path, 0); /* start and size, which no model asks for */
	add_le64(path, 0);
	r = add_guid(s->part_uuid, path);
	buffer_add_u8(path, 2); /* GPT */
	buffer_add_u8(path, 2); /* the signature is a GUID */
	return r;
}

static void add_file(const char *file, struct buffer *path)
{
	add_le16(path, NODE_FILE);
	add_le16(path, 4 + 2 * (unsigned)(strlen(file) + 1));
	for (; *file; file++)
		add_le16(path, *file == '/' ? '\\' : (unsigned char)*file);
	add_le16(path, 0);
}

/* UEFI_IMAGE_LOAD_EVENT, Firmware Profile 10.2.3. shim names no drive. */
static int make_image(const struct eventlog_start *s, const char *file, bool drive, struct buffer *ret)
{
	struct buffer path = BUFFER_NONE;
	int r = drive ? add_drive(s, &path) : 0;

	add_file(file, &path);
	add_le16(&path, NODE_END);
	add_le16(&path, 4);
	for (unsigned i = 0; i < 3; i++)
		add_le64(ret, 0); /* place in memory, length, link address */
	add_le64(ret, path.len);
	buffer_add(ret, path.data, path.len);
	if (r == 0 && !(buffer_ok(&path) && buffer_ok(ret)))
		r = -ENOMEM;
	buffer_free(&path);
	return r;
}

static void add_record(const struct eventlog *l, const struct eventlog_record *e, const struct reader *data,
		       struct buffer *b)
{
	uint32_t count = 0;

	for (size_t i = 0; i < l->n_banks; i++)
		count += e->digest[i] != NULL;
	buffer_add_le32(b, e->pcr);
	buffer_add_le32(b, e->type);
	buffer_add_le32(b, count);
	for (size_t i = 0; i < l->n_banks; i++) {
		if (!e->digest[i])
			continue;
		add_le16(b, l->bank[i].alg);
		buffer_add(b, e->digest[i], l->bank[i].hash_len);
	}
	buffer_add_le32(b, data->left);
	buffer_add(b, data->at, data->left);
}

static int add_image(const struct eventlog *l, const struct eventlog_record *e,
		     const struct eventlog_start *s, const char *file, struct buffer *ret)
{
	struct buffer data = BUFFER_NONE;
	struct reader as_read;
	int r = make_image(s, file, file == s->first, &data);

	if (r == 0) {
		as_read = reader_new(data.data, data.len);
		add_record(l, e, &as_read, ret);
	}
	buffer_free(&data);
	return r;
}

/* Of files and command lines, which are another disk's. */
static bool is_of_loader(const struct eventlog_record *e)
{
	return e->type != EV_NO_ACTION && (e->pcr == 4 || e->pcr == 8 || e->pcr == 9 ||
					   (e->pcr >= 11 && e->pcr <= 13));
}

int eventlog_restart(const struct reader *log, const struct eventlog *l, size_t image,
		     const struct eventlog_start *s, struct error *err, struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;
	size_t at = l->extended[image];
	int r = 0;

	if (!l->agile)
		return error_set(err, -EOPNOTSUPP, "event log: it is in the old format, without SHA-256");
	buffer_add(&b, log->at, HEADER_LEN + l->record[0].data.left);
	for (size_t i = 1; i < l->n_records && r == 0; i++) {
		if (i == at)
			r = add_image(l, &l->record[i], s, s->first, &b);
		else if (i < at || !is_of_loader(&l->record[i]))
			add_record(l, &l->record[i], &l->record[i].data, &b);
	}
	if (r == 0 && s->next)
		r = add_image(l, &l->record[at], s, s->next, &b);
	if (r == 0 && !buffer_ok(&b))
		r = -ENOMEM;
	if (r < 0) {
		buffer_free(&b);
		return error_set(err, r, "event log: %s",
				 r == -EINVAL ? "no GUID of a partition" : strerror(-r));
	}
	*ret = b;
	return 0;
}
