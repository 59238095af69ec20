/* Texts and GUIDs of the UEFI specification as printable ASCII, added to a buffer. */
#ifndef MEASURE_LOG_EFI_TEXT_H
#define MEASURE_LOG_EFI_TEXT_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/reader.h"

/* UTF-16LE up to the first NUL or the end; what is not printable ASCII as \uXXXX. */
void efi_text_add_utf16(struct buffer *b, struct reader text);
/* A GUID as in memory, in the usual notation. */
void efi_text_add_guid(struct buffer *b, const uint8_t guid[static 16]);

#endif
