/*
 * What a block device lies on: LVM, RAID and btrfs are followed down to their leaves, each of which has to be
 * a LUKS2 volume. What cannot be followed or enrolled is refused by name, before anything is written.
 */
#ifndef MACHINE_SYSTEM_UNDERNEATH_H
#define MACHINE_SYSTEM_UNDERNEATH_H

#include <stddef.h>

#include "base/blockdev.h"
#include "machine/system/machine.h"
#include "machine/system/targets.h"

/*
 * Adds the volumes under dev that are not in ret yet: name, UUID and device of each. what: "the root file
 * system", for messages. -EOPNOTSUPP: it lies on something that is no LUKS2 volume (LUKS1, plain dm-crypt,
 * dm-integrity, nothing encrypted at all), also beside volumes that are, or a volume lies in another one.
 * -E2BIG: more than TARGET_MAX. On an error ret may have more volumes than before, *n is as it was.
 */
int underneath(const struct machine *m, dev_t dev, const char *what, struct error *err,
	       struct target ret[static TARGET_MAX], size_t *n);

#endif
