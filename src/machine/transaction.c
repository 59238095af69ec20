#include "machine/transaction.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "machine/record/state.h"
#include "machine/system/targets.h"
#include "seal/tpm_index.h"
#include "seal/tpm_index_write.h"
#include "seal/tpm_srk.h"
#include "seal/volume_token.h"

static bool same_name(const struct tpm_name *a, const struct tpm_name *b)
{
	return memcmp(a->bytes, b->bytes, TPM_NAME_LEN) == 0;
}

static int check_token(const struct anchor *a, const struct token *t, const char *device, struct error *err)
{
	if (!same_name(&a->srk, &t->srk) || !same_name(&a->index, &t->index) ||
	    a->index_handle != t->index_handle)
		return error_set(err, -EKEYREJECTED,
				 "%s: its token belongs to a different TPM or policy index than the enrolled "
				 "one; " PERHAPS_AN_ATTACK "'bootseal enroll' makes a new one",
				 device);
	if (a->pin && !t->has_pin)
		return error_set(err, -EKEYREJECTED,
				 "%s: its token opens without a PIN, and this machine was enrolled with one; "
				 PERHAPS_AN_ATTACK "'bootseal enroll --pin' makes a new one",
				 device);
	return 0;
}

static int check_pin(const struct anchor_target *target, const struct volume *v, int keyslot,
		     const char *device, struct error *err)
{
	uint8_t pin[SHA256_LEN];
	int r;

	r = volume_pin(v, keyslot, err, pin);
	if (r < 0)
		return r;
	if (memcmp(pin, target->volume_pin, SHA256_LEN) != 0)
		return error_set(err, -EKEYREJECTED,
				 "%s: the LUKS header is not the enrolled one (cipher, volume key or segment "
				 "changed); " PERHAPS_AN_ATTACK "'bootseal enroll' enrolls the new one",
				 device);
	return 0;
}

static int open_target(const struct machine *m, struct enrolled *e, const struct anchor_target *target,
		       struct error *err)
{
	struct error why = ERROR_NONE;
	struct volume *v = NULL;
	char device[PATH_MAX];
	int r;

	r = target_device(m, target->uuid, err, device);
	if (r < 0)
		return r;
	r = volume_open(device, &why, &v);
	if (r == 0)
		r = volume_token(v, &why, &e->at[e->n].token_id, &e->at[e->n].token);
	/* bootseal-unlock does not take such a token either */
	if (r == -EBADMSG && v)
		r = error_set(err, -EKEYREJECTED, "%.440s; 'bootseal enroll' makes a new one", why.text);
	else if (r < 0)
		error_set(err, r, "%s", why.text);
	if (r == 0)
		r = check_token(&e->anchor, &e->at[e->n].token, device, err);
	if (r == 0)
		r = check_pin(target, v, e->at[e->n].token.keyslot, device, err);
	if (r < 0) {
		volume_close(v);
		return r;
	}
	e->at[e->n].target = target;
	e->at[e->n].volume = v;
	e->n++;
	return 0;
}

int enrolled_open(const struct machine *m, struct error *err, struct enrolled *ret)
{
	char path[PATH_MAX];
	int r;

	memset(ret, 0, sizeof(*ret));
	r = machine_path(m, ANCHOR_PATH, path);
	if (r == 0)
		r = anchor_read(path, err, &ret->anchor);
	if (r == -ENOENT)
		return error_set(err, -ENODATA,
				 ANCHOR_PATH
				 " is missing: this machine is not enrolled, or not completely; run "
				 "'bootseal enroll'");
	if (r < 0)
		return r;
	for (size_t i = 0; i < ret->anchor.target_count; i++) {
		r = open_target(m, ret, &ret->anchor.target[i], err);
		/* a volume that is not plugged in catches up later: any other target's list serves it */
		if (r < 0 && r != -ENOENT) {
			enrolled_close(ret);
			return r;
		}
	}
	if (ret->n == 0)
		return error_set(err, -ENODATA, "all enrolled volumes are missing");
	*err = ERROR_NONE;
	return 0;
}

bool enrolled_wants_pin(const struct enrolled *e)
{
	bool pin = false;

	for (size_t i = 0; i < e->n; i++)
		pin |= e->at[i].token.has_pin;
	return pin;
}

bool enrolled_pins_differ(const struct enrolled *e)
{
	const struct pin_salt *first = NULL;

	for (size_t i = 0; i < e->n; i++) {
		const struct token *t = &e->at[i].token;

		if (!t->has_pin)
			continue;
		if (first && memcmp(first, &t->pin, sizeof(*first)) != 0)
			return true;
		first = &t->pin;
	}
	return false;
}

void enrolled_close(struct enrolled *e)
{
	for (size_t i = 0; i < e->n; i++)
		volume_close(e->at[i].volume);
	e->n = 0;
}

