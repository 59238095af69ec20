#include "base/blockdev.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"

/* The path of something in the device's directory. */
static int device_path(const char *sysfs, dev_t dev, const char *name, char ret[static PATH_MAX])
{
	int n = snprintf(ret, PATH_MAX, "%s/dev/block/%u:%u%s", sysfs, major(dev), minor(dev), name);

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* The first line of a file, without its end. */
static int read_line(const char *path, char ret[static BLOCKDEV_LINE_MAX])
{
	struct buffer b = BUFFER_NONE;
	size_t n;
	int r;

	r = file_read(path, BLOCKDEV_LINE_MAX - 1, NULL, &b);
	if (r < 0)
		return r;
	n = strcspn(buffer_str(&b), "\n");
	if (n > 0)
		snprintf(ret, BLOCKDEV_LINE_MAX, "%.*s", (int)n, buffer_str(&b));
	buffer_free(&b);
	return n > 0 ? 0 : -EINVAL;
}

/* "254:0"; 0 when it cannot be read. */
static dev_t read_number(const char *path)
{
	char line[BLOCKDEV_LINE_MAX];
	unsigned int major_number, minor_number;
	int end = 0;

	if (read_line(path, line) < 0)
		return 0;
	if (sscanf(line, "%u:%u%n", &major_number, &minor_number, &end) != 2 || line[end])
		return 0;
	return makedev(major_number, minor_number);
}

bool blockdev_exists(const char *sysfs, dev_t dev)
{
	char path[PATH_MAX];

	return device_path(sysfs, dev, "", path) == 0 && file_exists(path);
}

static int read_attribute(const char *sysfs, dev_t dev, const char *name, char ret[static BLOCKDEV_LINE_MAX])
{
	char path[PATH_MAX];
	int r = device_path(sysfs, dev, name, path);

	return r < 0 ? r : read_line(path, ret);
}

int blockdev_dm_uuid(const char *sysfs, dev_t dev, char ret[static BLOCKDEV_LINE_MAX])
{
	return read_attribute(sysfs, dev, "/dm/uuid", ret);
}

int blockdev_dm_name(const char *sysfs, dev_t dev, char ret[static BLOCKDEV_LINE_MAX])
{
	return read_attribute(sysfs, dev, "/dm/name", ret);
}

int blockdev_name(const char *sysfs, dev_t dev, char ret[static BLOCKDEV_LINE_MAX])
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *last;
	ssize_t n;

	if (blockdev_dm_name(sysfs, dev, ret) == 0)
		return 0;
	if (device_path(sysfs, dev, "", path) < 0)
		return -ENAMETOOLONG;
	/* "../../devices/pci0000:00/0000:00:04.0/virtio1/block/vda/vda3" */
	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return -ENOENT;
	target[n] = '\0';
	last = strrchr(target, '/');
	n = snprintf(ret, BLOCKDEV_LINE_MAX, "%s", last ? last + 1 : target);
	return n > 0 && n < BLOCKDEV_LINE_MAX ? 0 : -ENOENT;
}

/* An entry of a directory of links to devices. sysfs spells a slash in a device's name as '!'. */
static int call(const char *dir, const char *entry, blockdev_each each, void *context)
{
	char path[PATH_MAX], name[NAME_MAX + 1];
	dev_t dev = 0;

	if (snprintf(path, sizeof(path), "%s/%s/dev", dir, entry) < (int)sizeof(path))
		dev = read_number(path);
	snprintf(name, sizeof(name), "%s", entry);
	for (char *p = name; *p; p++)
		if (*p == '!')
			*p = '/';
	return each(context, dev, name);
}

static int each_in(const char *path, blockdev_each each, void *context)
{
	const struct dirent *e;
	int r = 0;
	DIR *d;

	d = opendir(path);
	if (!d)
		return -errno;
	while (r == 0 && (e = readdir(d)))
		if (e->d_name[0] != '.')
			r = call(path, e->d_name, each, context);
	closedir(d);
	return r;
}

