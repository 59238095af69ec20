/*
 * Which key or digest lets an image run: how the firmware and shim decide, and what each of them measures.
 *
 * EDK2 DxeImageVerificationHandler(); shim 16.1 verify.c, verify_buffer_authenticode().
 */
#ifndef MEASURE_EFI_SECUREBOOT_AUTHORITY_H
#define MEASURE_EFI_SECUREBOOT_AUTHORITY_H

#include "base/error.h"
#include "measure/efi/secureboot_image.h"
#include "measure/efi/secureboot_vars.h"
#include "measure/efi/shim.h"

#define SB_AUTHORITIES_MAX 32

/* One entry, measured as EV_EFI_VARIABLE_AUTHORITY. Points into the inputs. */
struct sb_authority {
	const uint8_t *guid; /* 16 bytes */
	const char *name;    /* of the variable: "db", "MokListRT", "Shim" */
	struct reader data;  /* EFI_SIGNATURE_DATA, or for "Shim" the bare certificate */
};

struct sb_authorities {
	struct sb_authority a[SB_AUTHORITIES_MAX];
	size_t n;
};

/* The databases that shim consults. */
struct sb_shim_lists {
	const struct sb_vars *vars;
	const struct shim *shim;
	struct reader mok_list, mok_list_x; /* as this shim builds them */
};

/* Both add the entries that are measured to ret; -EKEYREJECTED when the image may not run. */
int sb_firmware_verify(const struct sb_image *image, const struct sb_vars *vars, struct error *err,
		       struct sb_authorities *ret);
int sb_shim_verify(const struct sb_image *image, const struct sb_shim_lists *lists, struct error *err,
		   struct sb_authorities *ret);

#endif
