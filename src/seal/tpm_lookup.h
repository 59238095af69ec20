/* What is at a persistent handle or NV index. */
#ifndef SEAL_TPM_LOOKUP_H
#define SEAL_TPM_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "seal/tpm_connection.h"

/* Reads the public area at a persistent handle or NV index and computes its Name. -ENOENT. */
int tpm_lookup(struct tpm *t, uint32_t handle, struct error *err, ESYS_TR *ret, struct tpm_name *ret_name);

bool tpm_name_equal(const struct tpm_name *a, const struct tpm_name *b);

#endif
