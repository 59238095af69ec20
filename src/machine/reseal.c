#include "machine/reseal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "machine/branches.h"
#include "machine/chain/sealed.h"
#include "machine/late.h"
#include "machine/record/authority.h"
#include "machine/record/boot_report.h"
#include "machine/system/places.h"
#include "machine/record/late_volumes.h"
#include "machine/record/leftovers.h"
#include "machine/record/lock.h"
#include "machine/record/notice.h"
#include "machine/record/state.h"
#include "machine/reference.h"
#include "machine/reseal_forecast.h"
#include "machine/chain/sealed.h"
#include "machine/transaction.h"
#include "machine/trust/vouch_initrd.h"
#include "seal/token.h"
#include "seal/tpm.h"

void reseal_report_free(struct reseal_report *r)
{
	calibration_free(&r->calibration);
	forecast_free(&r->forecast);
	changes_free(&r->changes);
	obstacles_free(&r->obstacles);
	*r = RESEAL_REPORT_NONE;
}

/* What one run of reseal works on. */
struct run {
	const struct machine *machine;
	const struct reseal_options *options;
	enum trust_mode trust;
	struct tpm *tpm;
	struct enrolled enrolled;
	struct state state;
};

/* Asked once: a report that cannot be read the second time must not change what the first forecast meant. */
static int find_trust(const struct machine *m, const struct reseal_options *o, struct error *err,
		      enum trust_mode *ret)
{
	int r = 0;

	if (o->enrolling) {
		*ret = o->trust;
	} else if (o->accept_current) {
		*ret = TRUST_ALL;
	} else {
		r = boot_ask_trusted(m, err);
		*ret = r > 0 ? TRUST_VOUCHED : TRUST_NOTHING_NEW;
	}
	return r < 0 ? r : 0;
}

/* A clock that stands before 1970 is no time that could be kept. */
static int64_t now(void)
{
	time_t t = time(NULL);

	return t > 0 ? t : 1;
}

static void remember_policy(struct state *s, const struct reseal_report *report, const struct branch *b,
			    const struct forecast_path *const *path)
{
	if (report->changed || s->generation != report->generation)
		s->sealed_at = now();
	s->generation = report->generation;
	s->attempts = report->forecast.attempts;
	s->branch_count = report->forecast.path_count;
	for (size_t i = 0; i < s->branch_count; i++) {
		s->branch[i].id = b[i].id;
		memcpy(s->branch[i].composite, b[i].composite, SHA256_LEN);
		snprintf(s->branch[i].label, sizeof(s->branch[i].label), "%s", path[i]->label);
	}
}

/* Asked of the TPM itself: what it was told may have been done although it failed. */
static bool in_force(const struct policy_move *pm)
{
	uint8_t wanted[SHA256_LEN], live[SHA256_LEN];

	return policy_root(pm->mask, pm->branch, pm->branch_count, wanted) == 0 &&
	       policy_live(pm->tpm, &pm->enrolled->anchor, NULL, live) == 0 &&
	       memcmp(wanted, live, SHA256_LEN) == 0;
}

/* For explain, and for the next enrolment: without it the policy is as good. */
static int save_sealed(const struct machine *m, const struct reseal_report *report, struct error *err)
{
	struct prediction_record p = { .generation = report->generation };
	const struct forecast *f = &report->forecast;

	/* borrowed for the time of writing */
	for (; p.n < f->path_count && p.n < PREDICTION_RECORD_PATHS_MAX; p.n++)
		p.path[p.n] =
			(struct recorded_path){ .label = f->path[p.n].label, .events = f->path[p.n].events };
	return sealed_save(m, &p, err);
}

/*
 * At the first enrolment the records are complete before a policy is in force: a later enrolment is judged
 * by them, and without them what that boot ran would be trusted again (enroll_judge.h).
 */
static int save_records(const struct run *run, const struct reseal_report *report, struct error *err)
{
	int r = forecast_accept(run->machine, &report->forecast, err);

	return r == 0 && run->trust == TRUST_THIS_BOOT ? save_sealed(run->machine, report, err) : r;
}

static int move(struct run *run, struct error *err, struct reseal_report *report)
{
	const struct forecast_path *path[BRANCH_MAX];
	struct branch branch[BRANCH_MAX];
	struct authority authority = { .key = NULL };
	struct policy_move pm;
	char path_of_key[PATH_MAX];
	int r;

	r = branches_from_forecast(&report->forecast, run->state.mask, branch, path);
	if (r == 0)
		r = machine_path(run->machine, AUTHORITY_PATH, path_of_key);
	if (r == 0)
		r = authority_load(path_of_key, err, &authority);
	if (r == 0)
		r = save_records(run, report, err);
	if (r < 0)
		goto out;
	pm = (struct policy_move){ .tpm = run->tpm, .authority = &authority, .enrolled = &run->enrolled,
				   .mask = run->state.mask, .branch = branch,
				   .branch_count = report->forecast.path_count };
	r = policy_move(&pm, err, &report->generation, &report->changed);
	report->moved = r == 0 || in_force(&pm);
	if (r == 0) {
		remember_policy(&run->state, report, branch, path);
		save_sealed(run->machine, report, NULL);
	}
out:
	authority_free(&authority);
	return r;
}

