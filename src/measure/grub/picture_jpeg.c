/*
 * JPEG as GRUB reads it (video/readers/jpeg.c): baseline only, one scan. Follows the coded data to its end,
 * because a damaged picture is an error only where it breaks; the pixels themselves do not matter.
 */
#include <stdbool.h>

#include "measure/grub/picture_file.h"

#define UNIT 64u /* coefficients */

enum {
	SOF0 = 0xc0, DHT = 0xc4, RST0 = 0xd0, RST7 = 0xd7, SOI = 0xd8, EOI = 0xd9, SOS = 0xda, DQT = 0xdb,
	DRI = 0xdd,
};

struct codes {
	const uint8_t *value; /* in the file; NULL: there is no such table */
	int end[16];          /* first code of each length that does not exist */
	int index[16];        /* into value, of code `end` */
};

struct jpeg {
	struct picture_file *f;
	unsigned width, height;
	unsigned log_h, log_v; /* sampling of the first component */
	struct codes codes[4]; /* two for DC, then two for AC */
	unsigned dc[3], ac[3]; /* indices into them, by component */
	unsigned components;
	bool scan;
	int restart;    /* units between two markers */
	unsigned row;   /* of units; goes on after a marker */
	unsigned mask;
	uint8_t byte;
};

static void bad(struct jpeg *j)
{
	picture_fail(j->f, GRUB_ERR_BAD_FILE_TYPE);
}

static bool failed(const struct jpeg *j)
{
	return j->f->error != 0;
}

static unsigned take_u16(struct jpeg *j)
{
	uint8_t b[2];

	if (picture_bytes(j->f, b, sizeof(b)) == sizeof(b))
		return (unsigned)b[0] << 8 | b[1];
	bad(j);
	return 0;
}

/* Where a segment ends that begins with its own length. */
static uint32_t take_end(struct jpeg *j)
{
	uint32_t at = (uint32_t)j->f->at;

	return at + take_u16(j);
}

static void expect_end(struct jpeg *j, uint32_t end)
{
	if (j->f->at != end)
		bad(j);
}

static void take_codes(struct jpeg *j)
{
	uint32_t end = take_end(j);
	struct codes *c;
	uint8_t id, count[16];
	size_t n;
	int codes, index;

	while (j->f->at + sizeof(count) + 1 <= end) {
		id = picture_u8(j->f);
		if (failed(j) || (id & 0xf) > 1) {
			bad(j);
			return;
		}
		c = &j->codes[(id & 0xf) + (id >> 4 & 1) * 2];
		/* what ends here is an error at the next marker */
		if (picture_bytes(j->f, count, sizeof(count)) != sizeof(count))
			return;
		if (c->value) {
			bad(j);
			return;
		}
		c->value = j->f->bytes + j->f->at;
		n = 0;
		codes = 0;
		index = 0;
		for (unsigned i = 0; i < sizeof(count); i++) {
			n += count[i];
			codes += count[i];
			index += count[i];
			c->end[i] = codes;
			c->index[i] = index;
			codes <<= 1;
		}
		if (j->f->len - j->f->at < n) {
			j->f->at = j->f->len;
			return;
		}
		j->f->at += n;
	}
	expect_end(j, end);
}

static void skip_quantization(struct jpeg *j)
{
	uint32_t end = take_end(j);

	if (end > j->f->len)
		bad(j);
	while (!failed(j) && j->f->at + UNIT + 1 <= end) {
		if (picture_u8(j->f) > 1)
			bad(j);
		j->f->at += UNIT;
	}
	if (!failed(j))
		expect_end(j, end);
}

static void take_component(struct jpeg *j)
{
	uint8_t id = picture_u8(j->f), sampling = picture_u8(j->f), table = picture_u8(j->f);
	unsigned h = sampling >> 4, v = sampling & 0xf;

	if (id < 1 || id > 3 || (id == 1 ? h < 1 || h > 2 || v < 1 || v > 2 : sampling != 0x11) || table > 1)
		bad(j);
	if (id == 1) {
		j->log_h = h == 2;
		j->log_v = v == 2;
	}
}

static void take_frame(struct jpeg *j)
{
	uint32_t end = take_end(j);
	uint8_t n;

	if (failed(j) || j->height || j->width || picture_u8(j->f) != 8) {
		bad(j);
		return;
	}
	j->height = take_u16(j);
	j->width = take_u16(j);
	n = picture_u8(j->f);
	if (!j->height || !j->width || j->height > PICTURE_MAX_SIDE || j->width > PICTURE_MAX_SIDE ||
	    (n != 1 && n != 3))
		bad(j);
	for (unsigned i = 0; i < n && !failed(j); i++)
		take_component(j);
	if (!failed(j))
		expect_end(j, end);
}

