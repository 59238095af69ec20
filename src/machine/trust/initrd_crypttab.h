/* The crypttab in an initrd. */
#ifndef MACHINE_TRUST_INITRD_CRYPTTAB_H
#define MACHINE_TRUST_INITRD_CRYPTTAB_H

#include "base/buffer.h"
#include "base/error.h"

/*
 * Reads the file no further than to it: that there is only one, the proof says (machine/trust/proof.h).
 * -ENOENT: there is none; otherwise as initrd_unpack_file().
 */
int initrd_crypttab(int initrd, struct error *err, struct buffer *ret);

#endif
