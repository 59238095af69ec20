/* What is at a persistent handle or NV index. */
#ifndef SEAL_TPM_LOOKUP_H
#define SEAL_TPM_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "seal/tpm_connection.h"

/* Reads the public area at a persistent handle or NV index and computes its Name. -ENOENT. */
int tpm_lookup(struct tpm *t, uint32_t handle, struct error *err, ESYS_TR *ret, struct tpm_name *ret_name);
/* The Name of what is loaded, computed. handle: what to call it in a message. -EOPNOTSUPP: not by SHA-256. */
int tpm_name_found(struct tpm *t, ESYS_TR tr, uint32_t handle, struct error *err, struct tpm_name *ret);

bool tpm_name_equal(const struct tpm_name *a, const struct tpm_name *b);

#endif
