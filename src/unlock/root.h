/*
 * Does the root that was mounted, with what initramfs-tools mounts below it (/usr), or the device with a hibernation image, lie on a volume
 * of the anchor?
 *
 * The command line names it by a UUID, as a rule, and so may any other disk call itself: an unencrypted one that somebody plugged in
 * would be mounted with the TPM's volume open beside it. LVM and btrfs choose by UUIDs, too, whatever the command line says. What counts
 * is therefore the device that was mounted, seen from the kernel.
 */
#ifndef UNLOCK_ROOT_H
#define UNLOCK_ROOT_H

#include "base/error.h"
#include "seal/anchor.h"
#include "unlock/unlock.h"

/*
 * 0 when every device under DIR's file system, and under whatever is mounted below DIR, is a LUKS2 mapping of the anchor; -EACCES
 * otherwise, with words.
 */
int root_check(const struct options *o, const struct anchor *a, const char *dir, struct error *err);
/* The same of a block device, by the path of its node. */
int root_check_device(const struct options *o, const struct anchor *a, const char *path, struct error *err);

#endif
