#include "seal/tpm_first_boot.h"

#include <errno.h>
#include <string.h>

#include "base/reader.h"
#include "seal/pcr_words.h"
#include "seal/tpm_error.h"
#include "seal/tpm_gate.h"
#include "seal/tpm_pcrs.h"
#include "seal/tpm_policy.h"
#include "seal/tpm_srk.h"

#define RSA_LEN 256  /* bytes of a seed encrypted to RSA-2048 */
#define POINT_LEN 68 /* of a TPMS_ECC_POINT on P-256: two TPM2B of 32 bytes */

struct credential {
	TPM2B_ID_OBJECT blob;
	TPM2B_ENCRYPTED_SECRET secret;
	bool is_rsa; /* what kind of key it is encrypted to */
	ESYS_TR gate;
	uint32_t resets;
};

/* One TPM2B without its size. */
static bool take_tpm2b(struct reader *r, struct reader *ret)
{
	uint16_t n;

	return reader_be16(r, &n) && reader_take(r, n, ret);
}

/* A TPMS_ID_OBJECT: an HMAC and an encrypted TPM2B_DIGEST of 1 to 32 bytes. */
static bool is_id_object(struct reader r)
{
	struct reader mac;

	return take_tpm2b(&r, &mac) && mac.left == SHA256_LEN && r.left > 2 &&
	       r.left <= 2 + FIRST_BOOT_KEY_MAX;
}

static bool is_point(struct reader r)
{
	struct reader x, y;

	return take_tpm2b(&r, &x) && take_tpm2b(&r, &y) && x.left == 32 && y.left == 32 && r.left == 0;
}

static bool parse(const struct first_boot_sealed *s, struct credential *ret)
{
	struct reader r, blob, secret;

	if (s->object_len > sizeof(s->object))
		return false;
	r = reader_new(s->object, s->object_len);
	if (!take_tpm2b(&r, &blob) || !is_id_object(blob) || !take_tpm2b(&r, &secret) || r.left != 0)
		return false;
	if (secret.left != RSA_LEN && (secret.left != POINT_LEN || !is_point(secret)))
		return false;
	ret->is_rsa = secret.left == RSA_LEN;
	ret->blob.size = blob.left;
	memcpy(ret->blob.credential, blob.at, blob.left);
	ret->secret.size = secret.left;
	memcpy(ret->secret.secret, secret.at, secret.left);
	return true;
}

static int over(uint32_t resets, struct error *err)
{
	return error_set(
		err, -EKEYEXPIRED,
		"what this machine was deployed with is no longer valid: it was sealed for the first %u "
		"resets of the TPM, and those are over",
		resets);
}

int tpm_resets_left(struct tpm *t, uint32_t resets, struct error *err, uint32_t *ret)
{
	TPMS_TIME_INFO *now = NULL;
	uint32_t count;
	TSS2_RC rc;
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	TPM_TRY(t, rc, Esys_ReadClock(t->esys, NO_SESSION, &now));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_error(rc, "ReadClock", err);
	count = now->clockInfo.resetCount;
	Esys_Free(now);
	if (count > resets)
		return over(resets, err);
	*ret = resets - count;
	return 0;
}

static int match(struct tpm *t, const struct first_boot_sealed *s, struct error *err, size_t *ret)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN], composite[SHA256_LEN];
	pcr_mask differing;
	int r = tpm_pcrs(t, s->mask, err, pcrs);

	if (r == 0)
		r = policy_composite(s->mask, pcrs, composite);
	if (r < 0)
		return r;
	*ret = branch_find(s->branch, s->branch_count, composite);
	if (*ret < s->branch_count)
		return 0;
	branch_nearest(s->branch, s->branch_count, s->mask, pcrs, &differing);
	if (differing & PCR(WINDOW_PCR))
		return error_set(err, -EACCES,
				 "the window is closed (PCR %d): the TPM does not unlock until the next boot",
				 WINDOW_PCR);
	pcr_words_differing(differing, err);
	return -EACCES;
}

