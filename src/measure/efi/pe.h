/*
 * PE/COFF images as UEFI sees them: Authenticode digest, sections, signatures.
 *
 * Microsoft, "PE Format" and "Windows Authenticode Portable Executable Signature Format". Where they leave
 * room, this hashes as EDK2's BaseCryptLib/DxeImageVerificationLib and shim do, and refuses images that those
 * two could hash differently. Everything points into the file's bytes.
 */
#ifndef MEASURE_EFI_PE_H
#define MEASURE_EFI_PE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"
#include "hash/hash.h"

#define PE_FILE_MAX (512u << 20) /* bytes: a UKI with a large initrd still fits */
#define PE_SECTIONS_MAX 96       /* the Windows loader's own limit */
#define PE_SIGNATURES_MAX 16

struct pe_section {
	char name[32];      /* NUL terminated; long names from the COFF string table where there is one */
	struct reader raw;  /* SizeOfRawData bytes in the file */
	size_t virtual_len; /* 0: unknown, use raw */
};

struct pe {
	struct reader file;
	size_t checksum_at; /* 4 bytes at this offset are not hashed */
	size_t cert_dir_at; /* nor are these 8; 0 when the image has no such directory entry */
	size_t headers_len;
	struct pe_section section[PE_SECTIONS_MAX]; /* in header order */
	size_t n_sections;
	struct reader certs; /* the attribute certificate table: the end of the file; empty when unsigned */
	struct reader signature[PE_SIGNATURES_MAX]; /* PKCS#7 blobs in it, in order */
	size_t n_signatures;
	uint16_t machine;
};

/* -EBADMSG for anything malformed: sizes past the file, overlapping sections, a bad certificate table. */
int pe_parse(const struct reader *file, struct error *err, struct pe *ret);

/* Authenticode SHA-256 of a parsed image. */
int pe_image_digest(const struct pe *pe, uint8_t ret[static SHA256_LEN]);

/* Parses the image and computes its digest. */
int pe_digest(const struct reader *file, struct error *err, uint8_t ret[static SHA256_LEN]);

/*
 * The part of the first section of that name that the loader would map from the file (the smaller of the two
 * sizes). False when there is no such section.
 */
bool pe_section(const struct pe *pe, const char *name, struct reader *ret);

#endif
