#include "seal/tpm_unseal.h"

#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "base/reader.h"
#include "seal/tpm_connection.h"
#include "seal/tpm_error.h"
#include "seal/tpm_index.h"
#include "seal/tpm_policy.h"
#include "seal/tpm_seal.h"
#include "seal/tpm_srk.h"

/* Takes one TPM2B, size field included, as borrowed bytes. */
static bool take_tpm2b(struct reader *r, struct reader *ret)
{
	struct reader rest = *r;
	uint16_t n;

	return reader_be16(&rest, &n) && reader_take(r, 2 + (size_t)n, ret);
}

static bool parse(const void *object, size_t n, TPM2B_PUBLIC *ret_public, TPM2B_PRIVATE *ret_private)
{
	struct reader r = reader_new(object, n), public, private;
	size_t public_used = 0, private_used = 0;

	return take_tpm2b(&r, &public) && take_tpm2b(&r, &private) && r.left == 0 &&
	       Tss2_MU_TPM2B_PUBLIC_Unmarshal(public.at, public.left, &public_used, ret_public) ==
		       TSS2_RC_SUCCESS &&
	       Tss2_MU_TPM2B_PRIVATE_Unmarshal(private.at, private.left, &private_used, ret_private) ==
		       TSS2_RC_SUCCESS &&
	       public_used == public.left && private_used == private.left;
}

/*
 * The object is the attacker's until proven otherwise: it has to be of tpm_seal()'s shape, under that
 * index.
 */
static int check(const struct unseal_request *q, const TPM2B_PUBLIC *public, struct error *err)
{
	static const TPMT_PUBLIC ours = TPM_SEALED_TEMPLATE;
	const TPMT_PUBLIC *p = &public->publicArea;
	uint8_t policy[SHA256_LEN];
	int r;

	if (p->type != ours.type || p->nameAlg != ours.nameAlg ||
	    p->objectAttributes != (q->auth ? TPM_SEALED_ATTRIBUTES_PIN : ours.objectAttributes) ||
	    p->parameters.keyedHashDetail.scheme.scheme != ours.parameters.keyedHashDetail.scheme.scheme ||
	    p->authPolicy.size != SHA256_LEN)
		return error_set(err, -EBADMSG, "the sealed object was not made by bootseal");
	r = tpm_sealed_policy(&q->index, q->auth, policy);
	if (r == 0 && memcmp(policy, p->authPolicy.buffer, SHA256_LEN) != 0)
		r = error_set(err, -EKEYREJECTED, "the sealed object belongs to a different policy index");
	return r;
}

static int load(struct tpm *t, const struct unseal_request *q, struct error *err, ESYS_TR *ret)
{
	TPM2B_PUBLIC public = { .size = 0 };
	TPM2B_PRIVATE private = { .size = 0 };
	ESYS_TR object = ESYS_TR_NONE;
	TSS2_RC rc;
	int r;

	if (!parse(q->object, q->object_len, &public, &private))
		return error_set(err, -EBADMSG, "the sealed object is damaged");
	r = check(q, &public, err);
	if (r == 0)
		r = tpm_srk_want(t, &q->srk, err);
	if (r == 0)
		r = tpm_index_want(t, q->index_handle, &q->index, err);
	if (r < 0)
		return r;
	TPM_TRY(t, rc, Esys_Load(t->esys, t->srk, BY_PASSWORD, &private, &public, &object));
	if (rc != TSS2_RC_SUCCESS) {
		r = tpm_error(rc, "Load", err);
		return tpm_parameter_refused(rc) ? -EBADMSG : r;
	}
	*ret = object;
	return 0;
}

struct use {
	ESYS_TR object;
	const struct secret *auth; /* NULL: sealed without a PIN */
};

static int set_auth(struct tpm *t, ESYS_TR object, const struct secret *auth, struct error *err)
{
	TPM2B_AUTH a = { .size = SHA256_LEN };
	TSS2_RC rc;

	if (auth && auth->len != SHA256_LEN)
		return error_set(err, -EINVAL, "TPM: an authValue of %zu bytes", auth->len);
	memset(a.buffer, 0xff, SHA256_LEN);
	if (auth)
		memcpy(a.buffer, auth->bytes, SHA256_LEN);
	rc = Esys_TR_SetAuth(t->esys, object, &a);
	explicit_bzero(&a, sizeof(a));
	return rc == TSS2_RC_SUCCESS ? 0 : tpm_error(rc, "authValue", err);
}

static int authorize(struct tpm *t, const void *context, struct error *err)
{
	const struct use *u = context;
	TSS2_RC rc;

	TPM_TRY(t, rc, Esys_PolicyAuthorizeNV(t->esys, t->index, t->index, t->session, BY_PASSWORD));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_policy_error(rc, "PolicyAuthorizeNV", err);
	if (!u->auth)
		return 0;
	TPM_TRY(t, rc, Esys_PolicyAuthValue(t->esys, t->session, NO_SESSION));
	/* each time: the command before this one, if it failed, has left another in its place */
	return rc == TSS2_RC_SUCCESS ? set_auth(t, u->object, u->auth, err) :
				       tpm_policy_error(rc, "PolicyAuthValue", err);
}

/*
 * ESYS keeps the authValue with the object, and with the session for the HMAC of its last command; both are
 * freed as they are. So the object gets another one, and ESYS is told to use it: with one session in two
 * places, which it refuses when it has prepared the first, before anything is sent.
 */
static void forget_auth(struct tpm *t, ESYS_TR object)
{
	TPM2B_SENSITIVE_DATA *data = NULL;

	if (set_auth(t, object, NULL, NULL) == 0)
		Esys_Unseal(t->esys, object, t->session, t->session, ESYS_TR_NONE, &data);
}

static int unseal(struct tpm *t, const void *context, struct error *err, TSS2_RC *ret_rc, struct secret *ret)
{
	const struct use *u = context;
	TPM2B_SENSITIVE_DATA *data = NULL;
	TSS2_RC rc;
	int r;

	TPM_TRY(t, rc, Esys_Unseal(t->esys, u->object, t->session, ESYS_TR_NONE, ESYS_TR_NONE, &data));
	*ret_rc = rc;
	if (u->auth)
		forget_auth(t, u->object);
	if (rc == TSS2_RC_SUCCESS)
		return tpm_take_secret(data, sizeof(*data), data->buffer, data->size, ret);
	r = tpm_error(rc, "Unseal", err);
	if (u->auth && tpm_code(rc) == TPM2_RC_AUTH_FAIL)
		return -ENOKEY;
	return u->auth && tpm_code(rc) == TPM2_RC_LOCKOUT ? -EBUSY : r;
}

int tpm_unseal(struct tpm *t, const struct unseal_request *q, struct error *err, struct secret *ret)
{
	struct use context = { .object = ESYS_TR_NONE, .auth = q->auth };
	const struct policy_use use = {
		.mask = q->mask,
		.branches = q->branches,
		.branch_count = q->branch_count,
		.which = q->which,
		.context = &context,
		.behind = authorize,
		.command = unseal,
	};
	int r;

	if (q->branch_count > BRANCH_MAX || q->which >= q->branch_count)
		return -EINVAL;
	r = tpm_policy_has_window(q->mask, err);
	if (r == 0)
		r = load(t, q, err, &context.object);
	if (r == 0)
		r = tpm_policy_use(t, &use, err, ret);
	/* where it did not come to the command */
	if (q->auth && context.object != ESYS_TR_NONE)
		set_auth(t, context.object, NULL, NULL);
	tpm_flush(t, &context.object);
	return r;
}
