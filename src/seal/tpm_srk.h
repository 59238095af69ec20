/* The storage root key, under which everything is sealed. */
#ifndef SEAL_TPM_SRK_H
#define SEAL_TPM_SRK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "seal/policy.h"
#include "seal/tpm.h"

#define SRK_HANDLE 0x81000001u

/* The SRK at SRK_HANDLE, as found. Later calls are salted to it. -ENOENT when there is none. */
int tpm_srk(struct tpm *t, struct error *err, struct tpm_name *ret_name);

/*
 * For tpm*.c: the SRK, looked up at most once; expected may be NULL. -EKEYREJECTED when it has another
 * Name. After tpm_srk_or_primary() it may be a primary, which is made again after a connection that broke.
 */
int tpm_srk_want(struct tpm *t, const struct tpm_name *expected, struct error *err);
/*
 * The SRK of that Name: the persistent one or, where there is none, a primary, which then stays in the TPM as
 * t->srk until tpm_close() or tpm_srk(). -EKEYREJECTED when neither has that Name.
 */
int tpm_srk_or_primary(struct tpm *t, const struct tpm_name *expected, bool is_rsa, struct error *err);
/* Forgets the SRK, and flushes it where it is a primary. */
void tpm_srk_drop(struct tpm *t);

#endif
