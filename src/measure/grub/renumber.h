/* The boot disk under another number, as when a disk is added or removed. */
#ifndef MEASURE_GRUB_RENUMBER_H
#define MEASURE_GRUB_RENUMBER_H

#include "measure/grub/grub.h"

/*
 * The machine with its boot disk as hdNUMBER, disks without partitions before it. -EOPNOTSUPP when more than
 * one disk counts or the disk's name is not hdN. *ret, its devices and their names are one block: free() it;
 * the rest is the original's.
 */
int grub_renumber(const struct grub_machine *g, unsigned number, struct grub_machine **ret);

#endif
