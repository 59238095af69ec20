/* Any bytes as the section that GRUB's modules are in. */
#include <stdlib.h>
#include <string.h>

#include "measure/grub/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reader mods = reader_new(data, len);
	struct grub_image image = { 0 };
	struct error err = ERROR_NONE;

	if (!grub_image_read(&mods, len & 1 ? GRUB_2_06 : GRUB_2_12, &err, &image)) {
		if (!image.modules || image.modules[0] != ' ')
			abort();
		grub_image_free(&image);
	}
	return 0;
}
