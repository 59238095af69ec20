/* What Secure Boot verifies. */
#ifndef MEASURE_EFI_SECUREBOOT_IMAGE_H
#define MEASURE_EFI_SECUREBOOT_IMAGE_H

#include <stdint.h>

#include "base/reader.h"
#include "hash/hash.h"

/*
 * One of the images of a boot, which come in the order of their verification: shim, boot loader, kernel, ...
 */
struct sb_image {
	const char *name; /* for messages */
	struct reader file;
	uint8_t digest[SHA256_LEN]; /* Authenticode, from pe_image_digest() */
};

#endif
