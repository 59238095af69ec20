/*
 * The first start of a machine that does not exist yet: the disk of an image (image/tree.h) in a machine like
 * one whose report there is (machine/collect.h).
 */
#ifndef MACHINE_FIRST_START_H
#define MACHINE_FIRST_START_H

#include "base/error.h"
#include "machine/system/machine.h"
#include "machine/uefi_config.h"

/*
 * Adds to the tree `disk`, which has boot files, partitions and mounts, what the firmware of `platform` does:
 * its event log up to the boot loader, its Secure Boot variables, and the shim that made its mirrors of them.
 * The firmware takes the disk's default loader, \EFI\BOOT\BOOTX64.EFI (UEFI 2.10, 3.5.1.1); where shim's
 * fallback is beside it, that writes a boot option and starts the machine again, and what follows counts.
 *
 * keys: those that the new machine will have in place of the platform's; NULL: the same.
 *
 * -ENODATA: platform has no event log; -EOPNOTSUPP with words: a disk, a log or keys without a model.
 */
int first_start_add(const struct machine *platform, const struct machine *disk,
		    const struct uefi_config *keys, struct error *err);

#endif
