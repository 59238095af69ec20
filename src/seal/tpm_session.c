#include "seal/tpm_session.h"

#include "seal/tpm_connection.h"
#include "seal/tpm_error.h"

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
