/*
 * Writing the policy index: NV_Write under PolicySigned. The signature covers the session's fresh nonce and
 * the command with its parameters, so that it is good for this one write in this one session.
 */
#ifndef SEAL_TPM_INDEX_WRITE_H
#define SEAL_TPM_INDEX_WRITE_H

#include <stdint.h>

#include "base/error.h"
#include "hash/hash.h"
#include "seal/tpm.h"
#include "seal/tpm_name.h"

/* NV_Write under PolicySigned, bound to the session's nonce and the command's cpHash. Reads back. */
int index_write(struct tpm *t, uint32_t handle, const struct authority *a,
		const uint8_t policy[static SHA256_LEN], struct error *err);

#endif
