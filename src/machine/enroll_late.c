#include "machine/enroll_late.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "machine/record/late_volumes.h"
#include "machine/record/leftovers.h"
#include "machine/record/lock.h"
#include "machine/system/device_guard.h"
#include "machine/system/late.h"
#include "machine/system/places.h"
#include "seal/token.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_ways.h"

struct planning {
	const struct machine *machine;
	const struct enroll_options *options;
	struct error *err;
	struct anchor recorded;
	struct late_plan plan;
};

static void say(const struct enroll_options *o, const char *text)
{
	if (o->progress)
		o->progress(o->progress_ctx, ENROLL_VOLUME, text);
}

static void tell(const struct enroll_options *o, const struct target *t, const char *what)
{
	char detail[1024];

	snprintf(detail, sizeof(detail), "%s (%s): %s", t->name, t->device, what);
	say(o, detail);
}

static void tell_left(void *context, const struct error *why)
{
	const struct planning *p = context;
	char detail[600];

	snprintf(detail, sizeof(detail), "left as it is: %s", why->text);
	say(p->options, detail);
}

/* -ENOKEY: the volume is left out, which is said; where records lie on it, that ends the enrolment. */
static int leave_out(const struct planning *p, const struct target *t, const char *why)
{
	char what[560];

	if (places_on(p->machine, t))
		return error_set(
			p->err, -ECANCELED,
			"%s (%s) has to be enrolled, since records that are trusted at each boot lie on "
			"it: %s",
			t->name, t->device, why);
	snprintf(what, sizeof(what), "left as it is: %s", why);
	tell(p->options, t, what);
	return -ENOKEY;
}

static bool is_recorded(const struct anchor *recorded, const struct target *t)
{
	const struct anchor_target *a = anchor_find(recorded, t->name);

	return a && strcmp(a->uuid, t->uuid) == 0;
}

/* Everything that can refuse comes before the first write. planned: volumes that come before it. */
static int look_at_volume(const struct anchor *recorded, size_t planned, const struct target *t,
			  struct error *err)
{
	size_t records = recorded->target_count + planned;
	struct volume *v = NULL;
	uint8_t pin[SHA256_LEN];
	int r;

	if (!is_recorded(recorded, t) && records >= TARGET_MAX)
		return error_set(err, -E2BIG,
				 "%zu volumes are enrolled beside the root, which is as many as fit; "
				 "'bootseal remove --volume' removes one",
				 records);
	r = volume_open(t->device, err, &v);
	if (r == 0)
		r = volume_pin(v, -1, err, pin);
	if (r == 0 && !volume_named(v, LATE_TOKEN_TYPE) && volume_keyslot_count(v) == KEYSLOT_MAX)
		r = error_set(err, -ENOSPC, "all %d keyslots are in use", KEYSLOT_MAX);
	volume_close(v);
	return r;
}

/* -EKEYREJECTED: it was, with another header. */
static int is_enrolled(const struct planning *p, const struct target *t)
{
	if (!is_recorded(&p->recorded, t))
		return -ENOENT;
	return late_check(p->machine, anchor_find(&p->recorded, t->name), NULL);
}

static int try_passphrases(const struct planning *p, const struct target *t, struct secret *ret_own)
{
	const struct enroll_options *o = p->options;
	const struct secret *at = o->passphrase;
	struct error why = ERROR_NONE;
	char what[96];
	int slot, r;

	while ((r = late_test(t, at, p->err, &slot)) == -EPERM) {
		secret_free(ret_own);
		if (!o->ask || o->ask(o->ask_ctx, t->name, ret_own) < 0) {
			error_set(&why, 0,
				  "the passphrase does not unlock it; 'bootseal enroll --volume %s' enrolls "
				  "it with its own",
				  t->name);
			return leave_out(p, t, why.text);
		}
		at = ret_own;
	}
	if (r < 0)
		return r;
	snprintf(what, sizeof(what), "the passphrase unlocks keyslot %d; a key on the root will open it",
		 slot);
	tell(o, t, what);
	return 0;
}

static int plan_one(struct planning *p, const struct target *t)
{
	struct error why = ERROR_NONE;
	int r;

	r = is_enrolled(p, t);
	if (r == 0) {
		tell(p->options, t, "is enrolled: a key on the root opens it");
		return 0;
	}
	if (r == -EKEYREJECTED && !p->options->accept_current) {
		error_set(&why, 0,
			  "its LUKS2 header changed since it was enrolled; if you did that ('cryptsetup "
			  "reencrypt'), 'bootseal enroll --volume %s' enrolls it again; if not, somebody "
			  "else may have",
			  t->name);
		return leave_out(p, t, why.text);
	}
	if (look_at_volume(&p->recorded, p->plan.n, t, &why) < 0)
		return leave_out(p, t, why.text);
	r = try_passphrases(p, t, &p->plan.at[p->plan.n].own);
	if (r == 0)
		p->plan.at[p->plan.n++].target = *t;
	else
		secret_free(&p->plan.at[p->plan.n].own);
	return r;
}

