#include "seal/tpm_lookup.h"

#include <errno.h>
#include <string.h>

#include "seal/tpm_connection.h"
#include "seal/tpm_error.h"

int tpm_name_found(struct tpm *t, ESYS_TR tr, uint32_t handle, struct error *err, struct tpm_name *ret)
{
	/* computed here from the public area, not the one that the TPM claims */
	TPM2B_NAME *name = NULL;
	TSS2_RC rc = Esys_TR_GetName(t->esys, tr, &name);
	int r = 0;

	if (rc != TSS2_RC_SUCCESS)
		r = tpm_error(rc, "computing a Name", err);
	else if (name->size != TPM_NAME_LEN || name->name[0] != TPM2_ALG_SHA256 >> 8 ||
		 name->name[1] != (TPM2_ALG_SHA256 & 0xff))
		r = error_set(err, -EOPNOTSUPP,
			      "TPM: what is at handle 0x%08x does not use SHA-256 for its Name", handle);
	if (r == 0)
		memcpy(ret->bytes, name->name, TPM_NAME_LEN);
	Esys_Free(name);
	return r;
}

int tpm_lookup(struct tpm *t, uint32_t handle, struct error *err, ESYS_TR *ret, struct tpm_name *ret_name)
{
	ESYS_TR tr;
	TSS2_RC rc;
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	TPM_TRY(t, rc, Esys_TR_FromTPMPublic(t->esys, handle, NO_SESSION, &tr));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_error(rc, "reading a public area", err);
	r = tpm_name_found(t, tr, handle, err, ret_name);
	if (r == 0)
		*ret = tr;
	else
		tpm_forget(t, &tr);
	return r;
}

bool tpm_name_equal(const struct tpm_name *a, const struct tpm_name *b)
{
	return memcmp(a->bytes, b->bytes, TPM_NAME_LEN) == 0;
}
