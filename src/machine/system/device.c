#include "machine/system/device.h"

#include <errno.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/blockdev.h"
#include "base/device_tag.h"

#define MAPPER "/dev/mapper/"
#define TABLE_MAX_LEN (4u << 20)

/* In a tree of files a node is no device: its name in sysfs tells the number. */
static int by_node(const struct machine *m, const char *path, dev_t *ret)
{
	char full[PATH_MAX], node[PATH_MAX], sysfs[PATH_MAX];
	struct stat st;
	int r;

	r = machine_path(m, path, full);
	if (r < 0)
		return r;
	if (!realpath(full, node) || stat(node, &st) < 0)
		return -errno;
	if (S_ISBLK(st.st_mode)) {
		*ret = st.st_rdev;
		return 0;
	}
	if (!machine_is_tree(m))
		return -ENOTBLK;
	r = machine_path(m, "/sys", sysfs);
	return r < 0 ? r : blockdev_by_name(sysfs, strrchr(node, '/') + 1, ret);
}

int device_number(const struct machine *m, const char *spec, dev_t *ret)
{
	char path[PATH_MAX], sysfs[PATH_MAX];
	int r;

	if (!device_tag_path(spec, path, sizeof(path)))
		return -ENAMETOOLONG;
	if (strncmp(path, "/dev/", 5) != 0)
		return -ENOTBLK;
	r = machine_path(m, "/sys", sysfs);
	if (r == 0 && strncmp(path, MAPPER, strlen(MAPPER)) == 0 &&
	    blockdev_by_dm_name(sysfs, path + strlen(MAPPER), ret) == 0)
		return 0;
	return r < 0 ? r : by_node(m, path, ret);
}

dev_t device_mounted(const struct machine *m, const char *dir)
{
	FILE *f = machine_stream(m, "/proc/self/mounts", TABLE_MAX_LEN);
	const struct mntent *e;
	dev_t dev = 0;

	while (f && (e = getmntent(f)))
		if (strcmp(e->mnt_dir, dir) == 0 && device_number(m, e->mnt_fsname, &dev) < 0)
			dev = 0;
	if (f)
		endmntent(f);
	return dev;
}