int blockdev_each_slave(const char *sysfs, dev_t dev, blockdev_each each, void *context)
{
	char path[PATH_MAX];
	int r = device_path(sysfs, dev, "/slaves", path);

	return r < 0 ? r : each_in(path, each, context);
}

int blockdev_each_holder(const char *sysfs, dev_t dev, blockdev_each each, void *context)
{
	char path[PATH_MAX];
	int r = device_path(sysfs, dev, "/holders", path);

	return r < 0 ? r : each_in(path, each, context);
}

static int is_same(void *context, dev_t dev, const char *name)
{
	const dev_t *wanted = context;

	return dev == *wanted;
}

int blockdev_each_companion(const char *sysfs, dev_t dev, blockdev_each each, void *context)
{
	char pattern[PATH_MAX];
	glob_t all;
	int r;

	if (snprintf(pattern, sizeof(pattern), "%s/fs/btrfs/*/devices", sysfs) >= (int)sizeof(pattern))
		return -ENAMETOOLONG;
	r = glob(pattern, GLOB_NOSORT, NULL, &all);
	if (r != 0)
		return r == GLOB_NOMATCH ? 0 : -EIO;
	for (size_t i = 0; i < all.gl_pathc && r == 0; i++) {
		r = each_in(all.gl_pathv[i], is_same, &dev);
		if (r > 0)
			r = each_in(all.gl_pathv[i], each, context);
		else if (r == -ENOENT) /* unmounted meanwhile */
			r = 0;
	}
	globfree(&all);
	return r;
}

int blockdev_all(const char *sysfs, blockdev_each each, void *context)
{
	unsigned int major_number, minor_number;
	const struct dirent *e;
	char path[PATH_MAX];
	int end, r = 0;
	DIR *d;

	if (snprintf(path, sizeof(path), "%s/dev/block", sysfs) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	d = opendir(path);
	if (!d)
		return -errno;
	while (r == 0 && (e = readdir(d)))
		if (sscanf(e->d_name, "%u:%u%n", &major_number, &minor_number, &end) == 2 && !e->d_name[end])
			r = each(context, makedev(major_number, minor_number), e->d_name);
	closedir(d);
	return r;
}

struct wanted {
	const char *sysfs, *name;
	dev_t dev;
};

static int is_called(void *context, dev_t dev, const char *number)
{
	struct wanted *w = context;
	char name[BLOCKDEV_LINE_MAX];

	w->dev = dev;
	return blockdev_dm_name(w->sysfs, dev, name) == 0 && strcmp(name, w->name) == 0;
}

int blockdev_by_dm_name(const char *sysfs, const char *name, dev_t *ret)
{
	struct wanted w = { .sysfs = sysfs, .name = name };

	if (blockdev_all(sysfs, is_called, &w) <= 0)
		return -ENOENT;
	*ret = w.dev;
	return 0;
}

int blockdev_by_name(const char *sysfs, const char *name, dev_t *ret)
{
	char path[PATH_MAX];
	dev_t dev = 0;

	if (snprintf(path, sizeof(path), "%s/class/block/%s/dev", sysfs, name) < (int)sizeof(path))
		dev = read_number(path);
	if (!dev)
		return -ENOENT;
	*ret = dev;
	return 0;
}

dev_t blockdev_of_mount(const char *mounts, const char *dir)
{
	char text[PATH_MAX];
	struct mntent e;
	struct stat st;
	dev_t dev = 0;
	FILE *f;

	f = setmntent(mounts, "re");
	if (!f)
		return 0;
	while (getmntent_r(f, &e, text, sizeof(text)))
		if (strcmp(e.mnt_dir, dir) == 0)
			dev = stat(e.mnt_fsname, &st) == 0 && S_ISBLK(st.st_mode) ? st.st_rdev : 0;
	endmntent(f);
	return dev;
}
