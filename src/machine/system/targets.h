/* Which LUKS2 volumes this machine's root needs: the ones that enrolment makes unlock automatically. */
#ifndef MACHINE_SYSTEM_TARGETS_H
#define MACHINE_SYSTEM_TARGETS_H

#include <stddef.h>

#include "base/error.h"
#include "machine/system/machine.h"
#include "seal/anchor.h"

struct target {
	char name[TARGET_NAME_MAX]; /* mapping name, as in crypttab */
	char device[256];           /* the LUKS device, under the machine's root */
};

/*
 * The mapping that the root file system is on. Today exactly one, directly: -EOPNOTSUPP, with the reason, for
 * a root that is not encrypted, not LUKS2, with dm-integrity, on LVM, RAID, ZFS or several volumes (btrfs), a
 * mapping whose name the anchor cannot hold, or a line in /etc/crypttab with an option that the initramfs
 * program does not support. -ENOENT when crypttab does not name it.
 */
int targets_find(const struct machine *m, struct error *err, struct target ret[static TARGET_MAX],
		 size_t *ret_n);

/*
 * What bootseal-unlock asks of a mounted root, before it is asked: -EOPNOTSUPP, with the reason, when the
 * root is not on one LUKS2 volume and nothing else, because a device was added since the enrolment.
 */
int targets_require_one_volume(const struct machine *m, struct error *err);

/*
 * The path of the LUKS device with that UUID: the one under its open mapping, or else by udev's link under
 * the machine's root; -ENOENT.
 */
int target_device(const struct machine *m, const char *uuid, struct error *err, char ret[static PATH_MAX]);

#endif
