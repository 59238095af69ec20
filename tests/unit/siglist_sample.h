/* Signature lists (EFI_SIGNATURE_LIST) as db, dbx and shim's lists have them. */
#ifndef TESTS_SIGLIST_SAMPLE_H
#define TESTS_SIGLIST_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/reader.h"

struct reader bytes_of(const struct buffer *b);
/* One list with n entries of one size. */
void siglist_add(struct buffer *b, const uint8_t type[static 16], const uint8_t owner[static 16],
		 const struct buffer *const *entry, size_t n);
/* One list with one entry. */
void siglist_add_one(struct buffer *b, const uint8_t type[static 16], const uint8_t owner[static 16],
		     const void *data, size_t n);

#endif
