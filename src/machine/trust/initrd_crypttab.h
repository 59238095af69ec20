/* The crypttab in an initrd. */
#ifndef MACHINE_TRUST_INITRD_CRYPTTAB_H
#define MACHINE_TRUST_INITRD_CRYPTTAB_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/reader.h"

/*
 * Unpacks no further than to it: that there is only one, the proof says (machine/trust/proof.h). -ENOENT:
 * there is none; otherwise as initrd_unpack().
 */
int initrd_crypttab(const struct reader *initrd, struct error *err, struct buffer *ret);

#endif