int late_plan_make(const struct machine *m, const struct enroll_options *o, struct error *err,
		   struct late_plan *ret)
{
	struct planning p = { .machine = m, .options = o, .err = err };
	struct target found[TARGET_MAX];
	size_t n = 0;
	int r;

	/* a damaged list is written afresh */
	r = late_volumes_read(m, err, &p.recorded);
	if (r == 0 || r == -EBADMSG)
		r = late_find(m, tell_left, &p, err, found, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = plan_one(&p, &found[i]);
		r = r == -ENOKEY ? 0 : r;
	}
	if (r < 0)
		late_plan_free(&p.plan);
	else
		*ret = p.plan;
	return r;
}

/* What goes wrong with a data disk does not keep the root from being enrolled. */
int late_plan_carry_out(const struct machine *m, const struct enroll_options *o, const struct late_plan *p,
			struct error *err)
{
	struct error why = ERROR_NONE;
	const struct secret *passphrase;
	char what[560];
	int r;

	for (size_t i = 0; i < p->n; i++) {
		passphrase = p->at[i].own.bytes ? &p->at[i].own : o->passphrase;
		r = late_enroll(m, &p->at[i].target, passphrase, &why);
		if (r < 0 && (r == -ENOMEM || places_on(m, &p->at[i].target)))
			return error_set(err, r, "%s", why.text);
		snprintf(what, sizeof(what), "NOT ENROLLED: %s", why.text);
		if (r < 0)
			tell(o, &p->at[i].target, what);
	}
	return 0;
}

void late_plan_free(struct late_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		secret_free(&p->at[i].own);
	p->n = 0;
}

static int read_early(const struct machine *m, struct error *err, struct anchor *ret)
{
	char path[PATH_MAX];
	int r = machine_path(m, ANCHOR_PATH, path);

	return r == 0 ? anchor_read(path, err, ret) : r;
}

int late_add(const struct machine *m, const struct target *t, const struct secret *passphrase,
	     struct error *err)
{
	struct anchor early, late;
	int lock, r;

	r = state_lock(m, LOCK_WAIT_MS, err, &lock);
	if (r < 0)
		return r;
	leftovers_sweep(m);
	/* one alone would take the others off a damaged list */
	r = late_volumes_read(m, err, &late);
	if (r == 0)
		r = look_at_volume(&late, 0, t, err);
	if (r == 0)
		r = read_early(m, err, &early);
	if (r == 0)
		r = late_enroll(m, t, passphrase, err);
	if (r == 0)
		r = late_update_units(m, &early, false, err);
	close(lock);
	return r;
}

static int refuse_removal(const struct machine *m, const struct anchor_target *a, struct error *err)
{
	struct target t = { .name = "" };
	char device[PATH_MAX];

	memcpy(t.name, a->name, sizeof(t.name));
	memcpy(t.uuid, a->uuid, sizeof(t.uuid));
	if (places_on(m, &t))
		return error_set(
			err, -ECANCELED,
			"%s: records that are trusted at each boot lie on it; 'bootseal remove' without "
			"--volume removes all",
			a->name);
	if (target_device(m, a->uuid, NULL, device) < 0)
		return error_set(
			err, -ECANCELED,
			"%s: not connected, and its keyslot may be its only one; connect it first. For "
			"one that is gone for good remove its line from " LATE_VOLUMES_PATH,
			a->name);
	return late_require_other_way(m, a->name, err);
}

static int take_off(const struct machine *m, const char *name, struct error *err, struct late_removed *ret)
{
	struct anchor early, late, gone = { .target_count = 0 };
	const struct anchor_target *t;
	int r;

	r = late_volumes_read(m, err, &late);
	if (r == 0)
		r = read_early(m, err, &early);
	if (r < 0)
		return r;
	t = anchor_find(&late, name);
	if (t) {
		gone.target[gone.target_count++] = *t;
		r = refuse_removal(m, t, err);
	}
	/* before the record goes: what lies on it must not be asked for an enrolled volume any more */
	if (r == 0)
		r = device_guard_lift(m, &gone, err);
	if (r == 0)
		r = late_remove(m, name, err, ret);
	return r == 0 ? late_update_units(m, &early, false, err) : r;
}

int late_take_off(const struct machine *m, const char *name, struct error *err, struct late_removed *ret)
{
	int lock, r;

	r = state_lock(m, LOCK_WAIT_MS, err, &lock);
	if (r < 0)
		return r;
	leftovers_sweep(m);
	r = take_off(m, name, err, ret);
	close(lock);
	return r;
}
