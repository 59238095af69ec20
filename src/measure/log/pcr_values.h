/*
 * PCR values as text, as people and tools write them down: one PCR a line,
 *
 *	4 34830007b3114c81dcf234ed1773a63d9a6aa9a1e8b331a17cac855efc0e55d3
 *	  7 : 0xB5710BF57D25623E4019027DA116821FA99F5C81E9E38B87671CC574F9281439
 *	14,d3e0f2...                           # to the end of the line: not read
 *
 * A decimal number from 0 to 23 without leading zeros, then at least one of blank, tab, ':' and ',', then
 * hexadecimal digits in upper or lower case, perhaps after 0x or 0X. Blanks, tabs and a carriage return
 * around it, and empty lines, do not matter.
 *
 * Only the SHA-256 bank counts. A line with the name of a bank and ':', as tpm2_pcrread(1) prints it, says
 * which bank the lines after it are of: sha1, sha256, sha384, sha512, sm3_256, sha3_256, sha3_384, sha3_512.
 * Before the first such line the length tells: 64 digits are SHA-256, 40, 96 and 128 digits are those of
 * other banks. Values of other banks are read like ours and then not used.
 */
#ifndef MEASURE_LOG_PCR_VALUES_H
#define MEASURE_LOG_PCR_VALUES_H

#include <stdint.h>

#include "base/error.h"
#include "base/pcr.h"
#include "base/reader.h"
#include "hash/hash.h"

#define PCR_VALUES_MAX_LEN 65536 /* bytes of the text */

struct pcr_values {
	pcr_mask mask; /* the PCRs that have a value, at least one: */
	uint8_t value[PCR_COUNT][SHA256_LEN];
};

/*
 * -EBADMSG naming the line ("NAME:3: ..."): neither of these, a number above 23, digits of no bank or of
 * another one than the lines above say, a second value for a PCR of the same bank; or without a line: no
 * value of SHA-256.
 */
int pcr_values_parse(const struct reader *text, const char *name, struct error *err, struct pcr_values *ret);

/* -ENODATA naming the first PCR of the mask that has no value. */
int pcr_values_require(const struct pcr_values *v, pcr_mask mask, const char *name, struct error *err);

#endif
