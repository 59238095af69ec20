#include "seal/tpm_name.h"

#include <errno.h>
#include <string.h>
#include <tss2/tss2_tpm2_types.h>

#include "base/buffer.h"

#define INDEX_ATTRIBUTES \
	(TPMA_NV_POLICYWRITE | TPMA_NV_WRITEALL | TPMA_NV_AUTHREAD | TPMA_NV_OWNERREAD | TPMA_NV_NO_DA)

int tpm_name_of(const void *area, size_t n, struct tpm_name *ret)
{
	struct tpm_name name = { .bytes = { TPM2_ALG_SHA256 >> 8, TPM2_ALG_SHA256 & 0xff } };
	int r = hash_sha256(area, n, name.bytes + 2);

	if (r == 0)
		*ret = name;
	return r;
}

static int name_of(const struct buffer *area, struct tpm_name *ret)
{
	return buffer_ok(area) ? tpm_name_of(area->data, area->len, ret) : -ENOMEM;
}

void tpm_authority_public(const struct authority *a, TPM2B_PUBLIC *ret)
{
	TPM2B_PUBLIC p = { .publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_SIGN_ENCRYPT,
		.parameters.eccDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = { .scheme = TPM2_ALG_ECDSA, .details.ecdsa.hashAlg = TPM2_ALG_SHA256 },
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
		.unique.ecc = { .x.size = sizeof(a->x), .y.size = sizeof(a->y) },
	} };

	memcpy(p.publicArea.unique.ecc.x.buffer, a->x, sizeof(a->x));
	memcpy(p.publicArea.unique.ecc.y.buffer, a->y, sizeof(a->y));
	*ret = p;
}

/* TPMT_PUBLIC of tpm_authority_public(), marshalled (Part 2) */
int authority_name(const struct authority *a, struct tpm_name *ret)
{
	struct buffer area = BUFFER_NONE;
	int r;

	buffer_add_be16(&area, TPM2_ALG_ECC);
	buffer_add_be16(&area, TPM2_ALG_SHA256);
	buffer_add_be32(&area, TPMA_OBJECT_SIGN_ENCRYPT);
	buffer_add_be16(&area, 0); /* authPolicy */
	buffer_add_be16(&area, TPM2_ALG_NULL);
	buffer_add_be16(&area, TPM2_ALG_ECDSA);
	buffer_add_be16(&area, TPM2_ALG_SHA256);
	buffer_add_be16(&area, TPM2_ECC_NIST_P256);
	buffer_add_be16(&area, TPM2_ALG_NULL);
	buffer_add_be16(&area, sizeof(a->x));
	buffer_add(&area, a->x, sizeof(a->x));
	buffer_add_be16(&area, sizeof(a->y));
	buffer_add(&area, a->y, sizeof(a->y));
	r = name_of(&area, ret);
	buffer_free(&area);
	return r;
}

static int write_policy(const struct authority *a, uint8_t ret[static SHA256_LEN])
{
	struct tpm_name key;
	int r = authority_name(a, &key);

	return r < 0 ? r : policy_signed(&key, ret);
}

int tpm_index_public(uint32_t handle, const struct authority *a, TPM2B_NV_PUBLIC *ret)
{
	TPM2B_NV_PUBLIC p = { .nvPublic = {
				      .nvIndex = handle,
				      .nameAlg = TPM2_ALG_SHA256,
				      .attributes = INDEX_ATTRIBUTES,
				      .authPolicy.size = SHA256_LEN,
				      .dataSize = INDEX_DATA_LEN,
			      } };
	int r = write_policy(a, p.nvPublic.authPolicy.buffer);

	if (r == 0)
		*ret = p;
	return r;
}

/* TPMS_NV_PUBLIC, marshalled (Part 2) */
int tpm_nv_name(const TPMS_NV_PUBLIC *p, struct tpm_name *ret)
{
	struct buffer area = BUFFER_NONE;
	int r;

	buffer_add_be32(&area, p->nvIndex);
	buffer_add_be16(&area, p->nameAlg);
	buffer_add_be32(&area, p->attributes);
	buffer_add_be16(&area, p->authPolicy.size);
	buffer_add(&area, p->authPolicy.buffer, p->authPolicy.size);
	buffer_add_be16(&area, p->dataSize);
	r = name_of(&area, ret);
	buffer_free(&area);
	return r;
}

int index_name(uint32_t handle, const struct authority *a, bool written, struct tpm_name *ret)
{
	TPM2B_NV_PUBLIC p;
	int r = tpm_index_public(handle, a, &p);

	if (r < 0)
		return r;
	if (written)
		p.nvPublic.attributes |= TPMA_NV_WRITTEN;
	return tpm_nv_name(&p.nvPublic, ret);
}
