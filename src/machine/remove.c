#include "machine/remove.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "machine/record/authority.h"
#include "machine/initrds.h"
#include "machine/record/leftovers.h"
#include "machine/system/boot_mounts.h"
#include "machine/system/manifest.h"
#include "machine/record/lock.h"
#include "machine/record/notice.h"
#include "machine/record/pending.h"
#include "machine/record/state.h"
#include "machine/system/targets.h"
#include "seal/tpm.h"
#include "seal/tpm_index.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_token.h"

#define LOCK_WAIT_MS 10000

static int forget_token(const struct machine *m, struct volume *v, int id, int keep, struct error *err)
{
	struct token *t;
	int found, r;

	t = malloc(sizeof(*t));
	if (!t)
		return -ENOMEM;
	/*
	 * with two tokens, or a damaged one, nothing tells which keyslot is ours: it stays, and opens for
	 * nobody
	 */
	r = volume_token(v, NULL, &found, t);
	r = r == 0 && t->keyslot != keep ? pending_note_going(m, v, t->keyslot, err) : 0;
	free(t);
	if (r == 0)
		r = volume_token_remove(v, id, err);
	return r < 0 ? r : pending_sweep(m, v, keep, err);
}

int enroll_forget_volume(const struct machine *m, struct volume *v, int keep, struct error *err)
{
	int id, r = 0;

	while (r == 0 && volume_token_find(v, 0, &id) == 0)
		r = forget_token(m, v, id, keep, err);
	return r;
}

/*
 * The volume must be openable without us before our keyslot goes. One that an interrupted remove has taken
 * off does not count.
 */
static bool only_ours(struct volume *v)
{
	struct token *t;
	int id;
	bool ours;

	t = malloc(sizeof(*t));
	ours = volume_keyslot_count(v) < 2 && (!t || volume_token(v, NULL, &id, t) == 0);
	free(t);
	return ours;
}

static int clean_volume(const struct machine *m, const char *device, struct error *err,
			struct remove_report *report)
{
	struct volume *v = NULL;
	int id, r;

	r = volume_open(device, err, &v);
	if (r == 0)
		r = pending_sweep(m, v, -1, err);
	if (r < 0 || volume_token_find(v, 0, &id) < 0)
		goto out;
	if (only_ours(v))
		r = error_set(err, -ECANCELED,
			      "%s: the TPM's keyslot is its only one; add a passphrase first (cryptsetup "
			      "luksAddKey)",
			      device);
	if (r == 0)
		r = enroll_forget_volume(m, v, -1, err);
	if (r == 0)
		report->volumes++;
out:
	volume_close(v);
	return r;
}

static int clean_volumes(const struct machine *m, const struct anchor *a, struct error *err,
			 struct remove_report *report)
{
	char device[PATH_MAX];
	int r = 0;

	for (size_t i = 0; i < a->target_count && r == 0; i++) {
		r = target_device(m, a->target[i].uuid, err, device);
		if (r == 0)
			r = clean_volume(m, device, err, report);
		else if (r == -ENOENT)
			r = 0;
	}
	return r;
}

/*
 * An index that stays opens nothing on this volume: the sealed object is gone from its header. With a copy of
 * the header from before, and the boot chain of then, it does; so the user is told.
 */
static void clean_index(const char *tcti, const struct anchor *a, struct remove_report *report)
{
	struct tpm_name name;
	struct tpm *t = NULL;
	int r;

	report->index_left = true;
	if (tpm_open(tcti, NULL, &t) == 0) {
		r = index_found(t, a->index_handle, NULL, &name);
		if (r == 0 && memcmp(&name, &a->index, sizeof(name)) == 0)
			r = index_remove(t, a->index_handle, NULL);
		report->index_left = r < 0 && r != -ENOENT;
	}
	tpm_close(t);
}

static int forget(const struct machine *m, const char *file, struct error *err)
{
	char path[PATH_MAX];
	int r;

	r = machine_path(m, file, path);
	if (r == 0 && unlink(path) < 0 && errno != ENOENT)
		r = error_set(err, -errno, "%s: cannot remove: %s", file, strerror(errno));
	return r;
}

/*
 * Without the anchor the initrds are built without us. The state goes last: as long as it is there, remove
 * can be run again to build them.
 */
static int forget_all(const struct machine *m, struct error *err, struct remove_report *report)
{
	int r;

	leftovers_sweep(m);
	r = forget(m, MANIFEST_PATH, err);
	if (r == 0)
		r = forget(m, PENDING_PATH, err);
	if (r == 0)
		r = forget(m, SEALED_PATH, err);
	if (r == 0)
		r = forget(m, AUTHORITY_PATH, err);
	if (r == 0)
		r = forget(m, ANCHOR_PATH, err);
	if (r < 0)
		return r;
	report->initrds_failed = initrds_rebuild(m, false, NULL) < 0;
	r = boot_mounts_restore(m, err);
	if (r < 0)
		return r;
	r = forget(m, NOTICE_PATH, err);
	return r < 0 ? r : forget(m, STATE_PATH, err);
}

static int read_anchor(const struct machine *m, struct error *err, struct anchor *ret)
{
	char path[PATH_MAX], state[PATH_MAX];
	int r;

	r = machine_path(m, ANCHOR_PATH, path);
	if (r == 0)
		r = machine_path(m, STATE_PATH, state);
	if (r == 0)
		r = anchor_read(path, err, ret);
	if (r != -ENOENT)
		return r;
	if (!file_exists(state))
		return error_set(err, -ENODATA, "this machine is not enrolled");
	/* an interrupted remove: volumes and index are done */
	*ret = (struct anchor){ .target_count = 0 };
	return 0;
}

int enroll_remove(const struct machine *m, const char *tcti, struct error *err, struct remove_report *ret)
{
	struct remove_report report = { .volumes = 0 };
	struct anchor a;
	int lock, r;

	r = state_lock(m, LOCK_WAIT_MS, err, &lock);
	if (r < 0)
		return r;
	r = read_anchor(m, err, &a);
	if (r == 0)
		r = clean_volumes(m, &a, err, &report);
	if (r < 0)
		goto out;
	if (a.target_count > 0)
		clean_index(tcti, &a, &report);
	r = forget_all(m, err, &report);
	if (r == 0)
		*ret = report;
out:
	close(lock);
	return r;
}
