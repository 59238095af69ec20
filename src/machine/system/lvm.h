/*
 * Which disks LVM in the initrd may use, where the root's volume group lies on enrolled volumes.
 *
 * LVM believes any disk that carries a group's name or UUIDs: a foreign group may take the names of the
 * machine's volumes, and newer metadata of the group itself may put the root at another place of the disk. A
 * devices file (lvmdevices(8), lvm2 2.03.12) names the disks by what cryptsetup calls their mappings, which
 * is what bootseal-unlock trusts, too; LVM looks at no other.
 */
#ifndef MACHINE_SYSTEM_LVM_H
#define MACHINE_SYSTEM_LVM_H

#include "base/buffer.h"
#include "base/error.h"
#include "machine/system/machine.h"
#include "seal/anchor.h"

/*
 * The devices file. Empty where no LVM volume lies on the anchor's volumes, or where one of them lies on LVM
 * itself (LUKS on LVM), whose disks are in the clear. Otherwise lvm(8) is asked for its disks: -EOPNOTSUPP
 * naming a disk in the clear that is in a group with enrolled volumes, whose metadata anyone with that disk
 * could write; -ENOENT and the like when lvm cannot be run.
 */
int lvm_devices(const struct machine *m, const struct anchor *a, struct error *err, struct buffer *ret);

#endif
