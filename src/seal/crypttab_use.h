/*
 * Which lines of a crypttab bootseal-unlock takes. The tool asks the same of an initrd before it promises
 * that a boot will unlock.
 */
#ifndef SEAL_CRYPTTAB_USE_H
#define SEAL_CRYPTTAB_USE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "seal/anchor.h"
#include "seal/crypttab.h"

#define CRYPTTAB_IN_INITRD "cryptroot/crypttab" /* of cryptsetup-initramfs, below / */

/* Does the command line have a cryptopts=, which replaces the crypttab? cryptroot's own test. */
bool crypttab_is_replaced(const char *cmdline);

/* 0, or -EOPNOTSUPP: the line has something that we cannot unlock with. */
int crypttab_check_entry(const struct crypttab_entry *e, struct error *err);

/*
 * Would every target of the anchor be taken? -ENOENT: one has no line; -EOPNOTSUPP. err names target and
 * path.
 */
int crypttab_check_targets(const struct crypttab *t, const struct anchor *a, const char *path,
			   struct error *err);

#endif
