/*
 * Making the inputs of a boot durable. A boot loader reads the disk without replaying a journal, and the
 * programs that write its files do not sync. What we hash is in the page cache: it must be on the disk, in
 * its place, before a policy for it is written.
 */
#ifndef MACHINE_SYSTEM_DURABLE_H
#define MACHINE_SYSTEM_DURABLE_H

#include "base/error.h"

/*
 * syncfs() of the file system that holds dir; then, when it is a mount point of its own (never the root),
 * freezes and thaws it, which makes ext4 and xfs write their journal out. A watchdog process thaws it when we
 * die in between. A file system that cannot be frozen (vfat) is synced, no more. -ENOENT when dir is not
 * there.
 */
int durable_sync(const char *dir, struct error *err);

#endif