static void take_scan(struct jpeg *j)
{
	uint32_t end = take_end(j);
	uint8_t n = picture_u8(j->f), id, tables;

	if (n != 1 && n != 3)
		bad(j);
	for (unsigned i = 0; i < n && !failed(j); i++) {
		id = picture_u8(j->f);
		tables = picture_u8(j->f);
		if (id < 1 || id > 3 || tables >> 4 > 3 || (tables & 0xf) > 1) {
			bad(j);
			return;
		}
		j->dc[id - 1] = tables >> 4;
		j->ac[id - 1] = (tables & 0xf) + 2;
	}
	picture_u8(j->f);
	take_u16(j);
	if (failed(j))
		return;
	expect_end(j, end);
	if (j->scan)
		bad(j);
	j->components = n;
	if (failed(j))
		return;
	if (!j->width) /* no frame, as in a progressive picture */
		picture_fail(j->f, GRUB_ERR_BUG);
	else if ((uint64_t)j->width * j->height * 3 > PICTURE_MAX_BYTES)
		picture_fail(j->f, -EOPNOTSUPP);
	j->scan = true;
}

static unsigned take_bit(struct jpeg *j)
{
	unsigned bit;

	if (j->mask == 0) {
		j->byte = picture_u8(j->f);
		if (!failed(j) && j->byte == 0xff && picture_u8(j->f) != 0)
			bad(j);
		if (failed(j))
			return 0;
		j->mask = 0x80;
	}
	bit = (j->byte & j->mask) != 0;
	j->mask >>= 1;
	return bit;
}

static unsigned take_code(struct jpeg *j, const struct codes *c)
{
	int code = 0;

	for (unsigned i = 0; i < 16 && !failed(j); i++) {
		code = code << 1 | (int)take_bit(j);
		if (code < c->end[i])
			return c->value[code + c->index[i] - c->end[i]];
	}
	bad(j);
	return 0;
}

static void skip_bits(struct jpeg *j, unsigned n)
{
	for (; n > 0 && !failed(j); n--)
		take_bit(j);
}

static void skip_unit(struct jpeg *j, unsigned component)
{
	unsigned code;

	skip_bits(j, take_code(j, &j->codes[j->dc[component]]));
	for (unsigned at = 1; at < UNIT && !failed(j); at++) {
		code = take_code(j, &j->codes[j->ac[component]]);
		if (code == 0)
			break;
		skip_bits(j, code & 0xf);
		at += code >> 4;
		if (at >= UNIT)
			bad(j);
	}
}

/* Until the picture is full or a marker is due. */
static void skip_data(struct jpeg *j)
{
	unsigned high = 8u << j->log_v, wide = 8u << j->log_h;
	unsigned rows = (j->height + high - 1) / high, columns = (j->width + wide - 1) / wide;
	int left = j->restart;

	if (!j->scan || high * j->width < wide * columns) {
		bad(j);
		return;
	}
	for (; j->row < rows && (!j->restart || left); j->row++)
		for (unsigned c = 0; c < columns && (!j->restart || left); c++, left--) {
			for (unsigned i = 0; i < 1u << (j->log_v + j->log_h) && !failed(j); i++)
				skip_unit(j, 0);
			for (unsigned i = 1; i < j->components && !failed(j); i++)
				skip_unit(j, i);
			if (failed(j))
				return;
		}
	j->mask = 0;
}

static uint8_t take_marker(struct jpeg *j)
{
	if (picture_u8(j->f) != 0xff) {
		bad(j);
		return 0;
	}
	return picture_u8(j->f);
}

static void skip_segment(struct jpeg *j)
{
	unsigned len = take_u16(j);

	if (!failed(j))
		picture_seek(j->f, (uint64_t)j->f->at + len - 2);
}

static void take_segment(struct jpeg *j, uint8_t marker)
{
	switch (marker) {
	case DHT:
		take_codes(j);
		break;
	case DQT:
		skip_quantization(j);
		break;
	case SOF0:
		take_frame(j);
		break;
	case DRI:
		if (take_u16(j) != 4)
			bad(j);
		j->restart = (int)take_u16(j);
		break;
	case SOS:
		take_scan(j);
		if (!failed(j))
			skip_data(j);
		break;
	default:
		if (marker >= RST0 && marker <= RST7)
			skip_data(j);
		else
			skip_segment(j);
	}
}

void picture_jpeg(struct picture_file *f)
{
	struct jpeg j = { .f = f };
	uint8_t marker;

	if (take_marker(&j) != SOI)
		bad(&j);
	while (!failed(&j)) {
		marker = take_marker(&j);
		if (failed(&j) || marker == EOI)
			return;
		take_segment(&j, marker);
	}
}
