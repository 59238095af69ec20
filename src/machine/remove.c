#include "machine/remove.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "machine/boot_initrd.h"
#include "machine/chain/next_keys.h"
#include "machine/record/authority.h"
#include "machine/record/confidential.h"
#include "machine/initrds.h"
#include "machine/late.h"
#include "machine/record/boot_report.h"
#include "machine/record/leftovers.h"
#include "machine/system/boot_mounts.h"
#include "machine/system/device_guard.h"
#include "machine/system/manifest.h"
#include "machine/record/lock.h"
#include "machine/record/notice.h"
#include "machine/record/pending.h"
#include "machine/record/state.h"
#include "machine/record/without_log.h"
#include "machine/system/targets.h"
#include "seal/tpm.h"
#include "seal/tpm_index.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_token.h"
#include "seal/volume_ways.h"

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

/* Everything that can refuse comes before the first write. */
static int require_other_way(const struct machine *m, const char *device, struct error *err,
			     struct remove_report *report)
{
	struct volume_ways ways = { .recovery = 0 };
	struct volume *v = NULL;
	int id, r;

	r = volume_open(device, err, &v);
	if (r == 0)
		volume_ways(v, &ways);
	report->recovery_key |= ways.recovery != 0;
	if (r == 0 && volume_token_find(v, 0, &id) == 0 && only_ours(v))
		r = error_set(err, -ECANCELED,
			      "%s: the TPM's keyslot is its only one; add a passphrase first (cryptsetup "
			      "luksAddKey)",
			      device);
	volume_close(v);
	return r;
}

static int clean_volume(const struct machine *m, const char *device, struct error *err,
			struct remove_report *report)
{
	struct volume *v = NULL;
	int before, id, r;
	bool token;

	r = volume_open(device, err, &v);
	if (r < 0)
		goto out;
	before = volume_keyslot_count(v);
	r = pending_sweep(m, v, -1, err);
	token = r == 0 && volume_token_find(v, 0, &id) == 0;
	if (r == 0 && token)
		r = enroll_forget_volume(m, v, -1, err);
	if (r == 0 && (token || volume_keyslot_count(v) < before))
		report->volumes++;
out:
	volume_close(v);
	return r;
}

typedef int (*each_volume)(const struct machine *m, const char *device, struct error *err,
			   struct remove_report *report);

/* The anchor's volumes, and the root's: an enrolment that was not finished has no anchor. */
static int for_volumes(const struct machine *m, const struct anchor *a, each_volume each, struct error *err,
		       struct remove_report *report)
{
	struct target target[TARGET_MAX];
	struct error ignored = ERROR_NONE;
	char device[PATH_MAX];
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < a->target_count && r == 0; i++) {
		r = target_device(m, a->target[i].uuid, err, device);
		if (r == 0)
			r = each(m, device, err, report);
		else if (r == -ENOENT)
			r = 0;
	}
	/* a root that could not be enrolled has nothing of ours */
	if (r == 0 && targets_find(m, &ignored, target, &n) < 0)
		n = 0;
	for (size_t i = 0; i < n && r == 0; i++)
		r = each(m, target[i].device, err, report);
	return r;
}

static int clean_volumes(const struct machine *m, const struct anchor *a, struct error *err,
			 struct remove_report *report)
{
	struct late_removed late = { .volumes = 0 };
	int r;

	r = for_volumes(m, a, require_other_way, err, report);
	if (r == 0)
		r = late_require_other_way(m, NULL, err);
	if (r == 0)
		r = for_volumes(m, a, clean_volume, err, report);
	if (r == 0)
		r = late_remove(m, NULL, err, &late);
	if (r == 0)
		report->volumes += late.volumes;
	report->late = late;
	return r;
}

/* What tells which index is this system's. */
struct owner {
	struct anchor anchor; /* target_count 0: none that can be read */
	struct authority authority; /* key NULL: none */
};

static bool is_ours(const struct owner *o, uint32_t handle, const struct tpm_name *found)
{
	struct tpm_name name;

	if (o->anchor.target_count > 0 && o->anchor.index_handle == handle &&
	    memcmp(&o->anchor.index, found, sizeof(*found)) == 0)
		return true;
	for (int written = 0; o->authority.key && written < 2; written++)
		if (index_name(handle, &o->authority, written, &name) == 0 &&
		    memcmp(&name, found, sizeof(name)) == 0)
			return true;
	return false;
}

/*
 * An index that stays opens nothing on this volume: the sealed object is gone from its header. With a copy of
 * the header from before, and the boot chain of then, it does; so the user is told. ret_other: the last one
 * that looks like ours; 0 when there is none.
 */
static void left(struct remove_report *report, const struct error *why)
{
	if (!report->index_left)
		report->index_why = *why;
	report->index_left = true;
}

static void clean_handle(struct tpm *t, uint32_t h, const struct owner *o, struct remove_report *report,
			 uint32_t *ret_other)
{
	bool enrolled = o->anchor.target_count > 0, known = enrolled || o->authority.key;
	struct error err = ERROR_NONE;
	struct tpm_name name;
	int r;

	r = index_found(t, h, &err, &name);
	if (r == 0 && is_ours(o, h, &name)) {
		r = index_remove(t, h, &err);
		report->index_removed |= r == 0;
		if (r < 0)
			left(report, &err);
	} else if (r != -ENOENT && enrolled && o->anchor.index_handle == h) {
		if (r == 0)
			error_set(&err, 0, "the one at 0x%08x is not the enrolled one, or the answer was "
				  "changed on its way", h);
		left(report, &err);
	} else if (r == 0 && index_resembles(t, h)) {
		*ret_other = h;
	} else if (r < 0 && r != -ENOENT && r != -EOPNOTSUPP && known) {
		left(report, &err);
	}
}

