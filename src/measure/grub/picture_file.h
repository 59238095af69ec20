/*
 * A picture as GRUB's readers go through it. A read past the end gives zeros, and only some of GRUB's reads
 * take that for an error; an error stays until the end and decides what the script sees as $?.
 */
#ifndef MEASURE_GRUB_PICTURE_FILE_H
#define MEASURE_GRUB_PICTURE_FILE_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "measure/grub/picture.h"
#include "measure/grub/state.h"

#define PICTURE_MAX_SIDE 16384u /* include/grub/bitmap.h: IMAGE_HW_MAX_PX */
#define PICTURE_MAX_BYTES (PICTURE_MAX_MIB << 20)

struct picture_file {
	const uint8_t *bytes;
	size_t len, at;
	int error; /* 0, enum grub_err, or -EOPNOTSUPP: what GRUB does cannot be told */
};

static inline void picture_fail(struct picture_file *f, int error)
{
	if (f->error >= 0)
		f->error = error;
}

/* How many of the n bytes there are. */
static inline size_t picture_bytes(struct picture_file *f, uint8_t *ret, size_t n)
{
	size_t some = f->len - f->at < n ? f->len - f->at : n;

	memset(ret, 0, n);
	memcpy(ret, f->bytes + f->at, some);
	f->at += some;
	return some;
}

static inline uint8_t picture_u8(struct picture_file *f)
{
	if (f->at < f->len)
		return f->bytes[f->at++];
	picture_fail(f, GRUB_ERR_BAD_FILE_TYPE);
	return 0;
}

/* grub_file_seek */
static inline void picture_seek(struct picture_file *f, uint64_t at)
{
	if (at > f->len)
		picture_fail(f, GRUB_ERR_OUT_OF_RANGE);
	else
		f->at = at;
}

/* The two readers; the answer is in f->error. */
void picture_png(struct picture_file *f);
void picture_jpeg(struct picture_file *f);

#endif
