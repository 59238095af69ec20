#include "unlock/keys.h"

#include <errno.h>
#include <string.h>

#include "seal/pcr_words.h"
#include "seal/tpm.h"
#include "seal/tpm_unseal.h"
#include "unlock/pin.h"
#include "unlock/window.h"

/* Maps an errno of the TPM functions to the outcome of the targets that wait for a key. */
static enum outcome outcome_of(int r)
{
	switch (r) {
	case -ENODEV:
		return TARGET_NO_TPM;
	case -EACCES:      /* the policy says no */
	case -EKEYREJECTED: /* a different SRK or index */
	case -ENOENT:      /* none at all */
	case -ENODATA:     /* index never written */
		return TARGET_POLICY;
	case -EBADMSG:
		return TARGET_TOKEN;
	default:
		return TARGET_FAILED;
	}
}

/* At the prompt the reason of the first attempt says more than the closed window. */
static int explain_closed(const struct run *run, struct error *err)
{
	struct error before = ERROR_NONE;

	if (!run->targets.by_hand)
		result_reason(run->o->run_dir, &before);
	return error_set(err, -EACCES,
			 "%s%sthe window is closed (PCR %d): the TPM does not unlock until the next boot",
			 before.text, before.text[0] ? "; since then " : "", WINDOW_PCR);
}

/* Why the PCRs do not match, naming the PCR. */
static int explain(struct run *run, struct error *err)
{
	if (match_window_closed(&run->match))
		return explain_closed(run, err);
	if (match_candidate(&run->targets, &run->match))
		return 0;
	run->result.record.differing = run->match.differing;
	pcr_words_differing(run->match.differing, err);
	return -EACCES;
}

/* Both are what somebody wrote into a header; with a PIN the key is made with the salt as well. */
static bool same_sealed(const struct token *a, const struct token *b)
{
	return a->object_len == b->object_len && memcmp(a->object, b->object, a->object_len) == 0 &&
	       a->has_pin == b->has_pin && (!a->has_pin || memcmp(&a->pin, &b->pin, sizeof(a->pin)) == 0);
}

/* Volumes that were enrolled together have one key: the TPM is asked for it once. -ENOENT: not yet. */
static int take_known(struct run *run, struct target *t)
{
	const struct target *at;
	int r;

	for (at = run->targets.target; at < t; at++) {
		if (!same_sealed(&at->token, &t->token))
			continue;
		/* nor is a wrong PIN tried twice */
		if (at->wrong_pin)
			return error_set(&t->why, -ENOKEY, "%s", at->why.text);
		if (!at->key.bytes)
			continue;
		r = secret_new(at->key.len, &t->key);
		if (r < 0)
			return error_set(&t->why, r, "no memory for its key: %s", strerror(-r));
		memcpy(t->key.bytes, at->key.bytes, at->key.len);
		return 0;
	}
	return -ENOENT;
}

static int unseal_one(struct run *run, struct target *t, struct error *err)
{
	const struct generation *g = run->match.generation;
	struct unseal_request q = {
		.object = t->token.object,
		.object_len = t->token.object_len,
		.srk = run->anchor.srk,
		.index = run->anchor.index,
		.index_handle = run->anchor.index_handle,
		.mask = run->match.mask,
		.branches = g->branch,
		.branch_count = g->branch_count,
		.which = run->match.which,
	};

	if (t->token.has_pin)
		return pin_unseal(run, t, &q, err);
	return tpm_unseal(run->tpms.tpm[0], &q, err, &t->key);
}

static void get_key(struct run *run, struct target *t)
{
	int r = take_known(run, t);

	if (r == -ENOENT)
		r = unseal_one(run, t, &t->why);
	if (r == 0)
		return;
	t->wrong_pin = r == -ENOKEY;
	t->outcome = t->token.has_pin && (r == -ENOKEY || r == -EBUSY) ? TARGET_PIN : outcome_of(r);
}

static int get_keys(struct run *run, struct error *err)
{
	size_t i;
	int r;

	r = match_read(run->tpms.tpm[0], &run->targets, err, &run->match);
	if (r < 0)
		return r;
	run->pcrs_read = true;
	result_step(&run->result, STEP_PCRS);
	if (targets_count(&run->targets, TARGET_WAITING) == 0)
		return 0;
	r = explain(run, err);
	if (r < 0)
		return r;
	r = tpms_check_enrolled(run->tpms.tpm[0], &run->anchor, err);
	if (r == 0)
		r = match_index(run->tpms.tpm[0], &run->anchor, &run->targets, err, &run->match);
	run->result.record.differing = run->match.differing;
	if (r < 0)
		return r;
	run->result.record.matched = true;
	run->result.record.generation = run->match.generation->number;
	run->result.record.branch = run->match.generation->branch[run->match.which].id;
	run->asks = pin_begin(run);
	for (i = 0; i < run->targets.count && !run->asks; i++)
		if (run->targets.target[i].outcome == TARGET_WAITING)
			get_key(run, &run->targets.target[i]);
	run->asks = run->asks || pin_again(run);
	result_step(&run->result, STEP_UNSEAL);
	return 0;
}

void run_get_keys(struct run *run)
{
	struct error err = ERROR_NONE;
	int r;

	r = tpms_open(run->o, &run->anchor, &err, &run->tpms);
	run->tpm_unknown = r == -EBUSY;
	if (r == 0)
		r = get_keys(run, &err);
	if (r < 0)
		targets_settle(&run->targets, outcome_of(r), &err);
	pin_free(run);
}

/*
 * No when the list in the policy index lacks this boot; but that list is unknown when the tokens were forged
 * or removed.
 */
bool run_key_in_reach(struct run *run)
{
	struct error ignored = ERROR_NONE;

	/* a TPM that answers nothing unseals nothing */
	if (!tpm_answers(run->tpms.tpm[0]))
		return false;
	if (!run->pcrs_read)
		return true;
	if (match_window_closed(&run->match))
		return false;
	if (!run->match.generation)
		match_index(run->tpms.tpm[0], &run->anchor, &run->targets, &ignored, &run->match);
	return !run->match.generation || run->match.which < run->match.generation->branch_count;
}
