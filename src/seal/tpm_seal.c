#include "seal/tpm_seal.h"

#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "base/log.h"
#include "seal/tpm_connection.h"
#include "seal/tpm_error.h"
#include "seal/tpm_session.h"
#include "seal/tpm_srk.h"

static int add_object(const TPM2B_PUBLIC *public, const TPM2B_PRIVATE *private, struct error *err,
		      struct buffer *ret)
{
	uint8_t bytes[sizeof(*public) + sizeof(*private)];
	size_t n = 0;
	TSS2_RC rc;

	rc = Tss2_MU_TPM2B_PUBLIC_Marshal(public, bytes, sizeof(bytes), &n);
	if (rc == TSS2_RC_SUCCESS)
		rc = Tss2_MU_TPM2B_PRIVATE_Marshal(private, bytes, sizeof(bytes), &n);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_error(rc, "marshalling", err);
	buffer_add(ret, bytes, n);
	return buffer_ok(ret) ? 0 : -ENOMEM;
}

/*
 * ESYS keeps a copy of what it was last told to seal, until the next time. So it is told to seal nothing,
 * under a parent that does not exist: that fails before anything is sent.
 */
static void forget_payload(struct tpm *t, const TPM2B_PUBLIC *template)
{
	const TPM2B_SENSITIVE_CREATE nothing = { .size = 0 };
	const TPM2B_DATA no_info = { .size = 0 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };
	TPM2B_PRIVATE *private = NULL;
	TPM2B_PUBLIC *public = NULL;

	Esys_Create(t->esys, UINT32_MAX, BY_PASSWORD, &nothing, template, &no_info, &no_pcrs, &private,
		    &public, NULL, NULL, NULL);
}

struct sealing {
	ESYS_TR session;
	const TPM2B_SENSITIVE_CREATE *payload;
	TPM2B_PUBLIC template;
};

static int create(struct tpm *t, const struct sealing *s, struct error *err, struct buffer *ret)
{
	const TPM2B_DATA no_info = { .size = 0 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };
	struct buffer object = BUFFER_NONE;
	TPM2B_PRIVATE *private = NULL;
	TPM2B_PUBLIC *public = NULL;
	TSS2_RC rc;
	int r;

	TPM_TRY(t, rc,
		Esys_Create(t->esys, t->srk, s->session, ESYS_TR_NONE, ESYS_TR_NONE, s->payload, &s->template,
			    &no_info, &no_pcrs, &private, &public, NULL, NULL, NULL));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_error(rc, "Create", err);
	r = add_object(public, private, err, &object);
	if (r == 0) {
		*ret = object;
		object = BUFFER_NONE;
	}
	buffer_free(&object);
	Esys_Free(public);
	Esys_Free(private);
	return r;
}

int tpm_seal(struct tpm *t, const struct secret *key, const struct tpm_name *index, struct error *err,
	     struct buffer *ret_object)
{
	struct secret payload = SECRET_NONE; /* a TPM2B_SENSITIVE_CREATE */
	struct sealing sealing = { .session = ESYS_TR_NONE, .template.publicArea = TPM_SEALED_TEMPLATE };
	TPM2B_SENSITIVE_CREATE *s;
	const int64_t began = log_begin();
	int r;

	if (key->len < 1 || key->len > sizeof(s->sensitive.data.buffer))
		return error_set(err, -EINVAL, "TPM: cannot seal %zu bytes", key->len);
	r = secret_new(sizeof(*s), &payload);
	if (r < 0)
		return r;
	s = (TPM2B_SENSITIVE_CREATE *)(void *)payload.bytes;
	s->sensitive.data.size = key->len;
	memcpy(s->sensitive.data.buffer, key->bytes, key->len);
	sealing.payload = s;
	sealing.template.publicArea.authPolicy.size = SHA256_LEN;
	r = policy_authorize_nv(index, sealing.template.publicArea.authPolicy.buffer);
	if (r == 0)
		r = tpm_srk_want(t, NULL, err);
	if (r == 0)
		r = tpm_session_start(t, TPM2_SE_HMAC, err, &sealing.session);
	if (r == 0)
		r = tpm_session_flags(
			t, sealing.session,
			TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT, err);
	if (r == 0)
		r = create(t, &sealing, err, ret_object);
	forget_payload(t, &sealing.template);
	tpm_flush(t, &sealing.session);
	secret_free(&payload);
	if (r == 0)
		log_step_since(began, "TPM: sealed a key of %zu bytes to the policy index", key->len);
	return r;
}
