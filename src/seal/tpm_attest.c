#include "seal/tpm_attest.h"

#include <errno.h>
#include <string.h>

#include "seal/tpm_connection.h"
#include "seal/tpm_error.h"
#include "seal/tpm_lookup.h"
#include "seal/tpm_pcrs.h"
#include "seal/tpm_srk.h"

#define CHUNK 512 /* bytes; every TPM has room for as many in one answer */
#define DEFAULT_EXPONENT 65537u

void tpm_signed_free(struct tpm_signed *s)
{
	buffer_free(&s->statement);
	buffer_free(&s->signature);
}

static int find(struct tpm *t, uint32_t handle, const char *what, struct error *err, ESYS_TR *ret)
{
	TSS2_RC rc;
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	TPM_TRY(t, rc, Esys_TR_FromTPMPublic(t->esys, handle, NO_SESSION, ret));
	if (rc == TSS2_RC_SUCCESS)
		return 0;
	r = tpm_error(rc, "reading a public area", err);
	return r == -ENOENT ? error_set(err, r, "TPM: there is no %s 0x%08x", what, handle) : r;
}

/* Who may read it, by the empty password; ESYS_TR_NONE: nobody. */
static ESYS_TR reader_of(ESYS_TR index, TPMA_NV attributes)
{
	if (attributes & TPMA_NV_AUTHREAD)
		return index;
	return attributes & TPMA_NV_OWNERREAD ? ESYS_TR_RH_OWNER : ESYS_TR_NONE;
}

static int read_chunks(struct tpm *t, ESYS_TR index, const TPMS_NV_PUBLIC *area, struct error *err,
		       struct buffer *ret)
{
	ESYS_TR by = reader_of(index, area->attributes);
	TPM2B_MAX_NV_BUFFER *data;
	TSS2_RC rc;

	if (by == ESYS_TR_NONE)
		return error_set(err, -EPERM, "TPM: the NV index 0x%08x may not be read", area->nvIndex);
	while (ret->len < area->dataSize && buffer_ok(ret)) {
		uint16_t n =
			area->dataSize - ret->len < CHUNK ? (uint16_t)(area->dataSize - ret->len) : CHUNK;

		data = NULL;
		TPM_TRY(t, rc, Esys_NV_Read(t->esys, by, index, BY_PASSWORD, n, (uint16_t)ret->len, &data));
		if (rc != TSS2_RC_SUCCESS)
			return tpm_error(rc, "NV_Read", err);
		if (data->size != n) {
			Esys_Free(data);
			return error_set(err, -EIO, "TPM: NV_Read: %u bytes asked for, another number came",
					 n);
		}
		buffer_add(ret, data->buffer, data->size);
		Esys_Free(data);
	}
	return buffer_ok(ret) ? 0 : -ENOMEM;
}

static int read_index(struct tpm *t, ESYS_TR index, size_t max, struct error *err, struct buffer *ret)
{
	TPM2B_NV_PUBLIC *p = NULL;
	TSS2_RC rc;
	int r;

	TPM_TRY(t, rc, Esys_NV_ReadPublic(t->esys, index, NO_SESSION, &p, NULL));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_error(rc, "NV_ReadPublic", err);
	if (!(p->nvPublic.attributes & TPMA_NV_WRITTEN))
		r = error_set(err, -ENODATA, "TPM: the NV index 0x%08x was never written",
			      p->nvPublic.nvIndex);
	else if (p->nvPublic.dataSize > max)
		r = error_set(err, -EFBIG, "TPM: the NV index 0x%08x has %u bytes, more than %zu",
			      p->nvPublic.nvIndex, p->nvPublic.dataSize, max);
	else
		r = read_chunks(t, index, &p->nvPublic, err, ret);
	Esys_Free(p);
	return r;
}

int tpm_index_whole(struct tpm *t, uint32_t handle, size_t max, struct error *err, struct buffer *ret)
{
	struct buffer bytes = BUFFER_NONE;
	ESYS_TR index = ESYS_TR_NONE;
	int r = find(t, handle, "NV index", err, &index);

	if (r < 0)
		return r;
	r = read_index(t, index, max, err, &bytes);
	tpm_forget(t, &index);
	if (r == 0)
		*ret = bytes;
	else
		buffer_free(&bytes);
	return r;
}

