/*
 * The commands `lock`, `root` and `resume`: volumes that the TPM unlocked are for the enrolled system only.
 */
#include <errno.h>

#include "base/blockdev.h"
#include "base/exit_code.h"
#include "base/log.h"
#include "seal/above.h"
#include "seal/volume.h"
#include "unlock/commands.h"
#include "unlock/first_boot.h"
#include "unlock/mapping.h"
#include "unlock/root.h"
#include "unlock/run_file.h"

/* With what lies on it: a volume group that udev has found there keeps the mapping open. */
static int close_one(const struct options *o, const char *name, struct error *err)
{
	struct error why = ERROR_NONE;
	dev_t dev;
	int r = 0;

	if (blockdev_by_dm_name(o->sysfs, name, &dev) == 0)
		r = above_take_down(o->sysfs, dev, &why);
	if (r < 0)
		return error_set(err, r, "%s: cannot close the mapping: %s", name, why.text);
	return volume_deactivate(name, err);
}

/*
 * False when one stays open. Also closes the anchor's volumes that a passphrase unlocked: a passphrase can
 * unlock them again.
 */
static bool take_away(const struct options *o, const struct anchor *a)
{
	struct error err = ERROR_NONE;
	bool gone = true;
	size_t i;

	for (i = 0; i < a->target_count; i++) {
		if (!mapping_exists(o, a->target[i].name))
			continue;
		if (close_one(o, a->target[i].name, &err) < 0) {
			log_say("%s", err.text);
			gone = false;
		} else {
			log_say("%s: was unlocked and is now closed", a->target[i].name);
		}
	}
	run_file_remove(o->run_dir, FIRST_BOOT_KEY, NULL);
	if (gone)
		run_file_remove(o->run_dir, RUN_OPENED, NULL);
	return gone;
}

/* With UNLOCK_DONE and *ret_opened the anchor is read: there may be volumes to close. */
static enum unlock_exit begin(const struct options *o, struct anchor *ret, bool *ret_opened)
{
	struct error err = ERROR_NONE;
	int r;

	*ret_opened = run_file_exists(o->run_dir, RUN_OPENED);
	if (!*ret_opened)
		return UNLOCK_DONE;
	r = anchor_read(o->anchor, &err, ret);
	if (r == -ENOENT)
		r = first_boot_volumes(o, &err, ret);
	if (r == 0)
		return UNLOCK_DONE;
	log_say("%s", err.text);
	return UNLOCK_WINDOW;
}

int cmd_lock(const struct options *o, int count, char *const *names)
{
	struct anchor anchor;
	enum unlock_exit code;
	bool opened;

	if (count > 0) {
		log_say("%s: lock takes no names", names[0]);
		return UNLOCK_USAGE;
	}
	code = begin(o, &anchor, &opened);
	if (code == UNLOCK_DONE && opened && !take_away(o, &anchor))
		code = UNLOCK_WINDOW;
	return code;
}

int cmd_root(const struct options *o, int count, char *const *names)
{
	struct error err = ERROR_NONE;
	struct anchor anchor;
	enum unlock_exit code;
	bool opened;

	if (count != 1) {
		log_say("root: expects the directory where the root is mounted");
		return UNLOCK_USAGE;
	}
	code = begin(o, &anchor, &opened);
	if (code != UNLOCK_DONE || !opened || root_check(o, &anchor, names[0], &err) == 0)
		return code;
	log_say("WARNING: %s", err.text);
	take_away(o, &anchor);
	return UNLOCK_WINDOW;
}

/* A foreign image is no reason to close the volume: this boot does not resume, that is all. */
int cmd_resume(const struct options *o, int count, char *const *names)
{
	struct error err = ERROR_NONE;
	struct anchor anchor;
	enum unlock_exit code;
	bool opened;

	if (count != 1) {
		log_say("resume: expects the device that may hold a hibernation image");
		return UNLOCK_USAGE;
	}
	code = begin(o, &anchor, &opened);
	if (code != UNLOCK_DONE || !opened || root_check_device(o, &anchor, names[0], &err) == 0)
		return code;
	log_say("%s", err.text);
	return UNLOCK_TAMPERED;
}
