/* The numbers that GRUB's disks may have in the next boot. For loader_grub.c. */
#ifndef MEASURE_BOOT_LOADER_GRUB_DISKS_H
#define MEASURE_BOOT_LOADER_GRUB_DISKS_H

#include "measure/boot/loader.h"

int loader_grub_layouts(const struct boot_facts *facts, boot_variant_fn each, void *context);

#endif
