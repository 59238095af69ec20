/* The disks that count under other numbers, as when a disk is added or removed. */
#ifndef MEASURE_GRUB_RENUMBER_H
#define MEASURE_GRUB_RENUMBER_H

#include "measure/grub/grub.h"

#define GRUB_NO_DISK (~0u)

/* hdBOOT is the disk that GRUB was started from, hdOTHER the other one with files; GRUB_NO_DISK: none. */
struct grub_disks {
	unsigned boot, other;
};

/* As it is. -EOPNOTSUPP when more than two disks count or one of them is not called hdN. */
int grub_disks_find(const struct grub_machine *g, struct grub_disks *ret);

/*
 * The machine with its disks under these numbers, disks without partitions between them. -EOPNOTSUPP as
 * above, or for numbers that no machine has. *ret, its devices and their names are one block: free() it; the
 * rest is the original's.
 */
int grub_renumber(const struct grub_machine *g, const struct grub_disks *to, struct grub_machine **ret);

#endif
