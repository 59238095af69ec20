/*
 * Block devices as the kernel shows them in sysfs: what a device lies on, and what device-mapper calls it.
 *
 * sysfs is the directory where it is mounted: "/sys", or a tree of files in the tests. A device is known by
 * its number, and has its directory at SYSFS/dev/block/MAJOR:MINOR (Linux,
 * Documentation/ABI/stable/sysfs-dev-block).
 */
#ifndef BASE_BLOCKDEV_H
#define BASE_BLOCKDEV_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * With the NUL. Names and UUIDs of device-mapper have less than 128 and 129 bytes (DM_NAME_LEN,
 * DM_UUID_LEN).
 */
#define BLOCKDEV_LINE_MAX 256

/* Is there a block device of that number? */
bool blockdev_exists(const char *sysfs, dev_t dev);

/*
 * "CRYPT-LUKS2-...", "LVM-...", and the name under /dev/mapper. -ENOENT for a device that device-mapper did
 * not make, -EFBIG or -EINVAL for a line that is too long or empty.
 */
int blockdev_dm_uuid(const char *sysfs, dev_t dev, char ret[static BLOCKDEV_LINE_MAX]);
int blockdev_dm_name(const char *sysfs, dev_t dev, char ret[static BLOCKDEV_LINE_MAX]);

/*
 * For a person: the name under /dev/mapper of a mapping, that under /dev of any other device, without the
 * folder. -ENOENT where the directory is not a link, as in sysfs, or there is none.
 */
int blockdev_name(const char *sysfs, dev_t dev, char ret[static BLOCKDEV_LINE_MAX]);

/* A number that cannot be read is 0, which is no device's. name: as it is under /dev. */
typedef int (*blockdev_each)(void *context, dev_t dev, const char *name);

/*
 * Each device that this one lies on directly. A nonzero return of `each` ends it and is returned. -ENOENT
 * for a partition, which has no list.
 */
int blockdev_each_slave(const char *sysfs, dev_t dev, blockdev_each each, void *context);

/* Each device that lies on this one directly. -ENOENT without a list. */
int blockdev_each_holder(const char *sysfs, dev_t dev, blockdev_each each, void *context);

/*
 * Each device of the btrfs file systems that this one is part of, itself included: btrfs joins all devices
 * that carry a file system's UUID, whatever was named at the mount (SYSFS/fs/btrfs/UUID/devices). None for
 * a device that is part of no such file system.
 */
int blockdev_each_companion(const char *sysfs, dev_t dev, blockdev_each each, void *context);

/* Each device there is; its name is its number, "254:0". -ENOENT without sysfs. */
int blockdev_all(const char *sysfs, blockdev_each each, void *context);

/* The mapping that device-mapper calls so; any device by its name in SYSFS/class/block. -ENOENT. */
int blockdev_by_dm_name(const char *sysfs, const char *name, dev_t *ret);
int blockdev_by_name(const char *sysfs, const char *name, dev_t *ret);

/*
 * The device that is mounted at dir according to a table like /proc/self/mounts, for file systems that have
 * a device number of their own making (btrfs): their line names the device's node. The last mount on dir
 * counts. 0 when there is none, or its source is no block device.
 */
dev_t blockdev_of_mount(const char *mounts, const char *dir);

#endif
