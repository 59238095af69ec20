#include "machine/late.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine/record/late_volumes.h"
#include "machine/record/pending.h"
#include "machine/system/device_guard.h"
#include "machine/system/late.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_ways.h"

int late_test(const struct target *t, const struct secret *passphrase, struct error *err, int *ret_keyslot)
{
	struct volume *v = NULL;
	struct volume_ways ways;
	int r;

	r = volume_open(t->device, err, &v);
	if (r == 0)
		r = volume_keyslot_test(v, -1, passphrase, err, ret_keyslot);
	if (r == 0) {
		volume_ways(v, &ways);
		if (ways.late >> *ret_keyslot & 1)
			r = error_set(err, -ECANCELED,
				      "%s: this is the key on the root; your passphrase is required",
				      t->device);
	}
	volume_close(v);
	return r;
}

static int forget(const struct machine *m, struct volume *v, int keep, struct error *err)
{
	uint32_t named = volume_named(v, LATE_TOKEN_TYPE);
	int r = 0, slot;

	/*
	 * a header with a token always has its keyslot: the token goes first, the record leads to the rest
	 */
	while (named && r == 0) {
		slot = __builtin_ctz(named);
		named &= named - 1;
		if (slot != keep)
			r = pending_note_going(m, v, slot, err);
		if (r == 0)
			r = volume_named_set(v, LATE_TOKEN_TYPE, named, err);
		if (r == 0)
			r = pending_sweep(m, v, keep, err);
	}
	/* one that cannot be read, or names nothing */
	return r < 0 ? r : volume_named_set(v, LATE_TOKEN_TYPE, 0, err);
}

static int new_keyslot(const struct machine *m, struct volume *v, const struct keyslot_keys *keys,
		       struct error *err, int *ret)
{
	int r;

	r = pending_keyslot_add(m, v, keys, err, ret);
	if (r < 0)
		return r;
	r = volume_named_set(v, LATE_TOKEN_TYPE, 1u << *ret, err);
	return pending_settle(m, v, *ret, r);
}

static int enroll(const struct machine *m, struct volume *v, const struct keyslot_keys *keys,
		  struct error *err, struct anchor_target *a)
{
	int keep, slot, r;

	r = volume_keyslot_test(v, -1, keys->auth, err, &keep);
	if (r == 0)
		r = pending_sweep(m, v, keep, err);
	if (r == 0 && late_keyslot(v, keys->key, NULL, &slot) < 0) {
		r = forget(m, v, keep, err);
		if (r == 0)
			r = new_keyslot(m, v, keys, err, &slot);
	}
	return r < 0 ? r : volume_pin(v, slot, err, a->volume_pin);
}

int late_enroll(const struct machine *m, const struct target *t, const struct secret *passphrase,
		struct error *err)
{
	struct anchor_target a = { .name = "" };
	struct secret key = SECRET_NONE;
	struct volume *v = NULL;
	int r;

	r = volume_open(t->device, err, &v);
	if (r == 0)
		r = late_key_ensure(m, err, &key);
	if (r == 0) {
		snprintf(a.name, sizeof(a.name), "%s", t->name);
		snprintf(a.uuid, sizeof(a.uuid), "%s", volume_uuid(v));
		r = enroll(m, v, &(struct keyslot_keys){ passphrase, &key }, err, &a);
	}
	if (r == 0)
		r = late_volumes_put(m, &a, err);
	secret_free(&key);
	volume_close(v);
	return r;
}

int late_update_units(const struct machine *m, const struct anchor *early, bool afresh, struct error *err)
{
	struct error why = ERROR_NONE;
	struct anchor late;
	int r = late_volumes_read(m, &why, &late);

	/* `check` names the damage; nothing is taken away because of it */
	if (r == -EBADMSG)
		return 0;
	if (r < 0)
		return error_set(err, r, "%s", why.text);
	return device_guard_update(m, &(struct device_guard){ .early = early, .late = &late }, afresh, err);
}

