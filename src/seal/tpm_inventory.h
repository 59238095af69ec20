/* What a TPM says of itself and of what is in it, as text for people: nothing secret, nothing is changed. */
#ifndef SEAL_TPM_INVENTORY_H
#define SEAL_TPM_INVENTORY_H

#include "base/buffer.h"
#include "base/error.h"
#include "seal/tpm.h"

/*
 * Adds lines: its fixed and variable properties by number (TPM 2.0 Library part 2, 6.13), persistent keys
 * and NV indices with their public areas. One that cannot be read is a line that says why.
 */
int tpm_inventory(struct tpm *t, struct error *err, struct buffer *ret);

#endif