static void clean_index(const char *tcti, const struct owner *o, struct remove_report *report,
			uint32_t *ret_other)
{
	struct error err = ERROR_NONE;
	struct tpm *t = NULL;

	*ret_other = 0;
	if (tpm_open(tcti, &err, &t) == 0)
		for (uint32_t h = INDEX_HANDLE_FIRST; h <= INDEX_HANDLE_LAST; h++)
			clean_handle(t, h, o, report, ret_other);
	else if (o->anchor.target_count > 0 || o->authority.key)
		left(report, &err);
	tpm_close(t);
}

static bool is_there(const struct machine *m, const char *file)
{
	char path[PATH_MAX];

	return machine_path(m, file, path) == 0 && file_exists(path);
}

static int restore_menu(const struct machine *m, struct error *err, struct remove_report *report)
{
	int r = boot_initrd_restore(m, &report->menu_why);

	report->menu_restored = r == 1 || r == -EIO;
	if (r < 0 && r != -EIO)
		return *err = report->menu_why, r;
	return 0;
}

/*
 * Without the anchor the initrds are built without us. The state goes last: as long as it is there, remove
 * can be run again to build them.
 */
static int forget_all(const struct machine *m, struct error *err, struct remove_report *report)
{
	static const char *const files[] = { NEXT_KEYS_DIR "/PK", NEXT_KEYS_DIR "/KEK", NEXT_KEYS_DIR "/db",
					     NEXT_KEYS_DIR "/dbx", MANIFEST_PATH, PENDING_PATH, SEALED_PATH,
					     WITHOUT_LOG_PATH, CONFIDENTIAL_PATH, AUTHORITY_PATH,
					     ANCHOR_PATH };
	bool built = is_there(m, ANCHOR_PATH) || is_there(m, STATE_PATH) || is_there(m, MANIFEST_PATH);
	int r = boot_mark_removed(m, err);

	report->files = built;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && r == 0; i++) {
		report->files |= is_there(m, files[i]);
		r = machine_forget(m, files[i], err);
	}
	if (r == 0 && built)
		report->initrds_failed = initrds_rebuild(m, false, NULL) < 0;
	if (r == 0)
		r = restore_menu(m, err, report);
	if (r == 0)
		r = boot_mounts_restore(m, err);
	if (r == 0)
		r = device_guard_remove(m, err);
	if (r == 0)
		r = machine_forget(m, NOTICE_PATH, err);
	return r < 0 ? r : machine_forget(m, STATE_PATH, err);
}

/* What is missing or damaged tells nothing; the rest is found without it. */
static int read_owner(const struct machine *m, struct error *err, struct owner *ret)
{
	char path[PATH_MAX];
	int r;

	*ret = (struct owner){ .anchor = { .target_count = 0 } };
	r = machine_path(m, ANCHOR_PATH, path);
	if (r == 0)
		r = anchor_read(path, err, &ret->anchor);
	if (r == -ENOENT || r == -EBADMSG) {
		ret->anchor = (struct anchor){ .target_count = 0 };
		r = 0;
	}
	if (r == 0)
		r = machine_path(m, AUTHORITY_PATH, path);
	if (r == 0 && authority_load(path, NULL, &ret->authority) < 0)
		ret->authority = (struct authority){ .key = NULL };
	return r;
}

static int nothing_found(uint32_t other, struct error *err)
{
	if (!other)
		return error_set(err, -ENODATA,
				 "this machine is not enrolled, and nothing of an enrolment is left on it");
	return error_set(err, -ENODATA,
			 "nothing of an enrolment is on this system, but the TPM has the policy index "
			 "0x%08x, of an earlier enrolment or of another system on this machine; "
			 "'tpm2_nvundefine 0x%08x' removes it",
			 other, other);
}

int enroll_remove(const struct machine *m, const char *tcti, struct error *err, struct remove_report *ret)
{
	struct remove_report report = { .volumes = 0 };
	struct owner *owner;
	uint32_t other = 0;
	int lock = -1, r;

	owner = calloc(1, sizeof(*owner));
	if (!owner)
		return -ENOMEM;
	r = state_lock(m, LOCK_WAIT_MS, err, &lock);
	if (r < 0)
		goto out;
	leftovers_sweep(m);
	r = read_owner(m, err, owner);
	if (r == 0)
		r = clean_volumes(m, &owner->anchor, err, &report);
	if (r < 0)
		goto out;
	clean_index(tcti, owner, &report, &other);
	r = forget_all(m, err, &report);
	if (r == 0 && !report.volumes && !report.files && !report.index_removed &&
	    !report.menu_restored)
		r = nothing_found(other, err);
	if (r == 0)
		*ret = report;
out:
	authority_free(&owner->authority);
	free(owner);
	if (lock >= 0)
		close(lock);
	return r;
}
