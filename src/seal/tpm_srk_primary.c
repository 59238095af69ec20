#include "seal/tpm_srk_primary.h"

#include <string.h>

#include "seal/tpm_error.h"

#define STORAGE_CIPHER                                                                  \
	{                                                                               \
		.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB \
	}

/*
 * TCG TPM v2.0 Provisioning Guidance 7.5.1: templates L-1 and L-2 of the EK Credential Profile with an SRK's
 * attributes. `unique` is all zeros at full length, which is not the same key as an empty one; programs
 * differ in that.
 */
static void fill(enum srk_template template, TPM2B_PUBLIC *ret)
{
	bool full = template == SRK_ECC || template == SRK_RSA;
	TPMT_PUBLIC *p = &ret->publicArea;

	memset(ret, 0, sizeof(*ret));
	p->nameAlg = TPM2_ALG_SHA256;
	p->objectAttributes = SRK_ATTRIBUTES;
	if (template == SRK_RSA || template == SRK_RSA_EMPTY) {
		p->type = TPM2_ALG_RSA;
		p->parameters.rsaDetail = (TPMS_RSA_PARMS){ .symmetric = STORAGE_CIPHER,
							    .scheme.scheme = TPM2_ALG_NULL,
							    .keyBits = 2048 };
		p->unique.rsa.size = full ? 256 : 0;
		return;
	}
	p->type = TPM2_ALG_ECC;
	p->parameters.eccDetail = (TPMS_ECC_PARMS){ .symmetric = STORAGE_CIPHER,
						    .scheme.scheme = TPM2_ALG_NULL,
						    .curveID = TPM2_ECC_NIST_P256,
						    .kdf.scheme = TPM2_ALG_NULL };
	p->unique.ecc.x.size = p->unique.ecc.y.size = full ? 32 : 0;
}

int tpm_primary_create(struct tpm *t, enum srk_template template, struct error *err, ESYS_TR *ret)
{
	const TPM2B_SENSITIVE_CREATE no_auth = { .size = 0 };
	const TPM2B_DATA no_info = { .size = 0 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };
	ESYS_TR key = ESYS_TR_NONE;
	TPM2B_PUBLIC area;
	TSS2_RC rc;

	fill(template, &area);
	TPM_TRY(t, rc,
		Esys_CreatePrimary(t->esys, ESYS_TR_RH_OWNER, BY_PASSWORD, &no_auth, &area, &no_info,
				   &no_pcrs, &key, NULL, NULL, NULL, NULL));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_owner_error(rc, "CreatePrimary", err);
	*ret = key;
	return 0;
}
