/* Pictures and fonts: would GRUB accept the file? */
#ifndef MEASURE_GRUB_PICTURE_H
#define MEASURE_GRUB_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool grub_picture_is_good(const uint8_t *bytes, size_t len, bool png);
bool grub_font_is_good(const uint8_t *bytes, size_t len);

#endif
