/*
 * Who lets an image through: a length (u16 big endian) and as many bytes of signature lists, which are all
 * databases at once but the denying ones or, by the length's highest bit, these; then the image.
 */
#include <stdlib.h>
#include <string.h>

#include "measure/efi/pe.h"
#include "measure/efi/secureboot_authority.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_new(data, size), lists;
	struct sb_authorities by_firmware = { .n = 0 }, by_shim = { .n = 0 };
	struct sb_vars vars = { .secure_boot = { (const uint8_t *)"\1", 1 } };
	struct shim shim = { .file = { NULL, 0 } };
	struct sb_image image = { .name = "image" };
	struct sb_shim_lists known = { .vars = &vars, .shim = &shim };
	struct error err = ERROR_NONE;
	struct pe pe;
	uint16_t len;
	int firmware, byshim;

	if (!reader_be16(&r, &len) || !reader_take(&r, len & 0x7fff, &lists))
		return 0;
	image.file = r;
	if (pe_parse(&image.file, &err, &pe) < 0 || pe_image_digest(&pe, image.digest) < 0)
		return 0;
	if (len & 0x8000) {
		vars.dbx = shim.deauthorized = known.mok_list_x = lists;
	} else {
		vars.db = known.mok_list = shim.authorized = lists;
	}
	firmware = sb_firmware_verify(&image, &vars, &err, &by_firmware);
	byshim = sb_shim_verify(&image, &known, &err, &by_shim);
	/* an image runs only with an authority, and a list that only forbids lets no image run */
	if ((firmware == 0 && (by_firmware.n == 0 || len & 0x8000)) ||
	    (byshim == 0 && (by_shim.n == 0 || len & 0x8000)) || by_firmware.n > SB_AUTHORITIES_MAX ||
	    by_shim.n > SB_AUTHORITIES_MAX)
		abort();
	return 0;
}
