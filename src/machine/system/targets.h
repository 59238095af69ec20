/*
 * Which LUKS2 volumes have to be open before this machine's root is: the ones that enrolment makes unlock
 * automatically.
 */
#ifndef MACHINE_SYSTEM_TARGETS_H
#define MACHINE_SYSTEM_TARGETS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "machine/system/machine.h"
#include "seal/anchor.h"

struct target {
	char name[TARGET_NAME_MAX]; /* mapping name, as in crypttab */
	char uuid[37];              /* the volume's, by its open mapping: lower case, canonical */
	char device[256];           /* the LUKS device, under the machine's root */
};

/*
 * The volumes under the root file system and /usr, through LVM, RAID and btrfs; then those that
 * cryptsetup-initramfs opens beside them (for resume, and lines of /etc/crypttab with the option
 * "initramfs"), if they are open now and can be enrolled. -EOPNOTSUPP, with the reason, for a root or /usr
 * that lies on anything else (machine/system/underneath.h), for a mapping whose name the anchor cannot hold,
 * or a line in /etc/crypttab with an option that the initramfs program does not support. -ENOENT when
 * crypttab does not name one of them.
 */
int targets_find(const struct machine *m, struct error *err, struct target ret[static TARGET_MAX],
		 size_t *ret_n);

/* The device of the root file system, of btrfs one of them. -EOPNOTSUPP with the reason when it has none. */
int targets_root_device(const struct machine *m, struct error *err, dev_t *ret);

/* Names and UUIDs of the same volumes, for lies_on_targets(); no keys and no pins. */
int targets_anchor(const struct machine *m, struct error *err, struct anchor *ret);
void targets_to_anchor(const struct target *t, size_t n, struct anchor *ret);

/*
 * What bootseal-unlock asks of the mounted root, before it is asked: -EOPNOTSUPP, with the reason, when the
 * root or /usr lies on something that is not enrolled, because a device was added since.
 */
int targets_require_enrolled(const struct machine *m, const struct anchor *a, struct error *err);

/*
 * The path of the LUKS device with that UUID: the one under its open mapping, or else by udev's link under
 * the machine's root; -ENOENT.
 */
int target_device(const struct machine *m, const char *uuid, struct error *err, char ret[static PATH_MAX]);

#endif
