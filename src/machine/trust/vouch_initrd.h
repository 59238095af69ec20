/* The hook's word for an initrd that it has just made. */
#ifndef MACHINE_TRUST_VOUCH_INITRD_H
#define MACHINE_TRUST_VOUCH_INITRD_H

#include "base/error.h"
#include "machine/system/machine.h"

/*
 * The initramfs post-update hook says that it has just made this initrd for this kernel release: recorded in
 * the manifest at once. The caller has made sure that the TPM unlocked this boot (doc/design.md, 8).
 * What is recorded is what was written, not what the disk says: -EAGAIN when a part of it has left the
 * memory. -EINVAL when the file is not that release's initrd ("/boot/initrd.img-RELEASE").
 */
int machine_vouch_initrd(const struct machine *m, const char *release, const char *path, struct error *err);

#endif
