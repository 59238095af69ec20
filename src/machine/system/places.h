/*
 * What has to lie on the unlocked root volume, where nobody reads or writes it while the machine is off: our
 * state (the key that moves the policy), our settings, dpkg's lists, which vouch for kernels, and the
 * programs themselves; and swap, which may hold any of the memory.
 */
#ifndef MACHINE_SYSTEM_PLACES_H
#define MACHINE_SYSTEM_PLACES_H

#include "base/error.h"
#include "machine/system/machine.h"

/*
 * By /proc/self/mountinfo and /proc/swaps. -EOPNOTSUPP naming the first directory that is neither on the
 * device of the root file system nor on its volumes, or the first swap that is neither in memory (zram), nor
 * on a mapping of dm-crypt, nor a file of the root. -ENOENT without a table of mounts.
 */
int places_require(const struct machine *m, struct error *err);

#endif
