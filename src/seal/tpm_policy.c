#include "seal/tpm_policy.h"

#include <errno.h>
#include <string.h>

#include "seal/tpm_error.h"
#include "seal/tpm_pcrs.h"
#include "seal/tpm_session.h"

#define RESTART_MAX 3 /* times that PCRs may change between PolicyPCR and the command before we give up */

int tpm_policy_has_window(pcr_mask mask, struct error *err)
{
	if (!(mask & PCR(WINDOW_PCR)))
		return error_set(err, -EINVAL,
				 "the policy leaves out PCR %d, so the window could not be closed",
				 WINDOW_PCR);
	return 0;
}

int tpm_policy_error(TSS2_RC rc, const char *command, struct error *err)
{
	if (tpm_code(rc) == TPM2_RC_VALUE)
		return error_set(err, -EACCES, "TPM: %s: the policy does not match (0x%03x)", command, rc);
	return tpm_error(rc, command, err);
}

int tpm_take_secret(void *whole, size_t whole_len, const void *bytes, size_t n, struct secret *ret)
{
	int r = secret_new(n, ret);

	if (r == 0)
		memcpy(ret->bytes, bytes, n);
	explicit_bzero(whole, whole_len);
	Esys_Free(whole);
	return r;
}

/* PolicyPCR, then PolicyOR up the tree. */
static int satisfy(struct tpm *t, const struct policy_use *u, const struct policy_path *path,
		   struct error *err)
{
	const struct branch *b = &u->branches[u->which];
	TPM2B_DIGEST composite = { .size = SHA256_LEN };
	TPML_PCR_SELECTION pcrs;
	TSS2_RC rc;

	memcpy(composite.buffer, b->composite, SHA256_LEN);
	tpm_select(u->mask, &pcrs);
	TPM_TRY(t, rc, Esys_PolicyPCR(t->esys, t->session, NO_SESSION, &composite, &pcrs));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_policy_error(rc, "PolicyPCR", err);
	for (size_t i = 0; i < path->n; i++) {
		TPML_DIGEST list = { .count = path->step[i].n };

		for (size_t k = 0; k < path->step[i].n; k++) {
			list.digests[k].size = SHA256_LEN;
			memcpy(list.digests[k].buffer, path->step[i].digest[k], SHA256_LEN);
		}
		TPM_TRY(t, rc, Esys_PolicyOR(t->esys, t->session, NO_SESSION, &list));
		if (rc != TSS2_RC_SUCCESS)
			return tpm_policy_error(rc, "PolicyOR", err);
	}
	return 0;
}

/* One policy session from PolicyPCR to the command. ret_changed: it is worth another attempt. */
static int use_once(struct tpm *t, const struct policy_use *u, const struct policy_path *path,
		    struct error *err, bool *ret_changed, struct secret *ret)
{
	TSS2_RC rc = TSS2_RC_SUCCESS;
	int r = 0;

	/* the session of an earlier use is as good as new: that has reset its policy */
	if (t->session == ESYS_TR_NONE)
		r = tpm_session_start(t, TPM2_SE_POLICY, err, &t->session);
	if (r == 0)
		r = tpm_session_flags(t, t->session, TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_ENCRYPT,
				      err);
	if (r == 0)
		r = satisfy(t, u, path, err);
	if (r == 0)
		r = u->behind(t, u->context, err);
	if (r == 0)
		r = u->command(t, u->context, err, &rc, ret);
	*ret_changed = tpm_code(rc) == TPM2_RC_PCR_CHANGED;
	return r;
}

int tpm_policy_use(struct tpm *t, const struct policy_use *u, struct error *err, struct secret *ret)
{
	struct policy_path path;
	bool changed = true;
	int r = policy_path(u->mask, u->branches, u->branch_count, u->which, &path);

	for (int tries = 0; r == 0 && changed && tries <= RESTART_MAX; tries++) {
		r = use_once(t, u, &path, err, &changed, ret);
		if (r < 0) /* its policy is spoilt */
			tpm_flush(t, &t->session);
		if (changed && tries < RESTART_MAX)
			r = 0;
	}
	return r;
}
