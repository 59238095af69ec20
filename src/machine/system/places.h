/*
 * What has to lie on encrypted volumes, where nobody reads or writes it while the machine is off: our
 * state (the key that moves the policy), our settings, dpkg's lists, which vouch for kernels, and the
 * programs themselves; and swap, which may hold any of the memory. Settings and programs have to be on the
 * root's, the others may be on one that the running system opens (/var).
 */
#ifndef MACHINE_SYSTEM_PLACES_H
#define MACHINE_SYSTEM_PLACES_H

#include <stdbool.h>

#include "base/error.h"
#include "machine/system/machine.h"
#include "machine/system/targets.h"

/*
 * By /proc/self/mountinfo, /etc/fstab and /proc/swaps. -EOPNOTSUPP naming the first directory that fstab
 * would mount and that is not mounted, or that is neither on the device of the root file system nor on a
 * volume where it may be, or the first swap that is neither in memory (zram), nor on a mapping of
 * dm-crypt, nor a file of the root or of such a volume. -ENOENT without a table of mounts. late: the
 * volumes beside the root on which state and lists may lie; NULL for none.
 */
int places_require(const struct machine *m, const struct anchor *late, struct error *err);

/* The same of our state and dpkg's lists alone: what a reseal goes by. */
int places_require_records(const struct machine *m, const struct anchor *late, struct error *err);

/* Does one of those directories lie on this volume? */
bool places_on(const struct machine *m, const struct target *t);

#endif
