#include "seal/tpm_unseal.h"

#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "base/reader.h"
#include "seal/tpm_connection.h"
#include "seal/tpm_error.h"
#include "seal/tpm_index.h"
#include "seal/tpm_pcrs.h"
#include "seal/tpm_seal.h"
#include "seal/tpm_session.h"
#include "seal/tpm_srk.h"

#define RESTART_MAX 3 /* times that PCRs may change between PolicyPCR and Unseal before we give up */

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
	    p->objectAttributes != ours.objectAttributes ||
	    p->parameters.keyedHashDetail.scheme.scheme != ours.parameters.keyedHashDetail.scheme.scheme ||
	    p->authPolicy.size != SHA256_LEN)
		return error_set(err, -EBADMSG, "the sealed object was not made by bootseal");
	r = policy_authorize_nv(&q->index, policy);
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

/* A policy command that finds a digest which is not what it was given says TPM_RC_VALUE. */
static int policy_error(TSS2_RC rc, const char *command, struct error *err)
{
	if (tpm_code(rc) == TPM2_RC_VALUE)
		return error_set(err, -EACCES, "TPM: %s: the policy does not match (0x%03x)", command, rc);
	return tpm_error(rc, command, err);
}

/* PolicyPCR, PolicyOR up the tree, PolicyAuthorizeNV. */
static int satisfy(struct tpm *t, const struct unseal_request *q, const struct policy_path *path,
		   struct error *err)
{
	const struct branch *b = &q->branches[q->which];
	TPM2B_DIGEST composite = { .size = SHA256_LEN };
	TPML_PCR_SELECTION pcrs;
	TSS2_RC rc;

	memcpy(composite.buffer, b->composite, SHA256_LEN);
	tpm_select(q->mask, &pcrs);
	TPM_TRY(t, rc, Esys_PolicyPCR(t->esys, t->session, NO_SESSION, &composite, &pcrs));
	if (rc != TSS2_RC_SUCCESS)
		return policy_error(rc, "PolicyPCR", err);
	for (size_t i = 0; i < path->n; i++) {
		TPML_DIGEST list = { .count = path->step[i].n };

		for (size_t k = 0; k < path->step[i].n; k++) {
			list.digests[k].size = SHA256_LEN;
			memcpy(list.digests[k].buffer, path->step[i].digest[k], SHA256_LEN);
		}
		TPM_TRY(t, rc, Esys_PolicyOR(t->esys, t->session, NO_SESSION, &list));
		if (rc != TSS2_RC_SUCCESS)
			return policy_error(rc, "PolicyOR", err);
	}
	TPM_TRY(t, rc, Esys_PolicyAuthorizeNV(t->esys, t->index, t->index, t->session, BY_PASSWORD));
	return rc == TSS2_RC_SUCCESS ? 0 : policy_error(rc, "PolicyAuthorizeNV", err);
}

static int take_secret(TPM2B_SENSITIVE_DATA *data, struct secret *ret)
{
	int r = secret_new(data->size, ret);

	if (r == 0)
		memcpy(ret->bytes, data->buffer, data->size);
	explicit_bzero(data, sizeof(*data));
	Esys_Free(data);
	return r;
}

struct attempt {
	const struct unseal_request *request;
	struct policy_path path;
	ESYS_TR object;
	bool changed; /* PCRs changed midway: it is worth another attempt */
};

/* One policy session from PolicyPCR to Unseal. */
static int unseal_once(struct tpm *t, struct attempt *a, struct error *err, struct secret *ret)
{
	TPM2B_SENSITIVE_DATA *data = NULL;
	TSS2_RC rc;
	int r = 0;

	/* the session of an earlier unseal is as good as new: its use has reset its policy */
	if (t->session == ESYS_TR_NONE)
		r = tpm_session_start(t, TPM2_SE_POLICY, err, &t->session);
	if (r == 0)
		r = tpm_session_flags(t, t->session, TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_ENCRYPT,
				      err);
	if (r == 0)
		r = satisfy(t, a->request, &a->path, err);
	if (r < 0)
		return r;
	TPM_TRY(t, rc, Esys_Unseal(t->esys, a->object, t->session, ESYS_TR_NONE, ESYS_TR_NONE, &data));
	if (rc == TSS2_RC_SUCCESS)
		return take_secret(data, ret);
	a->changed = tpm_code(rc) == TPM2_RC_PCR_CHANGED;
	return tpm_error(rc, "Unseal", err);
}

int tpm_unseal(struct tpm *t, const struct unseal_request *q, struct error *err, struct secret *ret)
{
	struct attempt a = { .request = q, .object = ESYS_TR_NONE, .changed = true };
	int r;

	r = policy_path(q->mask, q->branches, q->branch_count, q->which, &a.path);
	if (r < 0)
		return r;
	if (!(q->mask >> WINDOW_PCR & 1))
		return error_set(err, -EINVAL,
				 "the policy leaves out PCR %d, so the window could not be closed",
				 WINDOW_PCR);
	r = load(t, q, err, &a.object);
	for (int tries = 0; r == 0 && a.changed && tries <= RESTART_MAX; tries++) {
		a.changed = false;
		r = unseal_once(t, &a, err, ret);
		if (r < 0) /* its policy is spoilt */
			tpm_flush(t, &t->session);
		if (a.changed && tries < RESTART_MAX)
			r = 0;
	}
	tpm_flush(t, &a.object);
	return r;
}
