#include "machine/recovery.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "machine/record/leftovers.h"
#include "machine/record/lock.h"
#include "machine/record/pending.h"
#include "machine/system/targets.h"
#include "seal/recovery_key.h"
#include "seal/token.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_ways.h"

/* The root's volumes, under the lock. */
struct job {
	const struct machine *machine;
	const struct secret *auth, *key;
	struct target target[TARGET_MAX];
	size_t n;
	/* of each: */
	uint32_t old[TARGET_MAX]; /* keyslots of recovery keys that were there */
	int opened[TARGET_MAX], slot[TARGET_MAX];
};

typedef int each_fn(struct job *job, size_t i, struct volume *v, struct error *err);

/* One passphrase is asked for: it has to be in each of the volumes. */
static int name_remedy(size_t volumes, const char *device, int r, struct error *err)
{
	struct error why = err ? *err : ERROR_NONE;

	if (r != -EPERM || volumes < 2)
		return r;
	return error_set(err, r,
			 "%.300s; %zu volumes have to be open for the root, and one passphrase has to open "
			 "them all: 'cryptsetup luksAddKey %.100s' adds it there",
			 why.text, volumes, device);
}

static int for_all(struct job *job, struct error *err, each_fn *each)
{
	struct volume *v = NULL;
	int r = 0;

	for (size_t i = 0; i < job->n && r == 0; i++) {
		r = volume_open(job->target[i].device, err, &v);
		if (r == 0)
			r = name_remedy(job->n, job->target[i].device, each(job, i, v, err), err);
		volume_close(v);
		v = NULL;
	}
	return r;
}

/* One writer at a time: ret_lock is to be closed. */
static int begin(const struct machine *m, struct job *job, struct error *err, int *ret_lock)
{
	int r;

	r = state_lock(m, LOCK_WAIT_MS, err, ret_lock);
	if (r < 0)
		return r;
	job->machine = m;
	leftovers_sweep(m);
	r = targets_find(m, err, job->target, &job->n);
	if (r < 0)
		close(*ret_lock);
	return r;
}

/* One step for all, and nothing after it. */
static int look_at_all(const struct machine *m, struct job *job, struct error *err, each_fn *each)
{
	int lock, r;

	r = begin(m, job, err, &lock);
	if (r < 0)
		return r;
	r = for_all(job, err, each);
	close(lock);
	return r;
}

static uint32_t recovery_keyslots(const struct volume *v)
{
	struct volume_ways w;

	volume_ways(v, &w);
	return w.recovery;
}

/* Does it open each, before anything is written? */
static int look(struct job *job, size_t i, struct volume *v, struct error *err)
{
	job->old[i] = recovery_keyslots(v);
	return volume_keyslot_test(v, -1, job->auth, err, &job->opened[i]);
}

int recovery_check(const struct machine *m, const struct secret *auth, struct error *err,
		   struct recovery_there *ret)
{
	struct recovery_there there = { .with = 0 };
	struct job job = { .auth = auth };
	int r = look_at_all(m, &job, err, look);

	if (r < 0)
		return r;
	for (size_t i = 0; i < job.n; i++) {
		there.with += job.old[i] != 0;
		if (job.old[i] == 0 && there.without++ == 0)
			snprintf(there.device, sizeof(there.device), "%s", job.target[i].device);
	}
	*ret = there;
	return 0;
}

static int remove_keyslots(struct volume *v, uint32_t keyslots, struct error *err)
{
	int r = 0;

	for (int i = 0; i < KEYSLOT_MAX && r == 0; i++)
		if (keyslots >> i & 1)
			r = volume_keyslot_remove(v, i, err);
	return r;
}

/*
 * A token says which keyslots are old ones, and anyone can write one: it never costs the passphrase that was
 * given.
 */
static uint32_t without_passphrase(const struct secret *auth, uint32_t keyslots, int opened)
{
	struct secret s = SECRET_NONE;
	bool is_recovery = recovery_parse(auth, NULL, &s) == 0;

	secret_free(&s);
	return is_recovery ? keyslots : keyslots & ~(1u << opened);
}

static int add_new(struct job *job, size_t i, struct volume *v, struct error *err)
{
	int slot, r;

	r = pending_sweep(job->machine, v, job->opened[i], err);
	if (r == 0)
		r = pending_keyslot_add(job->machine, v, &(struct keyslot_keys){ job->auth, job->key }, err,
					&slot);
	if (r < 0)
		return r;
	job->old[i] = without_passphrase(job->auth, job->old[i], job->opened[i]);
	r = volume_named_set(v, RECOVERY_TOKEN_TYPE, job->old[i] | 1u << slot, err);
	r = pending_settle(job->machine, v, slot, r);
	if (r < 0)
		return r;
	job->slot[i] = slot;
	return volume_keyslot_test(v, slot, job->key, err, &slot);
}

