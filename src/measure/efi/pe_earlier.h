/*
 * What a signed image was before signatures were added to it: tools like sbsign append them to the
 * certificate table, after up to seven zero bytes that align it, and write the table's size and a new
 * checksum into the headers. Nothing else of the file may differ.
 *
 * The checksum of that time is in no field. Tools write the one that Microsoft defines, leave the old one, or
 * it was never set: so each earlier length has several forms.
 */
#ifndef MEASURE_EFI_PE_EARLIER_H
#define MEASURE_EFI_PE_EARLIER_H

#include "measure/efi/pe.h"

#define PE_EARLIER_SIGNATURES 4 /* that may have been added, counted from the last */
#define PE_EARLIER_MAX 36       /* forms: three checksums of three tables, and of eight lengths without one */

struct pe_earlier {
	size_t len;         /* bytes of the file */
	uint32_t certs_len; /* 0: no certificate table, and no address of one */
	uint32_t checksum;
};

/* Without the last signature, without the last two, ...; how many. 0 for an image without signatures. */
size_t pe_earlier_forms(const struct pe *pe, struct pe_earlier ret[static PE_EARLIER_MAX]);

/* Hash of the file in that form: hash_len(alg) bytes. */
int pe_earlier_hash(const struct pe *pe, const struct pe_earlier *e, enum hash_alg alg, uint8_t *ret);

#endif
