/*
 * A root that Canonical's tools for Confidential VMs encrypted (encrypt-cloud-image; snap-bootstrap unlocks
 * it with a key that it keeps, sealed, on the EFI partition). It has its own way to unlock and no GRUB;
 * nothing of it is taken over, and nothing is touched.
 */
#ifndef MACHINE_SYSTEM_CANONICAL_FDE_H
#define MACHINE_SYSTEM_CANONICAL_FDE_H

#include "machine/system/machine.h"

/* -EOPNOTSUPP with words when this machine's root is one; 0 otherwise. */
int canonical_fde_refuse(const struct machine *m, struct error *err);

#endif
