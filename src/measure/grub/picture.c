/*
 * Can GRUB use the picture or font? Judged by the headers (video/readers/png.c, jpeg.c, font/font.c); the
 * rest of the file is assumed to be intact. The script sees the answer, so it decides what is measured next.
 */
#include "measure/grub/picture.h"

#include <string.h>

#include "base/reader.h"

#define PICTURE_MAX_SIDE 16384u
#define JPEG_MAX_MARKERS 1024u

/* 8 or 16 bits a channel, or a palette of 4 or 8 bits; colour, not interlaced: GRUB dropped grey pictures */
static bool png_is_good(struct reader r)
{
	static const uint8_t start[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H',
		'D', 'R' };
	uint32_t width, height;
	uint8_t bits, type, compression, filter, interlace;
	struct reader head;

	if (!reader_take(&r, sizeof(start), &head) || memcmp(head.at, start, sizeof(start)))
		return false;
	if (!reader_be32(&r, &width) || !reader_be32(&r, &height) || !reader_u8(&r, &bits) || !reader_u8(&r,
		&type) ||
	    !reader_u8(&r, &compression) || !reader_u8(&r, &filter) || !reader_u8(&r, &interlace))
		return false;
	if (!width || !height || width > PICTURE_MAX_SIDE || height > PICTURE_MAX_SIDE || compression ||
		filter || interlace)
		return false;
	if (type == 3)
		return bits == 4 || bits == 8;
	return (type == 2 || type == 6) && (bits == 8 || bits == 16);
}

/* Baseline only: GRUB ignores a frame header of a different kind, and then the scan has no frame */
static bool jpeg_is_good(struct reader r)
{
	bool frame = false;
	unsigned i;
	uint8_t mark, kind;
	uint16_t len;

	for (i = 0; i < JPEG_MAX_MARKERS; i++) {
		if (!reader_u8(&r, &mark) || mark != 0xff || !reader_u8(&r, &kind))
			return false;
		if ((i == 0) != (kind == 0xd8))
			return false;
		if (i == 0)
			continue;
		if (kind == 0xda)
			return frame;
		frame = frame || kind == 0xc0;
		if (!reader_be16(&r, &len) || len < 2 || !reader_skip(&r, len - 2u))
			return false;
	}
	return false;
}

bool grub_picture_is_good(const uint8_t *bytes, size_t len, bool png)
{
	struct reader r = reader_new(bytes, len);

	return png ? png_is_good(r) : jpeg_is_good(r);
}

bool grub_font_is_good(const uint8_t *bytes, size_t len)
{
	static const char start[] = "FILE\0\0\0\4PFF2";

	return len > sizeof(start) - 1 && !memcmp(bytes, start, sizeof(start) - 1);
}
