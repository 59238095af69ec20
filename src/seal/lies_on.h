/*
 * Does a block device lie on the volumes of an anchor and on nothing else? LVM, RAID and btrfs are followed
 * down to their leaves, and each leaf has to be a mapping that cryptsetup made of an enrolled volume.
 *
 * Names and UUIDs of file systems, volume groups and arrays say nothing: any disk can carry them. What the
 * kernel shows under a device that is there is what counts.
 */
#ifndef SEAL_LIES_ON_H
#define SEAL_LIES_ON_H

#include <stdbool.h>
#include <sys/types.h>

#include "seal/anchor.h"

#define LIES_ON_DEPTH_MAX 8 /* of devices on one another */

/*
 * sysfs: where it is mounted (base/blockdev.h). Of a target only the name and the UUID are looked at. A
 * device that cannot be followed, or goes deeper than LIES_ON_DEPTH_MAX, does not.
 */
bool lies_on_targets(const char *sysfs, const struct anchor *a, dev_t dev);

#endif
