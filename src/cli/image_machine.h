/* The machine that starts a disk image for the first time, as a tree in the image's folder. */
#ifndef CLI_IMAGE_MACHINE_H
#define CLI_IMAGE_MACHINE_H

#include "base/error.h"
#include "image/source.h"
#include "machine/system/machine.h"

/* platform: a machine of the same kind (machine/first_start.h). The tree ends with s. */
int image_machine(const struct machine *platform, const struct image_source *s, struct error *err,
		  struct machine *ret);

#endif
