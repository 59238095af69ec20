#include "seal/tpm_gate.h"

#include <string.h>
#include <tss2/tss2_mu.h>

#include "seal/tpm_error.h"
#include "seal/tpm_name.h"

/*
 * Zeros in place of a secret. With them and not as a public area alone, because a TPM asks the policy of an
 * object only when its sensitive area is loaded, too.
 */
int tpm_gate(const uint8_t policy[static SHA256_LEN], TPM2B_SENSITIVE *ret_sensitive,
	     TPM2B_PUBLIC *ret_public)
{
	static const uint8_t zeros[2 * SHA256_LEN];
	TPM2B_PUBLIC p = { .publicArea = {
				   .type = TPM2_ALG_KEYEDHASH,
				   .nameAlg = TPM2_ALG_SHA256,
				   .objectAttributes = TPMA_OBJECT_NODA | TPMA_OBJECT_ADMINWITHPOLICY,
				   .authPolicy.size = SHA256_LEN,
				   .parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
				   .unique.keyedHash.size = SHA256_LEN,
			   } };
	/* Part 1, 27.5.3.4: unique is the digest of seedValue and data */
	int r = hash_sha256(zeros, sizeof(zeros), p.publicArea.unique.keyedHash.buffer);

	if (r < 0)
		return r;
	memcpy(p.publicArea.authPolicy.buffer, policy, SHA256_LEN);
	*ret_public = p;
	*ret_sensitive = (TPM2B_SENSITIVE){ .sensitiveArea = { .sensitiveType = TPM2_ALG_KEYEDHASH,
							       .seedValue.size = SHA256_LEN,
							       .sensitive.bits.size = SHA256_LEN } };
	return 0;
}

int gate_name(const uint8_t policy[static SHA256_LEN], struct tpm_name *ret)
{
	uint8_t area[sizeof(TPMT_PUBLIC)];
	TPM2B_SENSITIVE sensitive;
	TPM2B_PUBLIC public;
	size_t n = 0;
	TSS2_RC rc;
	int r = tpm_gate(policy, &sensitive, &public);

	if (r < 0)
		return r;
	rc = Tss2_MU_TPMT_PUBLIC_Marshal(&public.publicArea, area, sizeof(area), &n);
	return rc == TSS2_RC_SUCCESS ? tpm_name_of(area, n, ret) : tpm_error(rc, "marshalling", NULL);
}
