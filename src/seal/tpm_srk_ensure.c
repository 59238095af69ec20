#include "seal/tpm_srk_ensure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "seal/tpm_connection.h"
#include "seal/tpm_error.h"
#include "seal/tpm_seal.h"
#include "seal/tpm_srk.h"
#include "seal/tpm_srk_primary.h"

#define REMEDY                                                                                        \
	"if no other program needs it, 'tpm2_evictcontrol -C o -c 0x%08x' removes it, and enrolling " \
	"makes a new one"

static int create(struct tpm *t, struct error *err)
{
	ESYS_TR key = ESYS_TR_NONE, persistent = ESYS_TR_NONE;
	TSS2_RC rc;
	int r = tpm_primary_create(t, SRK_ECC, err, &key);

	if (r < 0)
		return r;
	TPM_TRY(t, rc,
		Esys_EvictControl(t->esys, ESYS_TR_RH_OWNER, key, BY_PASSWORD, SRK_HANDLE, &persistent));
	if (rc != TSS2_RC_SUCCESS)
		r = tpm_owner_error(rc, "EvictControl", err);
	tpm_forget(t, &persistent);
	tpm_flush(t, &key);
	return r;
}

static void describe(const TPMT_PUBLIC *area, char ret[static 64])
{
	if (area->type == TPM2_ALG_RSA)
		snprintf(ret, 64, "RSA-%u", area->parameters.rsaDetail.keyBits);
	else if (area->type == TPM2_ALG_ECC)
		snprintf(ret, 64, "ECC on curve 0x%04x", area->parameters.eccDetail.curveID);
	else
		snprintf(ret, 64, "of type 0x%04x", area->type);
	if (!(area->objectAttributes & TPMA_OBJECT_DECRYPT) ||
	    !(area->objectAttributes & TPMA_OBJECT_RESTRICTED))
		strcat(ret, ", no storage key");
}

/* Whether it has a password shows only when something is made under it. */
static int check_password(struct tpm *t, struct error *err)
{
	static const struct tpm_name no_index = { .bytes = { 0x00, 0x0b } };
	struct error why = ERROR_NONE;
	struct buffer object = BUFFER_NONE;
	struct secret nothing = SECRET_NONE;
	int r;

	r = secret_random(1, &nothing);
	if (r == 0)
		r = tpm_seal(t, &nothing, &no_index, &why, &object);
	if (r == -EPERM)
		r = error_set(err, -EOPNOTSUPP,
			      "%.200s: the key at 0x%08x has a password, so nothing can be sealed under it "
			      "unattended; " REMEDY,
			      why.text, SRK_HANDLE, SRK_HANDLE);
	else if (r < 0)
		error_set(err, r, "%s", why.text);
	secret_free(&nothing);
	buffer_free(&object);
	return r;
}

/* A key that somebody else put there has to be a storage key, or nothing can be sealed under it. */
static int check(struct tpm *t, struct error *err, struct srk_kind *ret)
{
	char what[64];
	TPM2B_PUBLIC *p = NULL;
	const TPMT_PUBLIC *area;
	bool fit;
	TSS2_RC rc;

	TPM_TRY(t, rc, Esys_ReadPublic(t->esys, t->srk, NO_SESSION, &p, NULL, NULL));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_error(rc, "ReadPublic", err);
	area = &p->publicArea;
	fit = (area->objectAttributes & SRK_ATTRIBUTES & ~(TPMA_OBJECT)TPMA_OBJECT_NODA) ==
		      (SRK_ATTRIBUTES & ~(TPMA_OBJECT)TPMA_OBJECT_NODA) &&
	      ((area->type == TPM2_ALG_RSA && area->parameters.rsaDetail.keyBits == 2048) ||
	       (area->type == TPM2_ALG_ECC && area->parameters.eccDetail.curveID == TPM2_ECC_NIST_P256));
	ret->counts_tries = !(area->objectAttributes & TPMA_OBJECT_NODA);
	describe(area, what);
	Esys_Free(p);
	if (!fit)
		return error_set(err, -EOPNOTSUPP,
				 "TPM: the key at 0x%08x cannot be used: it is %s; it must be a storage key, "
				 "RSA-2048 or ECC P-256, fixed to this TPM; " REMEDY,
				 SRK_HANDLE, what, SRK_HANDLE);
	return check_password(t, err);
}

int tpm_srk_ensure(struct tpm *t, struct error *err, struct tpm_name *ret_name, struct srk_kind *ret_kind)
{
	struct srk_kind kind = { .made = false };
	struct tpm_name name;
	int r;

	r = tpm_srk(t, err, &name);
	if (r == -ENOENT) {
		kind.made = true;
		r = create(t, err);
		if (r == 0)
			r = tpm_srk(t, err, &name);
	}
	if (r == 0 && !kind.made)
		r = check(t, err, &kind);
	if (r == 0) {
		*ret_name = name;
		if (ret_kind)
			*ret_kind = kind;
	}
	return r;
}

void tpm_srk_undo(struct tpm *t, const struct tpm_name *name)
{
	ESYS_TR gone = ESYS_TR_NONE;
	struct tpm_name found;
	TSS2_RC rc;

	if (tpm_srk(t, NULL, &found) < 0 || memcmp(&found, name, sizeof(found)) != 0)
		return;
	TPM_TRY(t, rc,
		Esys_EvictControl(t->esys, ESYS_TR_RH_OWNER, t->srk, BY_PASSWORD, SRK_HANDLE, &gone));
	/* ESYS has forgotten it, too */
	if (rc == TSS2_RC_SUCCESS)
		t->srk = ESYS_TR_NONE;
}
