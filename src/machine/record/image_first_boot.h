/* How far the first boot of an image is. hooks/first-boot takes the first two files away at its end. */
#ifndef MACHINE_RECORD_IMAGE_FIRST_BOOT_H
#define MACHINE_RECORD_IMAGE_FIRST_BOOT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "machine/system/machine.h"

#define FIRST_BOOT_KEY "/etc/bootseal/first-boot.key"
#define FIRST_BOOT_DEPLOYED "/etc/bootseal/deployed"
#define FIRST_BOOT_NOW MACHINE_RUN_DIR "/first-boot"

struct image_first_boot {
	bool in_clear;	   /* until it is over the disk holds its key in the clear */
	struct buffer now; /* one printable line: what it does; empty: it has not begun in this boot */
};

/* False: it is over, or this is no such image. *ret is freed with buffer_free(&ret->now). */
bool image_first_boot_read(const struct machine *m, struct image_first_boot *ret);

#endif
