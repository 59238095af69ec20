#include <errno.h>
#include <string.h>

#include "seal/tpm_internal.h"

int tpm_session_start(struct tpm *t, TPM2_SE type, struct error *err, ESYS_TR *ret)
{
	const TPMT_SYM_DEF aes = { .algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB };
	ESYS_TR s;
	TSS2_RC rc;

	TPM_TRY(t, rc,
		Esys_StartAuthSession(t->esys, t->srk, NO_SESSION, ESYS_TR_NONE, NULL, type, &aes,
				      TPM2_ALG_SHA256, &s));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_error(rc, "StartAuthSession", err);
	*ret = s;
	return 0;
}

int tpm_session_flags(struct tpm *t, ESYS_TR session, TPMA_SESSION flags, struct error *err)
{
	TSS2_RC rc = Esys_TRSess_SetAttributes(t->esys, session, flags, 0xff);

	return rc == TSS2_RC_SUCCESS ? 0 : tpm_error(rc, "session attributes", err);
}

void tpm_session_ended(struct tpm *t, ESYS_TR *session)
{
	Esys_TR_Close(t->esys, session);
	*session = ESYS_TR_NONE;
}

void tpm_flush(struct tpm *t, ESYS_TR *what)
{
	TSS2_RC rc;

	if (*what == ESYS_TR_NONE)
		return;
	if (t->broken) {
		rc = TSS2_ESYS_RC_BAD_SEQUENCE;
	} else {
		TPM_TRY(t, rc, Esys_FlushContext(t->esys, *what));
	}
	if (rc != TSS2_RC_SUCCESS) {
		TPM2_HANDLE handle;

		/* a handle that is not there was a wrong one, perhaps: what it should have been still is */
		t->unseen = true;
		if (t->stale_count < STALE_MAX &&
		    Esys_TR_GetTpmHandle(t->esys, *what, &handle) == TSS2_RC_SUCCESS)
			t->stale[t->stale_count++] = handle;
		Esys_TR_Close(t->esys, what);
	}
	*what = ESYS_TR_NONE;
}

void tpm_forget(struct tpm *t, ESYS_TR *what)
{
	if (*what != ESYS_TR_NONE)
		Esys_TR_Close(t->esys, what);
	*what = ESYS_TR_NONE;
}

int tpm_lookup(struct tpm *t, uint32_t handle, struct error *err, ESYS_TR *ret, struct tpm_name *ret_name)
{
	TPM2B_NAME *name = NULL;
	ESYS_TR tr;
	TSS2_RC rc;
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	TPM_TRY(t, rc, Esys_TR_FromTPMPublic(t->esys, handle, NO_SESSION, &tr));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_error(rc, "reading a public area", err);
	/* computed here from the public area, not the one that the TPM claims */
	rc = Esys_TR_GetName(t->esys, tr, &name);
	if (rc != TSS2_RC_SUCCESS)
		r = tpm_error(rc, "computing a Name", err);
	else if (name->size != TPM_NAME_LEN || name->name[0] != TPM2_ALG_SHA256 >> 8 ||
		 name->name[1] != (TPM2_ALG_SHA256 & 0xff))
		r = error_set(err, -EOPNOTSUPP,
			      "TPM: what is at handle 0x%08x does not use SHA-256 for its Name", handle);
	if (r == 0) {
		memcpy(ret_name->bytes, name->name, TPM_NAME_LEN);
		*ret = tr;
	} else {
		tpm_forget(t, &tr);
	}
	Esys_Free(name);
	return r;
}

bool tpm_name_equal(const struct tpm_name *a, const struct tpm_name *b)
{
	return memcmp(a->bytes, b->bytes, TPM_NAME_LEN) == 0;
}
