#include "unlock/match.h"

#include <errno.h>
#include <string.h>

#include "seal/tpm_index.h"
#include "seal/tpm_pcrs.h"

int match_read(struct tpm *tpm, const struct targets *t, struct error *err, struct match *ret)
{
	pcr_mask mask = PCR(WINDOW_PCR);
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->target[i].has_token)
			mask |= t->target[i].token.mask;
	return tpm_pcrs(tpm, mask, err, ret->pcrs);
}

bool match_window_closed(const struct match *m)
{
	static const uint8_t zero[SHA256_LEN];

	return memcmp(m->pcrs[WINDOW_PCR], zero, sizeof(zero)) != 0;
}

static bool is_in(const struct token *token, struct match *m, uint32_t *fewest)
{
	const struct generation *g;
	uint8_t composite[SHA256_LEN];
	uint32_t differing;
	size_t i;

	if (policy_composite(token->mask, m->pcrs, composite) < 0)
		return false;
	for (i = 0; i < token->generation_count; i++) {
		g = &token->generation[i];
		if (branch_find(g->branch, g->branch_count, composite) < g->branch_count)
			return true;
		branch_nearest(g->branch, g->branch_count, token->mask, m->pcrs, &differing);
		if ((uint32_t)__builtin_popcount(differing) >= *fewest)
			continue;
		*fewest = __builtin_popcount(differing);
		m->differing = differing;
	}
	return false;
}

bool match_candidate(const struct targets *t, struct match *m)
{
	uint32_t fewest = UINT32_MAX;
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->target[i].has_token && is_in(&t->target[i].token, m, &fewest))
			return true;
	return false;
}

int match_index(struct tpm *tpm, const struct anchor *a, const struct targets *t, struct error *err,
		struct match *m)
{
	uint8_t root[SHA256_LEN], composite[SHA256_LEN];
	const struct generation *g = NULL;
	const struct token *token;
	size_t i;
	int r;

	r = index_read(tpm, a->index_handle, &a->index, err, root);
	if (r < 0)
		return r;
	for (i = 0; i < t->count && !g; i++) {
		token = &t->target[i].token;
		g = t->target[i].has_token ? token_generation(token, root) : NULL;
	}
	if (!g)
		return error_set(err, -EACCES,
				 "the LUKS header lacks the list of boot paths that the TPM's policy allows: "
				 "an older header was restored, perhaps from a backup; run 'bootseal "
				 "explain' after logging in");
	r = policy_composite(token->mask, m->pcrs, composite);
	if (r < 0)
		return error_set(err, r, "cannot hash the PCRs");
	m->generation = g;
	m->mask = token->mask;
	m->which = branch_find(g->branch, g->branch_count, composite);
	if (m->which < g->branch_count) {
		m->differing = 0;
		return 0;
	}
	branch_nearest(g->branch, g->branch_count, m->mask, m->pcrs, &m->differing);
	return error_set(err, -EACCES,
			 "this boot path was sealed before, but the policy was moved since: a removed or "
			 "replaced kernel, initrd or configuration was restored; run 'bootseal explain' "
			 "after logging in");
}
