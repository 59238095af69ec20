/* Sealing a key under the policy index. */
#ifndef SEAL_TPM_SEAL_H
#define SEAL_TPM_SEAL_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/secret.h"
#include "seal/policy.h"
#include "seal/tpm.h"

/*
 * The TPMT_PUBLIC of a sealed object, without its authPolicy: usable by its policy only, on this TPM, under
 * this parent. For tpm*.c.
 */
#define TPM_SEALED_TEMPLATE                                                                     \
	{                                                                                       \
		.type = TPM2_ALG_KEYEDHASH,                                                     \
		.nameAlg = TPM2_ALG_SHA256,                                                     \
		.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |            \
				    TPMA_OBJECT_NODA | TPMA_OBJECT_ADMINWITHPOLICY,             \
		.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,                      \
	}

/*
 * With a PIN its policy asks for its authValue, too, and the TPM counts those that are wrong, so noDA is
 * clear. For tpm*.c.
 */
#define TPM_SEALED_ATTRIBUTES_PIN \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_ADMINWITHPOLICY)
/* authPolicy: PolicyAuthorizeNV(index), and PolicyAuthValue with a PIN. For tpm*.c. */
int tpm_sealed_policy(const struct tpm_name *index, bool pin, uint8_t ret[static SHA256_LEN]);

/* Under the SRK, with authPolicy PolicyAuthorizeNV(index). ret_object: TPM2B_PUBLIC || TPM2B_PRIVATE. */
int tpm_seal(struct tpm *t, const struct secret *key, const struct tpm_name *index, struct error *err,
	     struct buffer *ret_object);
/* The same for a key that is unsealed with this authValue only (seal/pin.h), of SHA256_LEN bytes. */
struct sealed_pin {
	const struct secret *key, *auth;
};
int tpm_seal_pin(struct tpm *t, const struct sealed_pin *what, const struct tpm_name *index,
		 struct error *err, struct buffer *ret_object);

#endif
