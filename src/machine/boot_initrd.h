/*
 * Machines whose menu starts Linux without an initrd: as delivered, such an image cannot have an encrypted
 * root. Found at enrolment, changed only when told so, and put back by remove.
 */
#ifndef MACHINE_BOOT_INITRD_H
#define MACHINE_BOOT_INITRD_H

#include "machine/chain/chain.h"

/* -ECANCELED when the default entry has none: err says which setting is the reason, and what to do. */
int boot_initrd_require(struct chain *c, struct error *err);

/*
 * Switches the setting off and writes the menu again. 1: done, and the machine is to be restarted before it
 * is enrolled; ret_file: where, static. 0: there is no such setting.
 */
int boot_initrd_enforce(const struct machine *m, struct error *err, const char **ret_file);

/* Takes back what enforce did. 1: done; 0: nothing to do; -EIO: done, but for the menu, which err tells. */
int boot_initrd_restore(const struct machine *m, struct error *err);

#endif
