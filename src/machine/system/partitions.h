/*
 * The partitions of this machine's disks and where they are mounted: udev's database (/run/udev/data), which
 * holds what libblkid found, and the table of mounts.
 */
#ifndef MACHINE_SYSTEM_PARTITIONS_H
#define MACHINE_SYSTEM_PARTITIONS_H

#include <stddef.h>

#include "base/error.h"
#include "machine/system/machine.h"

#define PARTITIONS_MAX 512

struct partition {
	unsigned major, minor;
	unsigned disk_major, disk_minor;
	/* in its table, from 1; 0: a LUKS volume that is a whole disk, or on LVM or RAID */
	unsigned number;
	char scheme[8];      /* "gpt", "dos" */
	char part_uuid[40];  /* lower case; "" when udev knows none, like all of these */
	char fs[24];         /* as libblkid calls it: "vfat", "ext4", "crypto_LUKS" */
	char fs_uuid[40];    /* "1234-ABCD", "d83bebd6-..." */
	char fs_label[128];
	char mount[PATH_MAX]; /* where its root is mounted, the first such place; "" when it is not */
};

struct partitions {
	struct partition *at; /* sorted by disk, then by number; what is in no table has disk 0:0 */
	size_t n;
};

/* -ENOENT with a message when there is no udev database. */
int partitions_read(const struct machine *m, struct error *err, struct partitions *ret);
void partitions_free(struct partitions *p);

/* Where a copy of the disk has one, too, the one that is mounted. NULL: there is none. */
const struct partition *partition_by_uuid(const struct partitions *p, const char *part_uuid);
/* The partition that is mounted exactly there; NULL. */
const struct partition *partition_by_mount(const struct partitions *p, const char *mount);

/*
 * -EOPNOTSUPP naming both when a second one has an UUID of the EFI partition, of /boot or of the LUKS volume
 * luks_uuid: a clone of the disk is plugged in, and neither GRUB nor the initramfs tells them apart.
 */
int partitions_refuse_clones(const struct partitions *p, const char *luks_uuid, struct error *err);

#endif
