/* Any bytes as a picture or a font: answers that agree with what the format cannot do without. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "measure/grub/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (grub_picture_read(data, n, true) == 0 && n >= 8 && memcmp(data + 1, "PNG", 3) != 0)
		abort();
	if (grub_picture_read(data, n, false) == 0 && (n < 4 || data[0] != 0xff || data[1] != 0xd8))
		abort();
	if (grub_font_is_good(data, n) && n < 12)
		abort();
	return 0;
}
