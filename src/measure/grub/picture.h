/* Pictures and fonts: would GRUB accept the file? */
#ifndef MEASURE_GRUB_PICTURE_H
#define MEASURE_GRUB_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PICTURE_MAX_MIB 64u /* decoded; whether GRUB has memory for more depends on the machine */

/*
 * 0, or GRUB's error (enum grub_err) as a script sees it in $?. -EOPNOTSUPP: too large, or damaged so that
 * what GRUB does with it cannot be told; -ENOMEM.
 */
int grub_picture_read(const uint8_t *bytes, size_t len, bool png);
bool grub_font_is_good(const uint8_t *bytes, size_t len);

#endif