int policy_live(struct tpm *t, const struct anchor *a, struct error *err, uint8_t ret_root[static SHA256_LEN])
{
	struct tpm_name name;
	int r;

	r = tpm_srk(t, err, &name);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == -ENOENT)
		return error_set(err, -EKEYREJECTED,
				 "the TPM has no storage key: it was cleared or replaced; " PERHAPS_AN_ATTACK
				 "'bootseal enroll' enrolls it again");
	if (!same_name(&name, &a->srk))
		return error_set(err, -EKEYREJECTED,
				 "this TPM is not the enrolled one (its storage key differs: a different "
				 "machine, or the TPM was cleared); " PERHAPS_AN_ATTACK
				 "'bootseal enroll' enrolls it again");
	r = index_read(t, a->index_handle, &a->index, err, ret_root);
	if (r == -ENOENT)
		return error_set(err, -EKEYREJECTED,
				 "the policy index 0x%08x was deleted from the TPM; " PERHAPS_AN_ATTACK
				 "'bootseal enroll' makes it again",
				 a->index_handle);
	if (r == -EKEYREJECTED)
		return error_set(err, r,
				 "the policy index 0x%08x in the TPM is not the enrolled one: it was "
				 "replaced; " PERHAPS_AN_ATTACK "'bootseal enroll' makes a new one",
				 a->index_handle);
	return r;
}

const struct generation *enrolled_live(const struct enrolled *e, const uint8_t root[static SHA256_LEN])
{
	const struct generation *g = NULL;

	for (size_t i = 0; i < e->n && !g; i++)
		g = token_generation(&e->at[i].token, root);
	return g;
}

static uint32_t next_number(const struct enrolled *e)
{
	uint32_t max = 0;

	for (size_t i = 0; i < e->n; i++)
		for (size_t k = 0; k < e->at[i].token.generation_count; k++)
			if (e->at[i].token.generation[k].number > max)
				max = e->at[i].token.generation[k].number;
	return max == UINT32_MAX ? 1 : max + 1;
}

/* keep: the generations that the token of volume i gets; NULL for none */
static int write_token(const struct policy_move *m, size_t i, const struct generation *const keep[static 2],
		       enum transaction_step step, struct error *err)
{
	struct token *t;
	int r;

	t = malloc(sizeof(*t));
	if (!t)
		return -ENOMEM;
	*t = m->enrolled->at[i].token;
	t->mask = m->mask;
	t->generation_count = 0;
	for (size_t k = 0; k < 2; k++)
		if (keep[k])
			t->generation[t->generation_count++] = *keep[k];
	r = volume_token_write(m->enrolled->at[i].volume, m->enrolled->at[i].token_id, t, err,
			       &m->enrolled->at[i].token_id);
	if (r == 0)
		m->enrolled->at[i].token = *t;
	free(t);
	if (r == 0 && m->cut)
		r = m->cut(m->cut_ctx, step, i);
	return r;
}

/* Is there only this generation in every token? */
static bool settled(const struct enrolled *e, const uint8_t root[static SHA256_LEN])
{
	for (size_t i = 0; i < e->n; i++)
		if (e->at[i].token.generation_count != 1 || !token_generation(&e->at[i].token, root))
			return false;
	return true;
}

static int drop_old(const struct policy_move *m, const struct generation *kept, struct error *err)
{
	const struct generation *const keep[2] = { kept };
	int r = 0;

	for (size_t i = 0; i < m->enrolled->n && r == 0; i++)
		r = write_token(m, i, keep, STEP_OLD_DROPPED, err);
	return r;
}

static int move_to(const struct policy_move *m, const struct generation *live, const struct generation *next,
		   const uint8_t root[static SHA256_LEN], struct error *err)
{
	const struct generation *const keep[2] = { live, next };
	int r = 0;

	for (size_t i = 0; i < m->enrolled->n && r == 0; i++)
		r = write_token(m, i, keep, STEP_BOTH_GENERATIONS, err);
	if (r < 0)
		return r;
	r = index_write(m->tpm, m->enrolled->anchor.index_handle, m->authority, root, err);
	if (r == 0 && m->cut)
		r = m->cut(m->cut_ctx, STEP_INDEX, 0);
	if (r < 0)
		return r;
	r = drop_old(m, next, err);
	if (r < 0)
		return error_prefix(err, r,
				    "the new policy is in force, but the old one could not be removed from "
				    "the header");
	return 0;
}

int policy_move(const struct policy_move *m, struct error *err, uint32_t *ret_generation, bool *ret_changed)
{
	struct generation *live = NULL, *next = NULL;
	const struct generation *found = NULL;
	uint8_t root[SHA256_LEN], in_force[SHA256_LEN];
	bool same;
	int r;

	r = policy_root(m->mask, m->branch, m->branch_count, root);
	if (r < 0)
		return error_set(err, r, "%zu boot paths instead of 1 to %d", m->branch_count, BRANCH_MAX);
	r = policy_live(m->tpm, &m->enrolled->anchor, err, in_force);
	if (r < 0 && r != -ENODATA)
		return r;
	if (r == 0)
		found = enrolled_live(m->enrolled, in_force);
	same = r == 0 && found && memcmp(root, in_force, SHA256_LEN) == 0;

	/* copies: writing a token replaces the one that found points into */
	live = malloc(sizeof(*live));
	next = calloc(1, sizeof(*next));
	if (!live || !next) {
		r = -ENOMEM;
		goto out;
	}
	if (found)
		*live = *found;
	next->number = same ? live->number : next_number(m->enrolled);
	next->branch_count = m->branch_count;
	memcpy(next->branch, m->branch, m->branch_count * sizeof(*m->branch));
	r = 0;
	if (!same)
		r = move_to(m, found ? live : NULL, next, root, err);
	else if (!settled(m->enrolled, root))
		r = drop_old(m, next, err);
	if (r < 0)
		goto out;
	*ret_generation = next->number;
	*ret_changed = !same;
out:
	free(live);
	free(next);
	return r;
}
