/* Reading PCRs, and whether a TPM can do what bootseal needs. */
#ifndef SEAL_TPM_PCRS_H
#define SEAL_TPM_PCRS_H

#include <stdint.h>

#include "base/error.h"
#include "seal/policy.h"
#include "seal/tpm.h"

struct TPML_PCR_SELECTION; /* of tpm2-tss */

/* SHA-256 bank, one command for up to eight PCRs, the rest of ret is zero. */
int tpm_pcrs(struct tpm *t, pcr_mask mask, struct error *err, uint8_t ret[static PCR_COUNT][SHA256_LEN]);

/* -EOPNOTSUPP with words unless the TPM has PolicyAuthorizeNV and the SHA-256 bank. */
int tpm_require(struct tpm *t, struct error *err);

/* For commands that name PCRs of the SHA-256 bank. */
void tpm_select(pcr_mask mask, struct TPML_PCR_SELECTION *ret);

#endif
