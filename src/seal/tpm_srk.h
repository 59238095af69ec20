/* The storage root key, under which everything is sealed. */
#ifndef SEAL_TPM_SRK_H
#define SEAL_TPM_SRK_H

#include <stdint.h>

#include "base/error.h"
#include "seal/policy.h"
#include "seal/tpm.h"

#define SRK_HANDLE 0x81000001u

/* The SRK at SRK_HANDLE, as found. Later calls are salted to it. -ENOENT when there is none. */
int tpm_srk(struct tpm *t, struct error *err, struct tpm_name *ret_name);

/*
 * For tpm*.c: the SRK, looked up at most once; expected may be NULL. -EKEYREJECTED when it has another
 * Name.
 */
int tpm_srk_want(struct tpm *t, const struct tpm_name *expected, struct error *err);

#endif
