/*
 * What is built into a GRUB image (grub-mkimage, include/grub/kernel.h): modules, prefix, the memdisk's
 * script. A new build may have different modules or a different script, and both decide what is measured.
 */
#ifndef MEASURE_GRUB_IMAGE_H
#define MEASURE_GRUB_IMAGE_H

#include "base/error.h"
#include "base/reader.h"
#include "measure/grub/grub.h"

struct grub_image {
	char *modules;		/* " video boot ... ", for struct grub_machine; all three are owned */
	char *prefix;		/* "/EFI/debian"; "": none */
	char *embedded;		/* the memdisk's grub.cfg, if that runs first; NULL: the prefix's does */
};

/*
 * mods is the content of the image's section "mods". -EBADMSG: malformed; -EOPNOTSUPP: not put together as
 * the images of this build are, so the model does not fit.
 */
int grub_image_read(const struct reader *mods, const struct grub_build *build, struct error *err,
		    struct grub_image *ret_image);
/* Safe on an empty one and to call twice. */
void grub_image_free(struct grub_image *image);

#endif
