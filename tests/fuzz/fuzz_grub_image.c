/* Any bytes as the section that GRUB's modules are in. */
#include <stdlib.h>
#include <string.h>

#include "measure/grub/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum grub_version version = len & 1 ? GRUB_2_06 : GRUB_2_12;
	enum grub_vendor vendor = len & 2 ? GRUB_UBUNTU : GRUB_DEBIAN;
	struct reader mods = reader_new(data, len);
	struct grub_image image = { 0 };
	struct error err = ERROR_NONE;

	if (!grub_image_read(&mods, grub_build_find(vendor, version), &err, &image)) {
		if (!image.modules || image.modules[0] != ' ')
			abort();
		grub_image_free(&image);
	}
	return 0;
}
