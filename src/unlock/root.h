/*
 * Checks that the mounted root, with the file systems that initramfs-tools mounts below it (/usr), or the
 * device with a hibernation image, is on a volume of the anchor.
 *
 * The command line usually names the root by a UUID, and any disk can carry that UUID: an unencrypted disk
 * that somebody plugged in would be mounted while the volume that the TPM unlocked is open. LVM and btrfs
 * choose by UUIDs, too, whatever the command line says. The device that was mounted, as the kernel reports
 * it, is therefore what counts.
 */
#ifndef UNLOCK_ROOT_H
#define UNLOCK_ROOT_H

#include "base/error.h"
#include "seal/anchor.h"
#include "unlock/options.h"

/*
 * 0 when every device under DIR's file system, and under every file system mounted below DIR, is a LUKS2
 * mapping of the anchor; otherwise -EACCES with a message.
 */
int root_check(const struct options *o, const struct anchor *a, const char *dir, struct error *err);
/* The same for a block device, named by the path of its node. */
int root_check_device(const struct options *o, const struct anchor *a, const char *path, struct error *err);

#endif