static int clean(const struct machine *m, const char *device, struct error *err, size_t *ret_volumes)
{
	struct volume *v = NULL;
	size_t before;
	bool any;
	int r;

	r = volume_open(device, err, &v);
	if (r < 0)
		return r;
	before = volume_keyslot_count(v);
	r = pending_sweep(m, v, -1, err);
	any = volume_named(v, LATE_TOKEN_TYPE) != 0;
	if (r == 0)
		r = forget(m, v, -1, err);
	*ret_volumes += r == 0 && (any || (size_t)volume_keyslot_count(v) < before);
	volume_close(v);
	return r;
}

static int require_other_way(const char *device, struct error *err)
{
	struct volume *v = NULL;
	struct volume_ways ways;
	int r;

	r = volume_open(device, err, &v);
	if (r == 0) {
		volume_ways(v, &ways);
		if (ways.late && !(ways.passphrase | ways.recovery | ways.other))
			r = error_set(err, -ECANCELED,
				      "%s: the key on the root opens its only keyslot; add a "
				      "passphrase first "
				      "(cryptsetup luksAddKey)",
				      device);
	}
	volume_close(v);
	return r;
}

int late_require_other_way(const struct machine *m, const char *name, struct error *err)
{
	char device[PATH_MAX];
	struct anchor a;
	int r;

	/* a damaged record says of no volume that it is one */
	r = late_volumes_read(m, NULL, &a);
	for (size_t i = 0; i < a.target_count && (r == 0 || r == -EBADMSG); i++) {
		if (name && strcmp(a.target[i].name, name) != 0)
			continue;
		r = target_device(m, a.target[i].uuid, err, device);
		r = r == 0 ? require_other_way(device, err) : r == -ENOENT ? 0 : r;
	}
	return r == -EBADMSG ? 0 : r;
}

static void note_absent(struct late_removed *r, const char *name)
{
	size_t len = strlen(r->absent_names);

	r->absent++;
	snprintf(r->absent_names + len, sizeof(r->absent_names) - len, "%s%s", len > 0 ? ", " : "", name);
}

/* One that is not connected keeps its record, and with it the key: it may have no other keyslot. */
static int remove_one(const struct machine *m, const struct anchor_target *t, struct error *err,
		      struct late_removed *ret)
{
	char device[PATH_MAX];
	int r;

	r = target_device(m, t->uuid, err, device);
	if (r == -ENOENT) {
		note_absent(ret, t->name);
		return 0;
	}
	if (r == 0)
		r = clean(m, device, err, &ret->volumes);
	return r < 0 ? r : late_volumes_drop(m, t->name, err);
}

/* Stopped before its record was written. */
static int remove_unrecorded(const struct machine *m, struct error *err, struct late_removed *ret)
{
	struct target found[TARGET_MAX];
	size_t n = 0;
	int r = 0;

	if (late_find(m, NULL, NULL, NULL, found, &n) < 0)
		return 0;
	for (size_t i = 0; i < n && r == 0; i++)
		r = clean(m, found[i].device, err, &ret->volumes);
	return r;
}

int late_remove(const struct machine *m, const char *name, struct error *err, struct late_removed *ret)
{
	struct anchor a;
	bool any = false;
	int r;

	*ret = (struct late_removed){ .volumes = 0 };
	r = late_volumes_read(m, err, &a);
	/* nothing tells which they were: list and key stay, for a copy of the list to be put back */
	if (r == -EBADMSG && !name) {
		ret->damaged = true;
		r = 0;
	}
	for (size_t i = 0; i < a.target_count && r == 0; i++) {
		if (name && strcmp(a.target[i].name, name) != 0)
			continue;
		any = true;
		r = remove_one(m, &a.target[i], err, ret);
	}
	if (r == 0 && name && !any)
		return error_set(err, -ENOENT,
				 "%s: no enrolled volume beside the root has this name; " LATE_VOLUMES_PATH
				 " lists them",
				 name);
	return r == 0 && !name ? remove_unrecorded(m, err, ret) : r;
}
