#include "unlock/root.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/buffer.h"
#include "base/file.h"

#define DEPTH_MAX 8
#define UUID_LEN 36

/* The first line of a file, "" when there is none. */
static void read_line(const char *path, struct error *ret)
{
	struct buffer b = BUFFER_NONE;

	*ret = ERROR_NONE;
	if (file_read(path, sizeof(ret->text), NULL, &b) < 0)
		return;
	error_set(ret, 0, "%.*s", (int)strcspn(buffer_str(&b), "\n"), buffer_str(&b));
	buffer_free(&b);
}

/* An attribute of the device number in sysfs. */
static void attribute(const struct options *o, const char *device, const char *name, struct error *ret)
{
	char path[PATH_MAX];

	*ret = ERROR_NONE;
	if (snprintf(path, sizeof(path), "%s/dev/block/%s/%s", o->sysfs, device, name) < (int)sizeof(path))
		read_line(path, ret);
}

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

static bool is_ours(const struct options *o, const struct anchor *a, const char *device, int depth)
{
	struct error uuid, below;
	char path[PATH_MAX];
	const struct dirent *e;
	bool ours = false;
	size_t i;
	DIR *d;

	attribute(o, device, "dm/uuid", &uuid);
	for (i = 0; i < a->target_count; i++)
		if (is_target(uuid.text, &a->target[i]))
			return true;
	if (depth == DEPTH_MAX ||
	    snprintf(path, sizeof(path), "%s/dev/block/%s/slaves", o->sysfs, device) >= (int)sizeof(path))
		return false;
	d = opendir(path);
	if (!d)
		return false;
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "slaves/%s/dev", e->d_name);
		attribute(o, device, path, &below);
		ours = is_ours(o, a, below.text, depth + 1);
		if (!ours)
			break;
	}
	closedir(d);
	return ours;
}

/*
 * btrfs reports an artificial device number: its line in the mounts file names the device. The last mount on
 * DIR counts.
 */
static dev_t device_of_mount(const struct options *o, const char *dir)
{
	char text[PATH_MAX];
	struct mntent e;
	struct stat st;
	dev_t dev = 0;
	FILE *f;

	f = setmntent(o->mounts, "re");
	if (!f)
		return 0;
	while (getmntent_r(f, &e, text, sizeof(text)))
		if (strcmp(e.mnt_dir, dir) == 0)
			dev = stat(e.mnt_fsname, &st) == 0 && S_ISBLK(st.st_mode) ? st.st_rdev : 0;
	endmntent(f);
	return dev;
}

/*
 * btrfs joins all devices that carry a file system's UUID, whatever was named at the mount:
 * /sys/fs/btrfs/UUID/devices lists them. All of a file system that the device is part of must be ours; where
 * it is part of none, that is so.
 */
static bool companions_are_ours(const struct options *o, const struct anchor *a, const char *device)
{
	char pattern[PATH_MAX];
	struct error number;
	bool ours = true;
	glob_t all, part;
	size_t i, k;

	snprintf(pattern, sizeof(pattern), "%s/fs/btrfs/*/devices", o->sysfs);
	if (glob(pattern, GLOB_NOSORT, NULL, &all) != 0)
		return true;
	for (i = 0; i < all.gl_pathc && ours; i++) {
		bool member = false, others = true;

		snprintf(pattern, sizeof(pattern), "%s/*/dev", all.gl_pathv[i]);
		if (glob(pattern, GLOB_NOSORT, NULL, &part) != 0)
			continue;
		for (k = 0; k < part.gl_pathc; k++) {
			read_line(part.gl_pathv[k], &number);
			member |= strcmp(number.text, device) == 0;
			others &= is_ours(o, a, number.text, 0);
		}
		globfree(&part);
		ours = !member || others;
	}
	globfree(&all);
	return ours;
}

static bool number_is_ours(const struct options *o, const struct anchor *a, dev_t dev)
{
	char device[32];

	snprintf(device, sizeof(device), "%u:%u", major(dev), minor(dev));
	return dev && is_ours(o, a, device, 0) && companions_are_ours(o, a, device);
}

static int check_dir(const struct options *o, const struct anchor *a, const char *dir, struct error *err)
{
	struct stat st;
	dev_t dev;

	if (stat(dir, &st) < 0)
		return error_set(err, -EACCES, "%s: %s", dir, strerror(errno));
	dev = major(st.st_dev) ? st.st_dev : device_of_mount(o, dir);
	if (number_is_ours(o, a, dev))
		return 0;
	return error_set(err, -EACCES, "the file system at %.60s (device %u:%u) is not on an enrolled volume, although the TPM "
			 "unlocked one: the disk may have been replaced", dir, major(dev), minor(dev));
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
	return error_set(err, -EACCES, "no resume from hibernation: %s is not on an enrolled volume, although the TPM unlocked one: "
			 "a forged image would get the unlocked volume", path);
}
