#include "esys.h"

void esys_open(const struct swtpm *s, struct esys *ret)
{
	char conf[128];
	size_t n;

	snprintf(conf, sizeof(conf), "path=%s", s->socket);
	good(Tss2_Tcti_Swtpm_Init(NULL, &n, conf));
	ret->tcti = calloc(1, n);
	assert_non_null(ret->tcti);
	good(Tss2_Tcti_Swtpm_Init(ret->tcti, &n, conf));
	good(Esys_Initialize(&ret->e, ret->tcti, NULL));
}

void esys_close(struct esys *s)
{
	Esys_Finalize(&s->e);
	Tss2_Tcti_Finalize(s->tcti);
	free(s->tcti);
}

ESYS_TR esys_find(struct esys *s, uint32_t handle)
{
	ESYS_TR tr;

	good(Esys_TR_FromTPMPublic(s->e, handle, NONE, &tr));
	return tr;
}

TSS2_RC rc_base(TSS2_RC rc)
{
	return rc & TPM2_RC_FMT1 ? rc & 0xbf : rc;
}

ESYS_TR esys_session(struct esys *s, TPM2_SE type)
{
	const TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	ESYS_TR session;

	good(Esys_StartAuthSession(s->e, ESYS_TR_NONE, ESYS_TR_NONE, NONE, NULL, type, &none,
				   TPM2_ALG_SHA256, &session));
	return session;
}

void esys_digest(struct esys *s, ESYS_TR session, uint8_t ret[static SHA256_LEN])
{
	TPM2B_DIGEST *d;

	good(Esys_PolicyGetDigest(s->e, session, NONE, &d));
	assert_int_equal(d->size, SHA256_LEN);
	memcpy(ret, d->buffer, SHA256_LEN);
	Esys_Free(d);
}

TSS2_RC esys_policy_pcr(struct esys *s, ESYS_TR session)
{
	const TPM2B_DIGEST now = { .size = 0 };
	const TPML_PCR_SELECTION pcrs = {
		.count = 1,
		.pcrSelections = { {
			.hash = TPM2_ALG_SHA256,
			.sizeofSelect = 3,
			.pcrSelect = { SAMPLE_PCRS & 0xff, SAMPLE_PCRS >> 8 & 0xff, 0 },
		} }
	};

	return Esys_PolicyPCR(s->e, session, NONE, &now, &pcrs);
}

TSS2_RC esys_policy_or(struct esys *s, ESYS_TR session, const struct policy_or *o)
{
	TPML_DIGEST list = { .count = o->n };

	for (size_t i = 0; i < o->n; i++) {
		list.digests[i].size = SHA256_LEN;
		memcpy(list.digests[i].buffer, o->digest[i], SHA256_LEN);
	}
	return Esys_PolicyOR(s->e, session, NONE, &list);
}

ESYS_TR esys_load_key(struct esys *s, const struct authority *a)
{
	TPM2B_PUBLIC p = { .publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_SIGN_ENCRYPT,
		.parameters.eccDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = { .scheme = TPM2_ALG_ECDSA, .details.ecdsa.hashAlg = TPM2_ALG_SHA256 },
			.curveID = TPM2_ECC_NIST_P256, .kdf.scheme = TPM2_ALG_NULL,
		},
		.unique.ecc = { .x.size = 32, .y.size = 32 },
	} };
	ESYS_TR key;

	memcpy(p.publicArea.unique.ecc.x.buffer, a->x, 32);
	memcpy(p.publicArea.unique.ecc.y.buffer, a->y, 32);
	good(Esys_LoadExternal(s->e, NONE, NULL, &p, ESYS_TR_RH_NULL, &key));
	return key;
}
