#include "machine/enroll.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/record/anchor_file.h"
#include "machine/record/authority.h"
#include "machine/record/boot_report.h"
#include "machine/record/confidential.h"
#include "machine/initrds.h"
#include "machine/record/leftovers.h"
#include "machine/record/lock.h"
#include "machine/record/notice.h"
#include "machine/record/pending.h"
#include "machine/record/state.h"
#include "machine/record/without_log.h"
#include "machine/enroll_late.h"
#include "machine/enroll_token.h"
#include "machine/enroll_tpm.h"
#include "machine/late.h"
#include "machine/remove.h"
#include "machine/system/boot_mounts.h"
#include "machine/system/targets.h"
#include "seal/tpm.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_token.h"

/* What the steps of one enrolment hand on. */
struct enrolment {
	const struct machine *machine;
	const struct enroll_options *options;
	struct tpm *tpm;
	struct authority authority;
	struct anchor anchor;
	struct enroll_look look;
	struct enroll_sealing sealing;
	struct volume *volume[TARGET_MAX]; /* of look.target */
	int passphrase_slot[TARGET_MAX];
	struct late_plan late;
};

static void tell(const struct enroll_options *o, enum enroll_step step, const char *detail)
{
	if (o->progress)
		o->progress(o->progress_ctx, step, detail);
}

/*
 * A token of ours from an earlier, perhaps interrupted, enrolment: -ENODATA when it does not fit the keys of
 * today, or the PCRs: both of its generations have the same ones.
 */
static int usable_token(const struct enrolment *e, struct volume *v, struct error *err, int *ret_id,
			struct token *ret)
{
	uint8_t pin[SHA256_LEN];
	int r;

	r = volume_token(v, err, ret_id, ret);
	if (r < 0)
		return r == -EBADMSG || r == -EEXIST ? -ENODATA : r;
	if (memcmp(&ret->srk, &e->anchor.srk, sizeof(ret->srk)) != 0 ||
	    memcmp(&ret->index, &e->anchor.index, sizeof(ret->index)) != 0 ||
	    ret->index_handle != e->anchor.index_handle || ret->mask != e->look.mask)
		return -ENODATA;
	return volume_pin(v, ret->keyslot, err, pin) < 0 ? -ENODATA : 0;
}

static int anchor_volume(struct enrolment *e, const struct target *target, struct volume *v, int keyslot,
			 struct error *err)
{
	struct anchor_target *a = &e->anchor.target[e->anchor.target_count];
	int r;

	snprintf(a->name, sizeof(a->name), "%s", target->name);
	snprintf(a->uuid, sizeof(a->uuid), "%s", volume_uuid(v));
	r = volume_pin(v, keyslot, err, a->volume_pin);
	if (r == 0)
		e->anchor.target_count++;
	return r;
}

static int test_passphrase(struct enrolment *e, size_t i, struct error *err)
{
	const struct target *target = &e->look.target[i];
	int *slot = &e->passphrase_slot[i];
	struct token *t;
	char detail[512];
	int id, r;

	r = volume_open(target->device, err, &e->volume[i]);
	if (r == 0)
		r = volume_keyslot_test(e->volume[i], -1, e->options->passphrase, err, slot);
	if (r == -EPERM)
		return error_set(err, -ECANCELED,
				 "%s: the passphrase unlocks no keyslot of this volume: 'cryptsetup "
				 "luksAddKey %s' gives it the passphrase of the others",
				 target->device, target->device);
	if (r < 0)
		return r;
	t = malloc(sizeof(*t));
	if (!t)
		return -ENOMEM;
	if (volume_token(e->volume[i], NULL, &id, t) == 0 && t->keyslot == *slot)
		r = error_set(err, -ECANCELED, "%s: this is the TPM's own key; your passphrase is required",
			      target->device);
	free(t);
	if (r < 0)
		return r;
	snprintf(detail, sizeof(detail), "%s (%s): the passphrase unlocks keyslot %d", target->name,
		 target->device, *slot);
	tell(e->options, ENROLL_VOLUME, detail);
	return 0;
}