/* Where another volume did not take it: what was there before is what there is. */
static int take_new_back(struct job *job, size_t i, struct volume *v, struct error *err)
{
	int r;

	if (job->slot[i] < 0)
		return 0;
	r = volume_keyslot_remove(v, job->slot[i], err);
	return r < 0 ? r : volume_named_set(v, RECOVERY_TOKEN_TYPE, job->old[i], err);
}

static int remove_old(struct job *job, size_t i, struct volume *v, struct error *err)
{
	return remove_keyslots(v, job->old[i], err);
}

static int set_all(struct job *job, struct error *err)
{
	int r = for_all(job, err, look);

	if (r < 0)
		return r;
	for (size_t i = 0; i < job->n; i++)
		job->slot[i] = -1;
	r = for_all(job, err, add_new);
	if (r == 0)
		return for_all(job, err, remove_old);
	for_all(job, NULL, take_new_back);
	return r;
}

int recovery_set(const struct machine *m, const struct secret *auth, const struct secret *key,
		 struct error *err, int *ret_keyslot)
{
	struct job job = { .auth = auth, .key = key };
	int lock, r;

	r = begin(m, &job, err, &lock);
	if (r < 0)
		return r;
	r = set_all(&job, err);
	close(lock);
	if (r == 0)
		*ret_keyslot = job.slot[job.n - 1];
	return r;
}

static int no_key(const char *device, struct error *err)
{
	return error_set(err, -ENODATA, "%s: no recovery key; make one with 'bootseal recovery-key'", device);
}

static int test_one(struct job *job, size_t i, struct volume *v, struct error *err)
{
	const uint32_t keyslots = recovery_keyslots(v);
	int r = -EPERM;

	if (keyslots == 0)
		return no_key(job->target[i].device, err);
	for (int k = 0; k < KEYSLOT_MAX && r == -EPERM; k++)
		if (keyslots >> k & 1)
			r = volume_keyslot_test(v, k, job->key, err, &job->slot[i]);
	return r == -EPERM ? error_set(err, r, "%s: wrong recovery key", job->target[i].device) : r;
}

int recovery_test(const struct machine *m, const struct secret *key, struct error *err, int *ret_keyslot)
{
	struct job job = { .key = key };
	int r = look_at_all(m, &job, err, test_one);

	if (r == 0)
		*ret_keyslot = job.slot[job.n - 1];
	return r;
}

static int count_one(struct job *job, size_t i, struct volume *v, struct error *err)
{
	int slot, r = volume_keyslot_test(v, -1, job->key, err, &slot);

	job->slot[i] = r == 0 ? slot : -1;
	return r == -EPERM ? 0 : r;
}

int recovery_opens(const struct machine *m, const struct secret *key, struct error *err, size_t *ret_opened,
		   size_t *ret_all)
{
	struct job job = { .key = key };
	int r = look_at_all(m, &job, err, count_one);

	*ret_opened = 0;
	*ret_all = job.n;
	for (size_t i = 0; i < job.n && r == 0; i++)
		*ret_opened += job.slot[i] >= 0;
	return r;
}

/* May it be removed? A volume that has none may have another passphrase. */
static int look_to_remove(struct job *job, size_t i, struct volume *v, struct error *err)
{
	int r;

	job->old[i] = recovery_keyslots(v);
	if (job->old[i] == 0)
		return 0;
	r = volume_keyslot_test(v, -1, job->auth, err, &job->opened[i]);
	if (r == 0 && job->old[i] >> job->opened[i] & 1)
		r = error_set(err, -ECANCELED,
			      "%s: this is the recovery key itself; a passphrase that stays is required",
			      job->target[i].device);
	return r;
}

static int remove_one(struct job *job, size_t i, struct volume *v, struct error *err)
{
	int r = remove_keyslots(v, job->old[i], err);

	return r < 0 || job->old[i] == 0 ? r : volume_named_set(v, RECOVERY_TOKEN_TYPE, 0, err);
}

int recovery_remove(const struct machine *m, const struct secret *auth, struct error *err)
{
	struct job job = { .auth = auth };
	uint32_t any = 0;
	int lock, r;

	r = begin(m, &job, err, &lock);
	if (r < 0)
		return r;
	r = for_all(&job, err, look_to_remove);
	for (size_t i = 0; i < job.n; i++)
		any |= job.old[i];
	if (r == 0)
		r = any ? for_all(&job, err, remove_one) : no_key(job.target[0].device, err);
	close(lock);
	return r;
}

int recovery_ways(const struct machine *m, const char *uuid, struct error *err, struct volume_ways *ret)
{
	struct volume *v = NULL;
	char device[PATH_MAX];
	int r;

	r = target_device(m, uuid, err, device);
	if (r == 0)
		r = volume_open(device, err, &v);
	if (r == 0)
		volume_ways(v, ret);
	volume_close(v);
	return r;
}
