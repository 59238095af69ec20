/*
 * What is built into a GRUB image (grub-mkimage, include/grub/kernel.h): modules, prefix, the script of its memdisk.
 * A new build may carry other modules or another script, and both decide what is measured.
 */
#ifndef MEASURE_GRUB_IMAGE_H
#define MEASURE_GRUB_IMAGE_H

#include "base/error.h"
#include "base/reader.h"
#include "measure/grub/grub.h"

struct grub_image {
	char *modules;		/* " video boot ... ": for struct grub_machine; owned, as the others are */
	char *prefix;		/* "/EFI/debian"; "": none */
	char *embedded;		/* 2.06: the memdisk's grub.cfg; NULL: nothing runs before the prefix's grub.cfg */
};

/*
 * mods is the content of the image's section "mods". -EBADMSG: malformed; -EOPNOTSUPP: put together in another way than
 * Debian's images of this version, so the model does not fit.
 */
int grub_image_read(const struct reader *mods, enum grub_version version, struct error *err,
		    struct grub_image *ret_image);
/* Fine on an empty one, fine twice. */
void grub_image_free(struct grub_image *image);

#endif
