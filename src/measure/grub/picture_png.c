/*
 * PNG as GRUB reads it (video/readers/png.c): no checksum is looked at, a file that ends before its signature
 * does is no error, and neither is a stream that ends before the picture is full. Follows the compressed
 * stream, because a damaged one is an error only where it breaks; of the pixels only the filters matter.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "measure/grub/picture_codes.h"
#include "measure/grub/picture_file.h"

#define WINDOW 32768u
#define FILTERS 5u
#define BLOCK_END 256u

enum { IHDR = 0x49484452, IDAT = 0x49444154, IEND = 0x49454e44, PLTE = 0x504c5445 };

struct png {
	struct picture_file *f;
	uint32_t next;    /* where the chunk ends, with its checksum */
	bool in_data;
	uint32_t in_chunk; /* bytes of IDAT that are left */
	unsigned bits, bit_count;
	uint32_t width, height;
	int64_t raw; /* bytes that the picture still takes, filters included */
	uint32_t row, column; /* bytes */
	struct prefix_codes literals, distances;
	uint8_t window[WINDOW];
	unsigned at;
};

static void bad(struct png *p)
{
	picture_fail(p->f, GRUB_ERR_BAD_FILE_TYPE);
}

static uint32_t take_u32(struct png *p)
{
	uint8_t b[4];

	picture_bytes(p->f, b, sizeof(b));
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* The stream goes on in the next chunk, which must be IDAT too. */
static bool next_chunk(struct png *p)
{
	uint32_t len;

	do {
		take_u32(p);
		if (p->f->at != p->next) {
			bad(p);
			return false;
		}
		len = take_u32(p);
		if (take_u32(p) != IDAT) {
			bad(p);
			return false;
		}
		p->next = (uint32_t)(p->f->at + len + 4);
	} while (len == 0);
	p->in_chunk = len;
	return true;
}

static uint8_t take_u8(struct png *p)
{
	bool there = p->f->at < p->f->len;

	if (p->in_data && p->in_chunk == 0) {
		if (!next_chunk(p))
			return 0;
		there = p->f->at < p->f->len;
	}
	if (p->in_data && there)
		p->in_chunk--;
	return picture_u8(p->f);
}

static unsigned take_bits(struct png *p, unsigned n)
{
	unsigned value = 0, shift = 0, some;

	if (p->bit_count == 0) {
		p->bits = take_u8(p);
		p->bit_count = 8;
	}
	while (p->f->error == 0) {
		some = p->bit_count < n ? p->bit_count : n;
		value |= (p->bits & ((1u << some) - 1)) << shift;
		n -= some;
		if (n == 0) {
			p->bit_count -= some;
			p->bits >>= some;
			break;
		}
		shift += some;
		p->bits = take_u8(p);
		p->bit_count = 8;
	}
	return value;
}

/* A code that is none of them is no error: it stands for 0. */
static unsigned take_code(struct png *p, const struct prefix_codes *c)
{
	unsigned code = 0;

	for (unsigned i = 0; i < c->longest && p->f->error == 0; i++) {
		code = code << 1 | take_bits(p, 1);
		if (code < c->end[i])
			return c->value[code + c->index[i] - c->end[i]];
	}
	return 0;
}

static void fixed_codes(struct png *p)
{
	prefix_codes_start(&p->literals, PREFIX_CODES_LONGEST);
	for (unsigned i = 0; i < PREFIX_CODES_MAX; i++)
		prefix_codes_add(&p->literals, i, i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
	prefix_codes_finish(&p->literals);
	prefix_codes_start(&p->distances, PREFIX_CODES_LONGEST);
	for (unsigned i = 0; i < 30; i++)
		prefix_codes_add(&p->distances, i, 5);
	prefix_codes_finish(&p->distances);
}

/*
 * The lengths of both codes, one list. GRUB repeats a length into the code in which it began, past its end:
 * what that does to its memory is not modelled.
 */
static void take_lengths(struct png *p, const struct prefix_codes *of_lengths, unsigned literals,
			 unsigned distances)
{
	unsigned last = 0, i = 0, n, value, repeat, count;
	struct prefix_codes *to;

	while (i < literals + distances && p->f->error == 0) {
		to = i < literals ? &p->literals : &p->distances;
		value = i < literals ? i : i - literals;
		count = i < literals ? literals : distances;
		n = take_code(p, of_lengths);
		if (n < 16) {
			prefix_codes_add(to, value, n);
			last = n;
			i++;
		} else if (n == 16) {
			repeat = 3 + take_bits(p, 2);
			if (p->f->error == 0 && value + repeat > count)
				picture_fail(p->f, -EOPNOTSUPP);
			if (p->f->error != 0)
				return;
			for (i += repeat; repeat > 0; repeat--)
				prefix_codes_add(to, value++, last);
		} else {
			i += n == 17 ? 3 + take_bits(p, 3) : 11 + take_bits(p, 7);
		}
	}
}

static void dynamic_codes(struct png *p)
{
	static const uint8_t order[] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
	unsigned literals, distances, lengths;
	uint8_t len[sizeof(order)] = { 0 };
	struct prefix_codes of_lengths;

	literals = 257 + take_bits(p, 5);
	distances = 1 + take_bits(p, 5);
	lengths = 4 + take_bits(p, 4);
	if (literals > PREFIX_CODES_MAX || distances > 30 || lengths > sizeof(order))
		bad(p);
	if (p->f->error != 0)
		return;
	for (unsigned i = 0; i < lengths; i++)
		len[order[i]] = (uint8_t)take_bits(p, 3);
	prefix_codes_start(&of_lengths, 8);
	for (unsigned i = 0; i < sizeof(order); i++)
		prefix_codes_add(&of_lengths, i, len[i]);
	prefix_codes_finish(&of_lengths);
	prefix_codes_start(&p->literals, PREFIX_CODES_LONGEST);
	prefix_codes_start(&p->distances, PREFIX_CODES_LONGEST);
	take_lengths(p, &of_lengths, literals, distances);
	prefix_codes_finish(&p->literals);
	prefix_codes_finish(&p->distances);
}

/* Each row begins with its filter. */
static void put(struct png *p, uint8_t byte)
{
	if (--p->raw < 0 || (p->column == 0 && byte >= FILTERS)) {
		bad(p);
		return;
	}
	p->column = p->column == p->row ? 0 : p->column + 1;
}

static void put_in_window(struct png *p, uint8_t byte)
{
	p->window[p->at] = byte;
	put(p, byte);
	p->at = (p->at + 1) % WINDOW;
}

static void copy_back(struct png *p, unsigned code)
{
	static const uint16_t base[] = { 3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
					 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258 };
	static const uint8_t extra[] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
					 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0 };
	unsigned len, far, from;

	/* 286 and 287: GRUB shifts by more bits than there are */
	if (code >= sizeof(extra)) {
		picture_fail(p->f, -EOPNOTSUPP);
		return;
	}
	len = base[code] + (extra[code] ? take_bits(p, extra[code]) : 0);
	if (p->f->error != 0)
		return;
	code = take_code(p, &p->distances);
	far = code < 2 ? 1 + code : 1 + ((2 + code % 2) << (code / 2 - 1));
	if (code >= 4)
		far += take_bits(p, code / 2 - 1);
	from = (p->at + WINDOW - far) % WINDOW;
	for (; len > 0 && p->f->error == 0; len--) {
		put_in_window(p, p->window[from]);
		from = (from + 1) % WINDOW;
	}
}

static void take_coded_block(struct png *p)
{
	unsigned code;

	while (p->f->error == 0) {
		code = take_code(p, &p->literals);
		if (code < BLOCK_END)
			put_in_window(p, (uint8_t)code);
		else if (code == BLOCK_END)
			break;
		else
			copy_back(p, code - BLOCK_END - 1);
	}
}

/* What is stored does not enter GRUB's window. */
static void take_stored_block(struct png *p)
{
	unsigned len;

	p->bit_count = 0;
	len = take_u8(p);
	len += (unsigned)take_u8(p) << 8;
	take_u8(p);
	take_u8(p);
	for (; len > 0 && p->f->error == 0; len--)
		put(p, take_u8(p));
}

static void take_data(struct png *p)
{
	uint8_t method = take_u8(p), flags = p->f->error == 0 ? take_u8(p) : 0;
	unsigned final = 0;

	if ((method & 0xf) != 8 || flags & 32)
		bad(p);
	while (!final && p->f->error == 0) {
		final = take_bits(p, 1);
		switch (take_bits(p, 2)) {
		case 0:
			take_stored_block(p);
			break;
		case 1:
			fixed_codes(p);
			take_coded_block(p);
			break;
		case 2:
			dynamic_codes(p);
			take_coded_block(p);
			break;
		default:
			bad(p);
		}
	}
	/* both checksums; they must be in this chunk */
	take_u32(p);
	take_u32(p);
}

static void take_palette(struct png *p, uint32_t len)
{
	if (len == 0)
		return;
	/* an entry is read whole */
	if (len < 768)
		len = (len + 2) / 3 * 3;
	for (; len > 0 && p->f->error == 0; len--)
		take_u8(p);
	take_u32(p);
}

/* 8 or 16 bits a channel, or a palette of 4 or 8 bits; colour, not interlaced: GRUB dropped grey pictures */
static void take_header(struct png *p)
{
	uint8_t bits, type;
	uint64_t row;

	if (p->width || p->height) {
		bad(p);
		return;
	}
	p->width = take_u32(p);
	p->height = take_u32(p);
	bits = take_u8(p);
	type = take_u8(p);
	if (!p->width || !p->height || p->width > PICTURE_MAX_SIDE || p->height > PICTURE_MAX_SIDE ||
	    (type != 2 && type != 3 && type != 6) || (bits != 8 && bits != (type == 3 ? 4 : 16)))
		bad(p);
	if (p->f->error != 0)
		return;
	row = (uint64_t)p->width * (type == 3 ? 1 : type == 2 ? 3 : 4) * (bits == 16 ? 2 : 1);
	if (bits == 4)
		row = (uint64_t)p->width * (4 + 7) >> 3; /* not the bytes that it takes, but GRUB's */
	if (p->height * (row + 1) > PICTURE_MAX_BYTES) {
		picture_fail(p->f, -EOPNOTSUPP);
		return;
	}
	p->row = (uint32_t)row;
	p->raw = p->height * (row + 1);
	p->column = 0;
	for (unsigned i = 0; i < 3 && p->f->error == 0; i++)
		if (take_u8(p) != 0) /* compression, filter, interlace */
			bad(p);
	if (p->f->error == 0)
		take_u32(p);
}

/* false: nothing comes after it */
static bool take_chunk(struct png *p)
{
	uint32_t len = take_u32(p), type = take_u32(p);

	p->next = (uint32_t)(p->f->at + len + 4);
	switch (type) {
	case IHDR:
		take_header(p);
		break;
	case PLTE:
		take_palette(p, len);
		break;
	case IDAT:
		p->in_data = true;
		p->in_chunk = len;
		p->bit_count = 0;
		take_data(p);
		p->in_data = false;
		break;
	case IEND:
		return false;
	default:
		picture_seek(p->f, (uint64_t)p->f->at + len + 4);
	}
	if (p->f->error == 0 && p->f->at != p->next)
		bad(p);
	return p->f->error == 0;
}

void picture_png(struct picture_file *f)
{
	static const uint8_t start[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
	uint8_t magic[sizeof(start)];
	struct png *p;

	if (picture_bytes(f, magic, sizeof(magic)) != sizeof(magic))
		return;
	if (memcmp(magic, start, sizeof(magic)) != 0) {
		picture_fail(f, GRUB_ERR_BAD_FILE_TYPE);
		return;
	}
	p = calloc(1, sizeof(*p));
	if (!p) {
		picture_fail(f, -ENOMEM);
		return;
	}
	p->f = f;
	while (take_chunk(p))
		;
	free(p);
}
