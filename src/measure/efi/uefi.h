/* GUIDs of variables (as in memory) and the structure in which variables are measured. */
#ifndef MEASURE_EFI_UEFI_H
#define MEASURE_EFI_UEFI_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/reader.h"

extern const uint8_t uefi_guid_global[16];    /* EFI_GLOBAL_VARIABLE: SecureBoot, PK, KEK, BootOrder */
extern const uint8_t uefi_guid_security[16];  /* EFI_IMAGE_SECURITY_DATABASE_GUID: db, dbx */
extern const uint8_t uefi_guid_shim_lock[16]; /* shim's own */

/* UEFI_VARIABLE_DATA (Firmware Profile, section 10.2.6); name in ASCII. Adds to b. */
void uefi_add_variable(struct buffer *b, const uint8_t guid[static 16], const char *name,
		       const struct reader *data);

#endif