static int take_key(const TPMT_PUBLIC *area, uint32_t handle, struct error *err, struct rsa_public *ret)
{
	const TPMA_OBJECT wanted = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_FIXEDTPM;
	const TPM2B_PUBLIC_KEY_RSA *n = &area->unique.rsa;

	/*
	 * one that is not restricted would sign what somebody else wrote; one with "decrypt", nothing at all
	 */
	if (area->type != TPM2_ALG_RSA || (area->objectAttributes & wanted) != wanted ||
	    (area->objectAttributes & TPMA_OBJECT_DECRYPT) || n->size == 0 || n->size > sizeof(ret->n) ||
	    n->buffer[0] == 0)
		return error_set(
			err, -EOPNOTSUPP,
			"TPM: the key 0x%08x is no attestation key: RSA, for signing, restricted and "
			"fixed to this TPM",
			handle);
	*ret = (struct rsa_public){ .n_len = n->size, .e = area->parameters.rsaDetail.exponent };
	memcpy(ret->n, n->buffer, n->size);
	if (ret->e == 0)
		ret->e = DEFAULT_EXPONENT;
	return 0;
}

int tpm_attestation_key(struct tpm *t, uint32_t handle, struct error *err, struct rsa_public *ret)
{
	ESYS_TR key = ESYS_TR_NONE;
	TPM2B_PUBLIC *p = NULL;
	TSS2_RC rc;
	int r = find(t, handle, "attestation key", err, &key);

	if (r < 0)
		return r;
	TPM_TRY(t, rc, Esys_ReadPublic(t->esys, key, NO_SESSION, &p, NULL, NULL));
	tpm_forget(t, &key);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_error(rc, "ReadPublic", err);
	r = take_key(&p->publicArea, handle, err, ret);
	Esys_Free(p);
	return r;
}

/* Takes both over. */
static int keep(TPM2B_ATTEST *statement, TPMT_SIGNATURE *signature, struct error *err, struct tpm_signed *ret)
{
	struct tpm_signed s = TPM_SIGNED_NONE;
	int r = 0;

	if (signature->sigAlg == TPM2_ALG_RSASSA && signature->signature.rsassa.hash == TPM2_ALG_SHA256) {
		buffer_add(&s.statement, statement->attestationData, statement->size);
		buffer_add(&s.signature, signature->signature.rsassa.sig.buffer,
			   signature->signature.rsassa.sig.size);
		r = buffer_ok(&s.statement) && buffer_ok(&s.signature) ? 0 : -ENOMEM;
	} else {
		r = error_set(err, -EOPNOTSUPP,
			      "TPM: the attestation key signs with another scheme than RSASSA "
			      "over SHA-256");
	}
	Esys_Free(statement);
	Esys_Free(signature);
	if (r == 0)
		*ret = s;
	else
		tpm_signed_free(&s);
	return r;
}

static TPM2B_DATA data_of(const uint8_t nonce[static SHA256_LEN])
{
	TPM2B_DATA d = { .size = SHA256_LEN };

	memcpy(d.buffer, nonce, SHA256_LEN);
	return d;
}

int tpm_quote(struct tpm *t, uint32_t ak, pcr_mask pcrs, const uint8_t nonce[static SHA256_LEN],
	      struct error *err, struct tpm_signed *ret)
{
	static const TPMT_SIG_SCHEME own = { .scheme = TPM2_ALG_NULL };
	const TPM2B_DATA data = data_of(nonce);
	TPM2B_ATTEST *statement = NULL;
	TPMT_SIGNATURE *signature = NULL;
	TPML_PCR_SELECTION selection;
	ESYS_TR key = ESYS_TR_NONE;
	TSS2_RC rc;
	int r = find(t, ak, "attestation key", err, &key);

	if (r < 0)
		return r;
	tpm_select(pcrs, &selection);
	TPM_TRY(t, rc,
		Esys_Quote(t->esys, key, BY_PASSWORD, &data, &own, &selection, &statement, &signature));
	tpm_forget(t, &key);
	return rc == TSS2_RC_SUCCESS ? keep(statement, signature, err, ret) : tpm_error(rc, "Quote", err);
}

int tpm_certify_srk(struct tpm *t, uint32_t ak, const uint8_t nonce[static SHA256_LEN], struct error *err,
		    struct tpm_name *ret_name, struct tpm_signed *ret)
{
	static const TPMT_SIG_SCHEME own = { .scheme = TPM2_ALG_NULL };
	const TPM2B_DATA data = data_of(nonce);
	TPM2B_ATTEST *statement = NULL;
	TPMT_SIGNATURE *signature = NULL;
	ESYS_TR key = ESYS_TR_NONE;
	TSS2_RC rc;
	int r = tpm_srk(t, err, ret_name);

	if (r == 0)
		r = find(t, ak, "attestation key", err, &key);
	if (r < 0)
		return r;
	TPM_TRY(t, rc,
		Esys_Certify(t->esys, t->srk, key, ESYS_TR_PASSWORD, ESYS_TR_PASSWORD, ESYS_TR_NONE, &data,
			     &own, &statement, &signature));
	tpm_forget(t, &key);
	return rc == TSS2_RC_SUCCESS ? keep(statement, signature, err, ret) : tpm_error(rc, "Certify", err);
}
