/* The LUKS2 header of an image's root: what changes it works on a file of its own. */
#ifndef IMAGE_HEADER_H
#define IMAGE_HEADER_H

#include <stdint.h>

#include "base/error.h"
#include "image/source.h"

/* The header alone, in a new file as long as the partition. */
int image_header_read(const struct image_source *s, const char *file, struct error *err);
/* From that file to the same place of another raw image. */
int image_header_write(const struct image_source *s, const char *file, const char *raw, struct error *err);

#endif