/* Fills r where a token is to be replaced; otherwise ret_keyslot is of the token that the volume has. */
static int enroll_volume(struct enrolment *e, size_t i, struct error *err, struct enroll_replacement *r,
			 int *ret_keyslot)
{
	struct volume *v = e->volume[i];
	int id, keep = e->passphrase_slot[i], ret;
	struct token *t;

	t = malloc(sizeof(*t));
	if (!t)
		return -ENOMEM;
	ret = pending_sweep(e->machine, v, keep, err);
	if (ret == 0)
		ret = usable_token(e, v, err, &id, t);
	if (ret == -ENODATA) {
		ret = enroll_forget_volume(e->machine, v, keep, err);
		if (ret == 0)
			ret = enroll_token_new(&e->sealing, v, err);
		if (ret == 0)
			ret = volume_token(v, err, &id, t);
	} else if (ret == 0 && e->options->pin) {
		*r = (struct enroll_replacement){ .volume = v, .id = id, .keep = keep, .before = t };
		return 0;
	}
	*ret_keyslot = t->keyslot;
	free(t);
	return ret;
}

static int enroll_volumes(struct enrolment *e, struct error *err)
{
	struct enroll_replacement replace[TARGET_MAX] = { { .volume = NULL } };
	int keyslot[TARGET_MAX], of[TARGET_MAX], r = 0;
	size_t n = 0;

	for (size_t i = 0; i < e->look.target_count && r == 0; i++) {
		r = enroll_volume(e, i, err, &replace[n], &keyslot[i]);
		if (replace[n].volume)
			of[n++] = i;
	}
	if (r == 0)
		r = enroll_tokens_replace(&e->sealing, replace, n, err);
	for (size_t i = 0; i < n && r == 0; i++)
		keyslot[of[i]] = replace[i].now->keyslot;
	enroll_replacements_free(replace, n);
	for (size_t i = 0; i < e->look.target_count && r == 0; i++)
		r = anchor_volume(e, &e->look.target[i], e->volume[i], keyslot[i], err);
	return r;
}

/* What an earlier enrolment remembers of its policy stays until the next policy is in force. */
static int write_state(const struct enrolment *e, struct error *err)
{
	struct state *s;
	int r;

	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	if (state_load(e->machine, NULL, s) < 0)
		*s = (struct state){ .generation = e->look.judgement.trust == TRUST_THIS_BOOT ? 0 : 1 };
	s->mask = e->look.mask;
	s->volume_count = e->anchor.target_count;
	for (size_t i = 0; i < s->volume_count; i++) {
		memcpy(s->volume[i].name, e->anchor.target[i].name, sizeof(s->volume[i].name));
		memcpy(s->volume[i].uuid, e->anchor.target[i].uuid, sizeof(s->volume[i].uuid));
	}
	r = state_save(e->machine, s, err);
	free(s);
	return r;
}

/* Everything that can refuse comes before the first write. */
static int look_and_refuse(struct enrolment *e, struct error *err)
{
	const struct changes *changes = &e->look.judgement.changes;
	struct enroll_options quiet = *e->options;
	int r;

	quiet.progress = NULL;
	r = enroll_look(e->machine, &quiet, err, &e->look);
	if (r < 0)
		return r;
	if (changes->n > 0 && !e->options->accept_current &&
	    !(e->options->accepted && changes_equal(changes, e->options->accepted)))
		return error_set(err, -ECANCELED,
				 "the TPM did not unlock this boot, and the machine is not as it was "
				 "enrolled: %.150s was %.100s, now %.100s; if you did not change it, "
				 "somebody else may have; 'bootseal enroll --accept-current' accepts it",
				 changes->at[0].what, changes->at[0].was, changes->at[0].now);
	for (size_t i = 0; i < e->look.target_count && r == 0; i++)
		r = test_passphrase(e, i, err);
	return r == 0 ? late_plan_make(e->machine, e->options, err, &e->late) : r;
}

static void close_volumes(struct enrolment *e)
{
	for (size_t i = 0; i < e->look.target_count; i++) {
		volume_close(e->volume[i]);
		e->volume[i] = NULL;
	}
}

static void begin_sealing(struct enrolment *e)
{
	e->sealing = (struct enroll_sealing){ .machine = e->machine,
					      .tpm = e->tpm,
					      .anchor = &e->anchor,
					      .passphrase = e->options->passphrase,
					      .pin = e->options->pin,
					      .pin_iterations = e->options->pin_iterations,
					      .mask = e->look.mask };
}