static int load_gate(struct tpm *t, const struct first_boot_sealed *s, struct error *err, ESYS_TR *ret)
{
	uint8_t policy[SHA256_LEN];
	TPM2B_SENSITIVE sensitive;
	TPM2B_PUBLIC public;
	TSS2_RC rc;
	int r;

	r = first_boot_policy(s, policy);
	if (r == 0)
		r = tpm_gate(policy, &sensitive, &public);
	if (r < 0)
		return r;
	TPM_TRY(t, rc, Esys_LoadExternal(t->esys, NO_SESSION, &sensitive, &public, ESYS_TR_RH_NULL, ret));
	return rc == TSS2_RC_SUCCESS ? 0 : tpm_error(rc, "LoadExternal", err);
}

static int bound(struct tpm *t, const void *context, struct error *err)
{
	const struct credential *c = context;
	const TPM2B_OPERAND resets = {
		.size = 4, .buffer = { c->resets >> 24, c->resets >> 16, c->resets >> 8, c->resets }
	};
	TSS2_RC rc;

	TPM_TRY(t, rc,
		Esys_PolicyCounterTimer(t->esys, t->session, NO_SESSION, &resets, POLICY_RESETS_OFFSET,
					TPM2_EO_UNSIGNED_LE));
	if (tpm_code(rc) == TPM2_RC_POLICY)
		return over(c->resets, err);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_policy_error(rc, "PolicyCounterTimer", err);
	TPM_TRY(t, rc, Esys_PolicyCommandCode(t->esys, t->session, NO_SESSION, TPM2_CC_ActivateCredential));
	return rc == TSS2_RC_SUCCESS ? 0 : tpm_policy_error(rc, "PolicyCommandCode", err);
}

static int activate(struct tpm *t, const void *context, struct error *err, TSS2_RC *ret_rc,
		    struct secret *ret)
{
	const struct credential *c = context;
	TPM2B_DIGEST *data = NULL;
	TSS2_RC rc;
	int r;

	TPM_TRY(t, rc,
		Esys_ActivateCredential(t->esys, c->gate, t->srk, t->session, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					&c->blob, &c->secret, &data));
	*ret_rc = rc;
	if (rc == TSS2_RC_SUCCESS)
		return tpm_take_secret(data, sizeof(*data), data->buffer, data->size, ret);
	r = tpm_error(rc, "ActivateCredential", err);
	/* libtpms 0.9 calls it a failure of its own when an RSA text does not decrypt, and is none */
	if (tpm_parameter_refused(rc) || r == -EBADMSG || tpm_code(rc) == TPM2_RC_FAILURE)
		return error_set(
			err, -EBADMSG,
			"what this machine was deployed with is damaged, or its boot paths were changed "
			"(0x%03x)",
			rc);
	return r;
}

/* In the order of what says most: another TPM has other PCRs, too. */
static int prepare(struct tpm *t, const struct first_boot_sealed *s, struct error *err, struct credential *c,
		   size_t *ret_which)
{
	uint32_t left;
	int r;

	if (!parse(s, c))
		return error_set(err, -EBADMSG,
				 "what this machine was deployed with was not made by bootseal");
	r = tpm_policy_has_window(s->mask, err);
	if (r == 0 && (s->mask & ~PCR_ALL || s->branch_count < 1 || s->branch_count > BRANCH_MAX))
		r = error_set(err, -EINVAL,
			      "the policy of what this machine was deployed with is not usable");
	if (r == 0)
		r = tpm_srk_or_primary(t, &s->srk, c->is_rsa, err);
	if (r == -EKEYREJECTED)
		return error_set(
			err, r,
			"TPM: its storage root key is not the one that this machine was deployed for: "
			"another TPM, or a cleared one");
	if (r == 0)
		r = tpm_resets_left(t, s->resets, err, &left);
	if (r == 0)
		r = match(t, s, err, ret_which);
	return r < 0 ? r : load_gate(t, s, err, &c->gate);
}

int tpm_first_boot(struct tpm *t, const struct first_boot_sealed *s, struct error *err, struct secret *ret)
{
	struct credential c = { .gate = ESYS_TR_NONE, .resets = s->resets };
	struct policy_use use = {
		.mask = s->mask,
		.branches = s->branch,
		.branch_count = s->branch_count,
		.context = &c,
		.behind = bound,
		.command = activate,
	};
	int r = prepare(t, s, err, &c, &use.which);

	if (r == 0)
		r = tpm_policy_use(t, &use, err, ret);
	tpm_flush(t, &c.gate);
	return r;
}
