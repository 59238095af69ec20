#include "unlock/root.h"

#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/blockdev.h"
#include "seal/lies_on.h"

static int check_dir(const struct options *o, const struct anchor *a, const char *dir, struct error *err)
{
	char name[BLOCKDEV_LINE_MAX];
	struct stat st;
	dev_t dev;
	int r;

	if (stat(dir, &st) < 0)
		return error_set(err, -EACCES, "%s: %s", dir, strerror(errno));
	dev = major(st.st_dev) ? st.st_dev : blockdev_of_mount(o->mounts, dir);
	if (lies_on_targets(o->sysfs, a, dev))
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

	if (stat(path, &st) == 0 && S_ISBLK(st.st_mode) && lies_on_targets(o->sysfs, a, st.st_rdev))
		return 0;
	return error_set(err, -EACCES,
			 "no resume from hibernation: %s is not on an enrolled volume, although the TPM "
			 "unlocked one: a forged image would get the unlocked volume",
			 path);
}
