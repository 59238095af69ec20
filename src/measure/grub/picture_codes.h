/* Prefix codes of a PNG's compressed stream, as GRUB builds them (RFC 1951, 3.2.2; video/readers/png.c). */
#ifndef MEASURE_GRUB_PICTURE_CODES_H
#define MEASURE_GRUB_PICTURE_CODES_H

#include <stdint.h>

#define PREFIX_CODES_MAX 288u     /* literals and lengths */
#define PREFIX_CODES_LONGEST 16u  /* bits of a code */

/* What is coded, by length of the code; GRUB accepts incomplete and oversubscribed ones. */
struct prefix_codes {
	uint16_t value[PREFIX_CODES_MAX];
	unsigned count, longest;
	unsigned of_len[PREFIX_CODES_LONGEST];
	unsigned end[PREFIX_CODES_LONGEST];   /* first code of each length that does not exist */
	unsigned index[PREFIX_CODES_LONGEST]; /* into value, of code `end` */
};

/* longest: bits, at most PREFIX_CODES_LONGEST */
void prefix_codes_start(struct prefix_codes *c, unsigned longest);
/* len: bits of its code, 0 for none, at most `longest`. At most PREFIX_CODES_MAX values. */
void prefix_codes_add(struct prefix_codes *c, unsigned value, unsigned len);
/* After the last. */
void prefix_codes_finish(struct prefix_codes *c);

#endif
