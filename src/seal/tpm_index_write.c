#include "seal/tpm_index_write.h"

#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "seal/tpm_connection.h"
#include "seal/tpm_error.h"
#include "seal/tpm_index.h"
#include "seal/tpm_lookup.h"
#include "seal/tpm_session.h"
#include "seal/tpm_srk.h"

/*
 * cpHash of NV_Write(index, index, data, 0): command code, both Names, parameters (Part 1, "Command
 * Parameter Hash").
 */
static int command_hash(const struct tpm_name *index, const TPM2B_MAX_NV_BUFFER *data,
			uint8_t ret[static SHA256_LEN])
{
	struct buffer b = BUFFER_NONE;
	int r;

	buffer_add_be32(&b, TPM2_CC_NV_Write);
	buffer_add(&b, index->bytes, TPM_NAME_LEN);
	buffer_add(&b, index->bytes, TPM_NAME_LEN);
	buffer_add_be16(&b, data->size);
	buffer_add(&b, data->buffer, data->size);
	buffer_add_be16(&b, 0);
	r = buffer_ok(&b) ? hash_sha256(b.data, b.len, ret) : -ENOMEM;
	buffer_free(&b);
	return r;
}

/* aHash (Part 3, TPM2_PolicySigned): nonceTPM, expiration 0, cpHash, empty policyRef */
static int signed_hash(const TPM2B_NONCE *nonce, const uint8_t cp_hash[static SHA256_LEN],
		       uint8_t ret[static SHA256_LEN])
{
	struct buffer b = BUFFER_NONE;
	int r;

	buffer_add(&b, nonce->buffer, nonce->size);
	buffer_add_be32(&b, 0);
	buffer_add(&b, cp_hash, SHA256_LEN);
	r = buffer_ok(&b) ? hash_sha256(b.data, b.len, ret) : -ENOMEM;
	buffer_free(&b);
	return r;
}

static int sign(const struct authority *a, const TPM2B_NONCE *nonce,
		const uint8_t cp_hash[static SHA256_LEN], TPMT_SIGNATURE *ret)
{
	TPMT_SIGNATURE s = {
		.sigAlg = TPM2_ALG_ECDSA,
		.signature.ecdsa = { .hash = TPM2_ALG_SHA256, .signatureR.size = 32, .signatureS.size = 32 },
	};
	uint8_t digest[SHA256_LEN];
	int r;

	r = signed_hash(nonce, cp_hash, digest);
	if (r == 0)
		r = a->sign(a->key, digest, s.signature.ecdsa.signatureR.buffer,
			    s.signature.ecdsa.signatureS.buffer);
	if (r == 0)
		*ret = s;
	return r;
}

/* PolicySigned in that session, for exactly that write. */
static int authorise(struct tpm *t, ESYS_TR session, const struct authority *a,
		     const TPM2B_MAX_NV_BUFFER *data, struct error *err)
{
	const TPM2B_NONCE no_ref = { .size = 0 };
	TPM2B_DIGEST cp_hash = { .size = SHA256_LEN };
	TPM2B_NONCE *nonce = NULL;
	TPM2B_PUBLIC public;
	TPMT_SIGNATURE signature;
	ESYS_TR key = ESYS_TR_NONE;
	TSS2_RC rc;
	int r;

	tpm_authority_public(a, &public);
	TPM_TRY(t, rc, Esys_LoadExternal(t->esys, NO_SESSION, NULL, &public, ESYS_TR_RH_NULL, &key));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_error(rc, "LoadExternal", err);
	rc = Esys_TRSess_GetNonceTPM(t->esys, session, &nonce);
	if (rc != TSS2_RC_SUCCESS) {
		r = tpm_error(rc, "session nonce", err);
		goto out;
	}
	r = command_hash(&t->index_name, data, cp_hash.buffer);
	if (r == 0)
		r = sign(a, nonce, cp_hash.buffer, &signature);
	if (r < 0) {
		error_set(err, r, "the authority key cannot sign: %s", strerror(-r));
		goto out;
	}
	TPM_TRY(t, rc,
		Esys_PolicySigned(t->esys, key, session, NO_SESSION, nonce, &cp_hash, &no_ref, 0, &signature,
				  NULL, NULL));
	if (rc != TSS2_RC_SUCCESS)
		r = tpm_error(rc, "PolicySigned", err);
out:
	Esys_Free(nonce);
	tpm_flush(t, &key);
	return r;
}

static int write(struct tpm *t, const struct authority *a, const TPM2B_MAX_NV_BUFFER *data,
		 struct error *err)
{
	ESYS_TR session = ESYS_TR_NONE;
	TSS2_RC rc;
	int r;

	r = tpm_session_start(t, TPM2_SE_POLICY, err, &session);
	if (r < 0)
		return r;
	/* no parameter encryption: cpHash would have to cover the ciphertext, and the digest is no secret */
	r = tpm_session_flags(t, session, TPMA_SESSION_CONTINUESESSION, err);
	if (r == 0)
		r = authorise(t, session, a, data, err);
	if (r < 0)
		goto out;
	TPM_TRY(t, rc,
		Esys_NV_Write(t->esys, t->index, t->index, session, ESYS_TR_NONE, ESYS_TR_NONE, data, 0));
	if (rc != TSS2_RC_SUCCESS)
		r = tpm_error(rc, "NV_Write", err);
out:
	tpm_flush(t, &session);
	return r;
}

int index_write(struct tpm *t, uint32_t handle, const struct authority *a,
		const uint8_t policy[static SHA256_LEN], struct error *err)
{
	TPM2B_MAX_NV_BUFFER data = {
		.size = INDEX_DATA_LEN,
		.buffer = { TPM2_ALG_SHA256 >> 8, TPM2_ALG_SHA256 & 0xff },
	};
	const int64_t began = log_begin();
	uint8_t back[SHA256_LEN];
	struct tpm_name before, after;
	int r;

	memcpy(data.buffer + 2, policy, SHA256_LEN);
	r = index_name(handle, a, false, &before);
	if (r == 0)
		r = index_name(handle, a, true, &after);
	if (r == 0)
		r = tpm_srk_want(t, NULL, err); /* its session is salted to it */
	if (r < 0)
		return r;
	/* read again: the Name changes with the first write, and it is part of what is signed */
	tpm_forget(t, &t->index);
	r = tpm_index_want(t, handle, &after, err);
	if (r == -EKEYREJECTED && tpm_name_equal(&t->index_name, &before))
		r = 0;
	if (r == 0)
		r = write(t, a, &data, err);
	if (r == 0)
		r = index_read(t, handle, &after, err, back);
	if (r == 0 && memcmp(back, policy, SHA256_LEN) != 0)
		r = error_set(err, -EIO, "TPM: the policy index 0x%08x does not hold what was written",
			      handle);
	if (r == 0)
		log_step_since(began, "TPM: wrote the policy index 0x%08x and read it back", handle);
	return r;
}
