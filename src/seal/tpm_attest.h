/*
 * What a TPM says and signs about itself, for somebody who wants proof (attest/): in the tool only. Nothing
 * is changed in it.
 */
#ifndef SEAL_TPM_ATTEST_H
#define SEAL_TPM_ATTEST_H

#include "base/buffer.h"
#include "base/error.h"
#include "hash/rsa.h"
#include "seal/policy.h"
#include "seal/tpm.h"

/* What it signed, TPMS_ATTEST, and the signature's bytes. Owned. */
struct tpm_signed {
	struct buffer statement, signature;
};

#define TPM_SIGNED_NONE ((struct tpm_signed){ .statement = { .data = NULL } })

void tpm_signed_free(struct tpm_signed *s); /* fine twice */

/*
 * All of the index, at most max bytes, read with the empty password as its attributes have it. -ENOENT: there
 * is none; -EFBIG; -ENODATA: it was never written.
 */
int tpm_index_whole(struct tpm *t, uint32_t handle, size_t max, struct error *err, struct buffer *ret);

/*
 * The public key of an RSA key that signs only what the TPM made. -ENOENT; -EOPNOTSUPP: it is another kind.
 */
int tpm_attestation_key(struct tpm *t, uint32_t handle, struct error *err, struct rsa_public *ret);

/* TPM2_Quote of PCRs of the SHA-256 bank, by the key at that handle, which has no password. */
int tpm_quote(struct tpm *t, uint32_t ak, pcr_mask pcrs, const uint8_t nonce[static SHA256_LEN],
	      struct error *err, struct tpm_signed *ret);

/* TPM2_Certify of the storage key, by the key at that handle. ret_name: the storage key's Name. */
int tpm_certify_srk(struct tpm *t, uint32_t ak, const uint8_t nonce[static SHA256_LEN], struct error *err,
		    struct tpm_name *ret_name, struct tpm_signed *ret);

#endif
