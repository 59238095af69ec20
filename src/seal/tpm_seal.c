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

int tpm_sealed_policy(const struct tpm_name *index, bool pin, uint8_t ret[static SHA256_LEN])
{
	uint8_t nv[SHA256_LEN];
	int r = policy_authorize_nv(index, nv);

	if (r == 0 && pin)
		return policy_auth_value(nv, ret);
	if (r == 0)
		memcpy(ret, nv, SHA256_LEN);
	return r;
}

/* A TPM2B_SENSITIVE_CREATE. */
static int make_payload(const struct sealed_pin *what, struct error *err, struct secret *ret)
{
	TPM2B_SENSITIVE_CREATE *s;
	int r;

	if (what->key->len < 1 || what->key->len > sizeof(s->sensitive.data.buffer))
		return error_set(err, -EINVAL, "TPM: cannot seal %zu bytes", what->key->len);
	if (what->auth && what->auth->len != SHA256_LEN)
		return error_set(err, -EINVAL, "TPM: an authValue of %zu bytes", what->auth->len);
	r = secret_new(sizeof(*s), ret);
	if (r < 0)
		return r;
	s = (TPM2B_SENSITIVE_CREATE *)(void *)ret->bytes;
	s->sensitive.data.size = what->key->len;
	memcpy(s->sensitive.data.buffer, what->key->bytes, what->key->len);
	if (what->auth) {
		s->sensitive.userAuth.size = SHA256_LEN;
		memcpy(s->sensitive.userAuth.buffer, what->auth->bytes, SHA256_LEN);
	}
	return 0;
}

/* what->auth: NULL for an object without. */
static int seal(struct tpm *t, const struct sealed_pin *what, const struct tpm_name *index, struct error *err,
		struct buffer *ret_object)
{
	struct secret payload = SECRET_NONE;
	struct sealing sealing = { .session = ESYS_TR_NONE, .template.publicArea = TPM_SEALED_TEMPLATE };
	TPMT_PUBLIC *public = &sealing.template.publicArea;
	const int64_t began = log_begin();
	int r;

	r = make_payload(what, err, &payload);
	if (r < 0)
		return r;
	sealing.payload = (const TPM2B_SENSITIVE_CREATE *)(const void *)payload.bytes;
	public->authPolicy.size = SHA256_LEN;
	if (what->auth)
		public->objectAttributes = TPM_SEALED_ATTRIBUTES_PIN;
	r = tpm_sealed_policy(index, what->auth, public->authPolicy.buffer);
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
		log_step_since(began, "TPM: sealed a key of %zu bytes to the policy index", what->key->len);
	return r;
}

int tpm_seal(struct tpm *t, const struct secret *key, const struct tpm_name *index, struct error *err,
	     struct buffer *ret_object)
{
	return seal(t, &(struct sealed_pin){ .key = key }, index, err, ret_object);
}

int tpm_seal_pin(struct tpm *t, const struct sealed_pin *what, const struct tpm_name *index,
		 struct error *err, struct buffer *ret_object)
{
	return seal(t, what, index, err, ret_object);
}
