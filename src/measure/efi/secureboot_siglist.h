/*
 * Signature databases: what db, dbx, MokList and the like hold.
 *
 * UEFI 2.10, section 32.4.1: a sequence of EFI_SIGNATURE_LISTs, each with entries of one type and size, each
 * entry (EFI_SIGNATURE_DATA) an owner's GUID and the data. Points into the bytes that are read.
 */
#ifndef MEASURE_EFI_SECUREBOOT_SIGLIST_H
#define MEASURE_EFI_SECUREBOOT_SIGLIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/reader.h"

#define EFI_GUID_LEN 16

extern const uint8_t siglist_type_x509[EFI_GUID_LEN];
extern const uint8_t siglist_type_sha256[EFI_GUID_LEN];      /* of an image (Authenticode) */
extern const uint8_t siglist_type_x509_sha256[EFI_GUID_LEN]; /* of a TBSCertificate, then a time */

struct siglist_entry {
	const uint8_t *type;     /* EFI_GUID_LEN bytes */
	struct reader signature; /* owner and data: the bytes that are measured when it lets an image run */
	struct reader data;
	size_t index; /* within its list */
};

struct siglist {
	struct reader lists;   /* the remaining ones */
	struct reader entries; /* of the current list */
	const uint8_t *type;
	uint32_t entry_len;
	size_t index;
};

struct siglist siglist_begin(const struct reader *database);

/* 1 and the next entry, 0 at the end, -EBADMSG when sizes do not add up. An empty database has no entries. */
int siglist_next(struct siglist *s, struct siglist_entry *ret);

/* Is it a database to its end? An empty one is. */
bool siglist_valid(const struct reader *database);

bool siglist_is(const struct siglist_entry *e, const uint8_t type[static EFI_GUID_LEN]);

/*
 * The database after an append-write of `added`: what it has already stays out (UEFI 2.10, 8.2.2), as EDK2
 * does it (its AuthService.c, FilterSignatureList): lists that keep an entry are appended with these entries.
 * -EBADMSG.
 */
int siglist_append(const struct reader *database, const struct reader *added, struct buffer *ret);

#endif
