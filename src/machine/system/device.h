/* Block devices by the names that people and configuration files give them. */
#ifndef MACHINE_SYSTEM_DEVICE_H
#define MACHINE_SYSTEM_DEVICE_H

#include <sys/types.h>

#include "machine/system/machine.h"

/*
 * The device that this name leads to now: "/dev/mapper/vg-home", "/dev/dm-1", "UUID=...". A name under
 * /dev/mapper is looked up in sysfs, where no link turns it aside. -ENOENT; -ENOTBLK for a name that is none
 * of a device.
 */
int device_number(const struct machine *m, const char *spec, dev_t *ret);

/*
 * The device whose file system is mounted at dir, by /proc/self/mounts; the last line counts. 0 when there is
 * none, or its source is no device.
 */
dev_t device_mounted(const struct machine *m, const char *dir);

#endif
