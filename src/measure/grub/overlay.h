/* The files of GRUB's disks, but one of them with other content: its environment as it was or will be. */
#ifndef MEASURE_GRUB_OVERLAY_H
#define MEASURE_GRUB_OVERLAY_H

#include "measure/grub/grub.h"

struct grub_overlay_file {
	const char *device, *path; /* as in struct boot_access */
	const uint8_t *bytes;
	size_t len;
};

/*
 * The same machine with that file. *ret, the content and the names are one block: free() it; the rest is the
 * original's.
 */
int grub_overlay(const struct grub_machine *g, const struct grub_overlay_file *f, struct grub_machine **ret);

#endif
