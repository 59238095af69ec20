#include "machine/reseal_unknown.h"

#include <errno.h>
#include <string.h>

#include "seal/pcr_words.h"
#include "seal/token.h"

/* Why a boot path is not among those that are sealed now; empty when it is. */
static int find_unknown(const struct generation *live, pcr_mask mask, const struct forecast_path *p,
			struct error *ret_why)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct error differing = ERROR_NONE;
	uint32_t which = 0;
	struct branch b;
	int r;

	*ret_why = ERROR_NONE;
	memcpy(pcrs, p->pcrs, sizeof(pcrs));
	memset(pcrs[WINDOW_PCR], 0, SHA256_LEN);
	r = branch_from_pcrs(0, mask, pcrs, &b);
	if (r < 0 || branch_find(live->branch, live->branch_count, b.composite) < live->branch_count)
		return r;
	branch_nearest(live->branch, live->branch_count, mask, pcrs, &which);
	pcr_words_differing(which, &differing);
	return error_set(ret_why, 0,
			 "%.300s; changes are rejected because the TPM did not unlock this boot; if you know "
			 "why, 'bootseal reseal --accept-current' accepts them",
			 differing.text);
}

int reseal_refuse_unknown(const struct enrolled *enrolled, pcr_mask mask, struct tpm *tpm, struct error *err,
			  struct forecast *f)
{
	static const struct generation nothing;
	const struct generation *live;
	uint8_t root[SHA256_LEN];
	struct error why;
	int r;

	r = policy_live(tpm, &enrolled->anchor, err, root);
	live = r == 0 ? enrolled_live(enrolled, root) : NULL;
	if (r < 0 && r != -ENODATA)
		return r;
	for (size_t i = f->path_count; i-- > 0;) {
		r = find_unknown(live ? live : &nothing, mask, &f->path[i], &why);
		if (r == 0 && why.text[0])
			r = forecast_refuse_path(f, i, why.text);
		if (r < 0)
			return r;
	}
	return 0;
}

int reseal_require_pcrs(pcr_mask held, const struct chain *chain, struct error *err)
{
	if ((chain_policy_pcrs(chain) & ~held) == 0)
		return 0;
	return error_set(err, -ECANCELED,
			 "Secure Boot is off, and the policy holds neither PCR 0 nor PCR 2, which then are "
			 "all that covers option ROMs and drivers of the firmware; " PERHAPS_AN_ATTACK
			 "turn Secure Boot on again, or run 'bootseal enroll' for a policy with "
			 "these PCRs");
}