static int find_pin(struct enrolment *e, size_t i, struct error *err, struct enroll_replacement *ret)
{
	struct token *t = calloc(1, sizeof(*t));
	int id, r;

	if (!t)
		return -ENOMEM;
	r = volume_open(e->look.target[i].device, err, &e->volume[i]);
	if (r == 0)
		r = volume_token(e->volume[i], err, &id, t);
	if (r == 0 && t->has_pin)
		*ret = (struct enroll_replacement){ e->volume[i], id, e->passphrase_slot[i], t, NULL };
	else
		free(t);
	return r;
}

/*
 * Last, when the initrds that want no PIN are sealed: until then those that want one find it. Nothing to do
 * where there is none.
 */
static int take_pin_away(struct enrolment *e, struct error *err)
{
	struct enroll_replacement replace[TARGET_MAX] = { { .volume = NULL } };
	size_t n = 0;
	int r = 0;

	if (e->options->pin)
		return 0;
	for (size_t i = 0; i < e->look.target_count && r == 0; i++) {
		r = find_pin(e, i, err, &replace[n]);
		n += replace[n].volume != NULL;
	}
	if (r == 0 && n > 0)
		r = tpm_open(e->options->tcti, err, &e->tpm);
	e->sealing.tpm = e->tpm;
	if (r == 0)
		r = enroll_tokens_replace(&e->sealing, replace, n, err);
	enroll_replacements_free(replace, n);
	close_volumes(e);
	return r;
}

static int make_keys(struct enrolment *e, struct error *err)
{
	int r = 0;

	leftovers_sweep(e->machine);
	if (e->look.judgement.trust == TRUST_THIS_BOOT)
		r = boot_mark_before_enrolment(e->machine, err);
	if (r == 0 && e->look.judgement.changes.n > 0)
		r = forecast_accept(e->machine, &e->look.judgement.accepted, err);
	if (r == 0)
		r = tpm_open(e->options->tcti, err, &e->tpm);
	if (r == 0)
		r = enroll_prepare_tpm(e->machine, e->options, e->tpm, err, &e->authority, &e->anchor);
	/* before the first initrd is rebuilt, whose hook forecasts, too */
	if (r == 0)
		r = without_log_set(e->machine, e->look.without_log, err);
	if (r == 0)
		r = confidential_write(e->machine, e->options->confidential, err);
	begin_sealing(e);
	if (r == 0)
		r = enroll_volumes(e, err);
	e->anchor.pin = e->options->pin;
	if (r == 0)
		r = anchor_save(e->machine, &e->anchor, err);
	if (r == 0)
		r = write_state(e, err);
	if (r == 0)
		r = late_plan_carry_out(e->machine, e->options, &e->late, err);
	enroll_sealing_free(&e->sealing);
	/* the reseal opens both for itself */
	tpm_close(e->tpm);
	e->tpm = NULL;
	close_volumes(e);
	return r;
}

static int enroll_all(struct enrolment *e, struct error *err, struct reseal_report *ret)
{
	struct reseal_options reseal = { .enrolling = true, .tcti = e->options->tcti };
	int r;

	r = look_and_refuse(e, err);
	if (r == 0)
		r = make_keys(e, err);
	if (r < 0)
		return r;
	tell(e->options, ENROLL_INITRDS, "");
	r = initrds_rebuild(e->machine, true, err);
	if (r < 0)
		return r;
	tell(e->options, ENROLL_POLICY, "");
	reseal.trust = e->look.judgement.trust;
	r = reseal_run(e->machine, &reseal, err, ret);
	if (r == 0)
		r = take_pin_away(e, err);
	if (r == 0)
		r = boot_trust(e->machine, err);
	if (r == 0) {
		/* status names what it could not do */
		boot_mounts_harden(e->machine, NULL);
		r = late_update_units(e->machine, &e->anchor, true, err);
		notice_update(e->machine, NULL);
	}
	if (r == 0)
		tell(e->options, ENROLL_DONE, "");
	return r;
}

int enroll_run(const struct machine *m, const struct enroll_options *o, struct error *err,
	       struct reseal_report *ret)
{
	struct enrolment *e;
	int lock, r;

	*ret = RESEAL_REPORT_NONE;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->machine = m;
	e->options = o;
	r = state_lock(m, LOCK_WAIT_MS, err, &lock);
	if (r == 0) {
		r = enroll_all(e, err, ret);
		close(lock);
	}
	tpm_close(e->tpm);
	authority_free(&e->authority);
	enroll_sealing_free(&e->sealing);
	close_volumes(e);
	late_plan_free(&e->late);
	enroll_look_free(&e->look);
	free(e);
	return r;
}
