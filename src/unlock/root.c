#include "unlock/root.h"

#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/blockdev.h"

#define DEPTH_MAX 8
#define UUID_LEN 36

/*
 * cryptsetup names its mappings CRYPT-LUKS2-<UUID without dashes>-<name>; other makers of mappings have
 * prefixes of their own.
 */
static bool is_target(const char *dm_uuid, const struct anchor_target *t)
{
	char want[sizeof("CRYPT-LUKS2--") + UUID_LEN + TARGET_NAME_MAX] = "CRYPT-LUKS2-";
	size_t n = strlen(want), i;

	for (i = 0; t->uuid[i]; i++)
		if (t->uuid[i] != '-')
			want[n++] = t->uuid[i];
	snprintf(want + n, sizeof(want) - n, "-%s", t->name);
	return strcmp(dm_uuid, want) == 0;
}

/* One level of the walk down from a device. */
struct level {
	const struct options *o;
	const struct anchor *anchor;
	int depth;
	bool any; /* a device was found there */
};

static bool is_ours(const struct level *at, dev_t dev);

static int stop_at_foreign(void *context, dev_t dev, const char *name)
{
	struct level *level = context;

	level->any = true;
	return !is_ours(level, dev);
}

static bool is_ours(const struct level *at, dev_t dev)
{
	struct level below = { .o = at->o, .anchor = at->anchor, .depth = at->depth + 1 };
	char uuid[BLOCKDEV_LINE_MAX];

	if (blockdev_dm_uuid(at->o->sysfs, dev, uuid) == 0)
		for (size_t i = 0; i < at->anchor->target_count; i++)
			if (is_target(uuid, &at->anchor->target[i]))
				return true;
	if (at->depth == DEPTH_MAX)
		return false;
	return blockdev_each_slave(at->o->sysfs, dev, stop_at_foreign, &below) == 0 && below.any;
}

/* With all devices of a btrfs file system that it is part of. */
static bool number_is_ours(const struct options *o, const struct anchor *a, dev_t dev)
{
	struct level top = { .o = o, .anchor = a };

	return dev && is_ours(&top, dev) &&
	       blockdev_each_companion(o->sysfs, dev, stop_at_foreign, &top) == 0;
}

static int check_dir(const struct options *o, const struct anchor *a, const char *dir, struct error *err)
{
	char name[BLOCKDEV_LINE_MAX];
	struct stat st;
	dev_t dev;
	int r;

	if (stat(dir, &st) < 0)
		return error_set(err, -EACCES, "%s: %s", dir, strerror(errno));
	dev = major(st.st_dev) ? st.st_dev : blockdev_of_mount(o->mounts, dir);
	if (number_is_ours(o, a, dev))
		return 0;
	r = blockdev_name(o->sysfs, dev, name);
	return error_set(err, -EACCES,
			 "the file system at %.60s (device %u:%u%s%s) is not on an enrolled volume, although "
			 "the TPM unlocked one: the disk may have been replaced",
			 dir, major(dev), minor(dev), r < 0 ? "" : ", ", r < 0 ? "" : name);
}

int root_check(const struct options *o, const struct anchor *a, const char *dir, struct error *err)
{
	char text[PATH_MAX];
	size_t n = strlen(dir);
	struct mntent e;
	FILE *f;
	int r;

	r = check_dir(o, a, dir, err);
	if (r < 0)
		return r;
	f = setmntent(o->mounts, "re");
	if (!f)
		return error_set(err, -EACCES, "%s: %s", o->mounts, strerror(errno));
	while (r == 0 && getmntent_r(f, &e, text, sizeof(text)))
		if (strncmp(e.mnt_dir, dir, n) == 0 && e.mnt_dir[n] == '/')
			r = check_dir(o, a, e.mnt_dir, err);
	endmntent(f);
	return r;
}

int root_check_device(const struct options *o, const struct anchor *a, const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISBLK(st.st_mode) && number_is_ours(o, a, st.st_rdev))
		return 0;
	return error_set(err, -EACCES,
			 "no resume from hibernation: %s is not on an enrolled volume, although the TPM "
			 "unlocked one: a forged image would get the unlocked volume",
			 path);
}
