/*
 * What lies on a volume's mapping: udev has activated a volume group or an array there as soon as the volume
 * was open, and a mapping that is in use cannot be closed.
 */
#ifndef SEAL_ABOVE_H
#define SEAL_ABOVE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Takes one device away; negative errno. md: it is an array of the md driver, and name is that under /dev;
 * otherwise that under /dev/mapper.
 */
typedef int (*above_remove)(void *context, const char *name, bool md, struct error *err);

/*
 * Everything on the device, the uppermost first: mappings of device-mapper and md arrays. sysfs: where it is
 * mounted. Ends at the first that cannot be taken away (a mounted file system is on it) and returns its
 * error; -ELOOP for devices on one another without end.
 */
int above_each(const char *sysfs, dev_t dev, above_remove remove, void *context, struct error *err);

/* above_each() by the kernel's own means (linux/dm-ioctl.h, linux/raid/md_u.h). */
int above_take_down(const char *sysfs, dev_t dev, struct error *err);

#endif
