#include "machine/enroll_late.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "machine/record/leftovers.h"
#include "machine/record/lock.h"
#include "machine/system/late.h"
#include "machine/system/places.h"

static void tell(const struct enroll_options *o, const struct target *t, const char *what)
{
	char detail[640];

	snprintf(detail, sizeof(detail), "%s (%s): %s", t->name, t->device, what);
	if (o->progress)
		o->progress(o->progress_ctx, ENROLL_VOLUME, detail);
}

static int refuse_or_leave(const struct machine *m, const struct enroll_options *o, const struct target *t,
			   struct error *err)
{
	char what[256];

	if (places_on(m, t))
		return error_set(err, -ECANCELED,
				 "%s: the passphrase unlocks no keyslot of this volume, which holds "
				 "records "
				 "that are trusted at each boot; 'cryptsetup luksAddKey %s' adds it",
				 t->device, t->device);
	snprintf(what, sizeof(what),
		 "left as it is, since the passphrase does not unlock it; 'bootseal "
		 "enroll "
		 "--volume %s' enrolls it",
		 t->name);
	tell(o, t, what);
	return -ENOKEY;
}

/* -ENOKEY: left out. */
static int try_passphrases(const struct machine *m, const struct enroll_options *o, const struct target *t,
			   struct error *err, struct secret *ret_own)
{
	const struct secret *at = o->passphrase;
	char what[96];
	int slot, r;

	while ((r = late_test(t, at, err, &slot)) == -EPERM) {
		secret_free(ret_own);
		if (!o->ask || o->ask(o->ask_ctx, t->name, ret_own) < 0)
			return refuse_or_leave(m, o, t, err);
		at = ret_own;
	}
	if (r < 0)
		return r;
	snprintf(what, sizeof(what), "the passphrase unlocks keyslot %d; a key on the root will open it",
		 slot);
	tell(o, t, what);
	return 0;
}

int late_plan_make(const struct machine *m, const struct enroll_options *o, struct error *err,
		   struct late_plan *ret)
{
	struct target found[TARGET_MAX];
	struct late_plan p = { .n = 0 };
	size_t n;
	int r;

	r = late_find(m, err, found, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = try_passphrases(m, o, &found[i], err, &p.at[p.n].own);
		if (r == 0)
			p.at[p.n++].target = found[i];
		else
			secret_free(&p.at[p.n].own);
		r = r == -ENOKEY ? 0 : r;
	}
	if (r < 0)
		late_plan_free(&p);
	else
		*ret = p;
	return r;
}

int late_plan_carry_out(const struct machine *m, const struct enroll_options *o, const struct late_plan *p,
			struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < p->n && r == 0; i++)
		r = late_enroll(m, &p->at[i].target, p->at[i].own.bytes ? &p->at[i].own : o->passphrase, err);
	return r;
}

void late_plan_free(struct late_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		secret_free(&p->at[i].own);
	p->n = 0;
}

static int update_units(const struct machine *m, struct error *err)
{
	struct anchor early;
	char path[PATH_MAX];
	int r;

	r = machine_path(m, ANCHOR_PATH, path);
	if (r == 0)
		r = anchor_read(path, err, &early);
	return r == 0 ? late_update_units(m, &early, false, err) : r;
}

int late_add(const struct machine *m, const struct target *t, const struct secret *passphrase,
	     struct error *err)
{
	int lock, r;

	r = state_lock(m, LOCK_WAIT_MS, err, &lock);
	if (r < 0)
		return r;
	leftovers_sweep(m);
	r = late_enroll(m, t, passphrase, err);
	if (r == 0)
		r = update_units(m, err);
	close(lock);
	return r;
}

int late_take_off(const struct machine *m, const char *name, struct error *err, struct late_removed *ret)
{
	int lock, r;

	r = state_lock(m, LOCK_WAIT_MS, err, &lock);
	if (r < 0)
		return r;
	leftovers_sweep(m);
	r = late_require_other_way(m, name, err);
	if (r == 0)
		r = late_remove(m, name, err, ret);
	if (r == 0)
		r = update_units(m, err);
	close(lock);
	return r;
}
