/* A new image: made beside the old one, and put in its place when it is complete. */
#ifndef IMAGE_OUTPUT_H
#define IMAGE_OUTPUT_H

#include <limits.h>
#include <stdint.h>

#include "base/error.h"
#include "image/source.h"

/*
 * Can image_output_place() put a new image there? Asked before hours of work. -EXDEV: on another file system
 * than the source, where no rename goes.
 */
int image_output_check(const struct image_source *s, const char *to, struct error *err);
/* An empty raw one of `size` bytes, which did not exist. */
int image_output_new(const char *path, uint64_t size, struct error *err);
/* A raw one in the format of the source. ret: its path. */
int image_output_convert(const struct image_source *s, const char *raw, char ret[static PATH_MAX],
			 struct error *err);
/* Complete on the disk before it has the name. Who may read the source may read this one. */
int image_output_place(const struct image_source *s, const char *from, const char *to, struct error *err);

#endif
