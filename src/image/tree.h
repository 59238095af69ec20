/*
 * The boot files of an image as a machine has them that runs it: a tree for machine_init_collected(), with
 * the disk as /dev/vda. Firmware, TPM and log are not the image's (machine/first_start.h).
 */
#ifndef IMAGE_TREE_H
#define IMAGE_TREE_H

#include "base/error.h"
#include "image/source.h"

#define IMAGE_TREE_ESP "/boot/efi"

/*
 * dir exists and is empty. The ESP is read by mcopy(1) of mtools, /boot by debugfs(8); blkid(8) says what
 * each partition is.
 */
int image_tree(const struct image_source *s, const char *dir, struct error *err);

#endif