/* What status keeps saying until a reseal succeeds whole. */
static void remember_outcome(struct state *s, int r, const struct error *err,
			     const struct reseal_report *report)
{
	s->failed = r < 0 || report->partly;
	s->failed_at = now();
	if (r < 0)
		snprintf(s->failure, sizeof(s->failure), "%s", err->text);
	else if (report->partly)
		snprintf(s->failure, sizeof(s->failure), "%.200s: %.250s", report->forecast.refused[0].what,
			 report->forecast.refused[0].why);
}

/* Where the state cannot be written, /run has the failure until it can. */
static int record(const struct machine *m, const struct state *s, int r, struct error *err)
{
	struct error why = ERROR_NONE;

	if (state_save(m, s, &why) == 0)
		return r;
	if (r == 0)
		r = error_set(err, -EIO, "cannot write the record of the new policy: %s", why.text);
	state_note_failure(m, err->text);
	return r;
}

/* Those of the enrolled volumes, not what lies under a /var that is not mounted. */
static int require_records(const struct machine *m, struct error *err)
{
	struct anchor late;
	int r = late_volumes_read(m, err, &late);

	return r == 0 || r == -EBADMSG ? places_require_records(m, &late, err) : r;
}

static int forecast(const struct run *run, struct error *err, struct reseal_report *report)
{
	const struct reseal_basis basis = { .machine = run->machine,
					    .enrolled = &run->enrolled,
					    .tpm = run->tpm,
					    .mask = run->state.mask,
					    .trust = run->trust,
					    .enrolling = run->options->enrolling,
					    .dry_run = run->options->dry_run };

	return reseal_forecast(&basis, err, report);
}

static int run_locked(const struct machine *m, const struct reseal_options *o, struct error *err,
		      struct reseal_report *report)
{
	struct run run = { .machine = m, .options = o, .enrolled = { .n = 0 } };
	struct error why = ERROR_NONE;
	int r;

	if (!o->dry_run)
		leftovers_sweep(m);
	r = state_load(m, err, &run.state);
	if (r < 0) {
		if (!o->dry_run && r != -ENODATA)
			state_note_failure(m, err->text);
		return r;
	}
	/*
	 * first, because initrds are judged by the anchor: a damaged one must not be taken for damage to all
	 * of them
	 */
	r = enrolled_open(m, err, &run.enrolled);
	/* whatever the forecast says: without the drop-ins a volume is opened, or mounted, unjudged */
	if (r == 0 && !o->dry_run)
		r = late_update_units(m, &run.enrolled.anchor, false, err);
	if (r == 0)
		r = require_records(m, err);
	if (r == 0)
		r = find_trust(m, o, err, &run.trust);
	if (r == 0)
		r = tpm_open(o->tcti, err, &run.tpm);
	if (r == 0)
		r = forecast(&run, err, report);
	if (r == 0 && o->accept_current)
		r = changes_find(m, &report->forecast, err, &report->changes);
	if (r == 0 && o->shown)
		r = changes_require(&report->changes, o->shown, err);
	if (r == 0 && !o->dry_run)
		r = move(&run, err, report);
	/* the policy is in force whether or not a verifier learns of it */
	if (r == 0 && !o->dry_run && reference_publish(m, &report->forecast, &why) < 0)
		report->unpublished = why;
	tpm_close(run.tpm);
	enrolled_close(&run.enrolled);
	if (o->dry_run)
		return r;
	remember_outcome(&run.state, r, err, report);
	r = record(m, &run.state, r, err);
	if (r == 0 && o->accept_current)
		r = boot_trust(m, err);
	return r;
}

int reseal_run(const struct machine *m, const struct reseal_options *o, struct error *err,
	       struct reseal_report *ret)
{
	int lock = -1, r;

	*ret = RESEAL_REPORT_NONE;
	if (!o->enrolling) {
		r = state_lock(m, LOCK_WAIT_RESEAL_MS, err, &lock);
		if (r < 0) {
			if (!o->dry_run)
				state_note_failure(m, err->text);
			return r;
		}
	}
	r = run_locked(m, o, err, ret);
	if (!o->dry_run)
		notice_update(m, NULL);
	if (lock >= 0)
		close(lock);
	return r;
}

int reseal_retry(const struct machine *m, const char *tcti, struct error *err, struct reseal_report *ret)
{
	const struct reseal_options o = { .tcti = tcti };
	struct state s;
	int r;

	*ret = RESEAL_REPORT_NONE;
	if (state_load(m, NULL, &s) < 0 || !s.failed)
		return 0;
	r = boot_ask_trusted(m, err);
	if (r <= 0)
		return r;
	r = reseal_run(m, &o, err, ret);
	return r < 0 ? r : 1;
}

int reseal_vouch_initrd(const struct machine *m, const char *release, const char *path, struct error *err)
{
	int lock, r;

	r = boot_ask_trusted(m, err);
	if (r < 0)
		return r;
	if (r == 0)
		return error_set(err, -ECANCELED,
				 "%s: not accepted, because the TPM did not unlock this boot; 'bootseal "
				 "reseal --accept-current' accepts the current file if you know why",
				 path);
	r = state_lock(m, LOCK_WAIT_RESEAL_MS, err, &lock);
	if (r < 0)
		return r;
	r = machine_vouch_initrd(m, release, path, err);
	close(lock);
	return r;
}
