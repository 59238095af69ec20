#include "machine/recovery.h"

#include <errno.h>
#include <unistd.h>

#include "machine/record/leftovers.h"
#include "machine/record/lock.h"
#include "machine/record/pending.h"
#include "machine/system/targets.h"
#include "seal/recovery_key.h"
#include "seal/token.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_ways.h"


struct job {
	const struct machine *machine;
	const struct secret *auth, *key;
	uint32_t keyslots;
	int keyslot;
};

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

/* The same for each volume, one writer at a time. */
static int for_each(const struct machine *m, struct job *job, struct error *err,
		    int (*each)(struct job *job, struct volume *v, const char *device, struct error *err))
{
	struct target target[TARGET_MAX];
	struct volume *v = NULL;
	size_t n = 0;
	int lock, r;

	r = state_lock(m, LOCK_WAIT_MS, err, &lock);
	if (r < 0)
		return r;
	job->machine = m;
	leftovers_sweep(m);
	r = targets_find(m, err, target, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = volume_open(target[i].device, err, &v);
		if (r == 0)
			r = name_remedy(n, target[i].device, each(job, v, target[i].device, err), err);
		volume_close(v);
		v = NULL;
	}
	close(lock);
	return r;
}

static uint32_t recovery_keyslots(const struct volume *v)
{
	struct volume_ways w;

	volume_ways(v, &w);
	return w.recovery;
}

static int check_one(struct job *job, struct volume *v, const char *device, struct error *err)
{
	job->keyslots |= recovery_keyslots(v);
	return volume_keyslot_test(v, -1, job->auth, err, &job->keyslot);
}

int recovery_check(const struct machine *m, const struct secret *auth, struct error *err,
		   uint32_t *ret_keyslots)
{
	struct job job = { .auth = auth };
	int r = for_each(m, &job, err, check_one);

	if (r == 0)
		*ret_keyslots = job.keyslots;
	return r;
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

static int set_one(struct job *job, struct volume *v, const char *device, struct error *err)
{
	uint32_t old = recovery_keyslots(v);
	int opened, slot, r;

	r = volume_keyslot_test(v, -1, job->auth, err, &opened);
	if (r == 0)
		r = pending_sweep(job->machine, v, opened, err);
	if (r == 0)
		r = pending_keyslot_add(job->machine, v, &(struct keyslot_keys){ job->auth, job->key }, err,
					&slot);
	if (r < 0)
		return r;
	old = without_passphrase(job->auth, old, opened);
	r = volume_named_set(v, RECOVERY_TOKEN_TYPE, old | 1u << slot, err);
	r = pending_settle(job->machine, v, slot, r);
	if (r < 0)
		return r;
	r = volume_keyslot_test(v, slot, job->key, err, &job->keyslot);
	return r < 0 ? r : remove_keyslots(v, old, err);
}

int recovery_set(const struct machine *m, const struct secret *auth, const struct secret *key,
		 struct error *err, int *ret_keyslot)
{
	struct job job = { .auth = auth, .key = key };
	int r = for_each(m, &job, err, set_one);

	if (r == 0)
		*ret_keyslot = job.keyslot;
	return r;
}

static int no_key(const char *device, struct error *err)
{
	return error_set(err, -ENODATA, "%s: no recovery key; make one with 'bootseal recovery-key'", device);
}

static int test_one(struct job *job, struct volume *v, const char *device, struct error *err)
{
	uint32_t keyslots = recovery_keyslots(v);
	int r = -EPERM;

	if (keyslots == 0)
		return no_key(device, err);
	for (int i = 0; i < KEYSLOT_MAX && r == -EPERM; i++)
		if (keyslots >> i & 1)
			r = volume_keyslot_test(v, i, job->key, err, &job->keyslot);
	return r == -EPERM ? error_set(err, r, "%s: wrong recovery key", device) : r;
}

int recovery_test(const struct machine *m, const struct secret *key, struct error *err, int *ret_keyslot)
{
	struct job job = { .key = key };
	int r = for_each(m, &job, err, test_one);

	if (r == 0)
		*ret_keyslot = job.keyslot;
	return r;
}

static int remove_one(struct job *job, struct volume *v, const char *device, struct error *err)
{
	uint32_t keyslots = recovery_keyslots(v);
	int opened, r;

	if (keyslots == 0)
		return no_key(device, err);
	r = volume_keyslot_test(v, -1, job->auth, err, &opened);
	if (r < 0)
		return r;
	if (keyslots >> opened & 1)
		return error_set(err, -ECANCELED,
				 "%s: this is the recovery key itself; a passphrase that stays is required",
				 device);
	r = remove_keyslots(v, keyslots, err);
	return r < 0 ? r : volume_named_set(v, RECOVERY_TOKEN_TYPE, 0, err);
}

int recovery_remove(const struct machine *m, const struct secret *auth, struct error *err)
{
	struct job job = { .auth = auth };

	return for_each(m, &job, err, remove_one);
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
