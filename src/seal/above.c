#include "seal/above.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/dm-ioctl.h>
#include <linux/major.h>
#include <linux/raid/md_u.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/blockdev.h"
#include "seal/lies_on.h"

#define BUSY_TRIES 25
#define BUSY_MS 200

struct walk {
	const char *sysfs;
	above_remove remove;
	void *context;
	struct error *err;
	int depth;
};

static int take_holder(void *context, dev_t dev, const char *name)
{
	struct walk *w = context;
	struct walk above = *w;
	char mapping[BLOCKDEV_LINE_MAX];
	bool md = blockdev_dm_name(w->sysfs, dev, mapping) < 0;
	int r;

	if (w->depth == LIES_ON_DEPTH_MAX)
		return error_set(w->err, -ELOOP, "%.60s: more than %d devices on one another", name,
				 w->depth);
	above.depth++;
	r = blockdev_each_holder(w->sysfs, dev, take_holder, &above);
	return r < 0 && r != -ENOENT ? r : w->remove(w->context, md ? name : mapping, md, w->err);
}

int above_each(const char *sysfs, dev_t dev, above_remove remove, void *context, struct error *err)
{
	struct walk w = { .sysfs = sysfs, .remove = remove, .context = context, .err = err };
	int r = blockdev_each_holder(sysfs, dev, take_holder, &w);

	return r == -ENOENT ? 0 : r;
}

static int remove_mapping(const char *name)
{
	struct dm_ioctl d = { .version = { 4, 0, 0 }, .data_size = sizeof(d), .data_start = sizeof(d) };
	int fd, r;

	if (snprintf(d.name, sizeof(d.name), "%s", name) >= (int)sizeof(d.name))
		return -ENAMETOOLONG;
	fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = ioctl(fd, DM_DEV_REMOVE, &d) < 0 ? -errno : 0;
	close(fd);
	return r;
}

static int stop_array(const char *name)
{
	char path[PATH_MAX];
	int fd, r;

	snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = ioctl(fd, STOP_ARRAY, NULL) < 0 ? -errno : 0;
	close(fd);
	return r;
}

static int remove_one(void *context, const char *name, bool md, struct error *err)
{
	int r;

	/* udev looks into each new device for a moment; libdevmapper waits as long for it */
	for (int left = BUSY_TRIES;; left--) {
		r = md ? stop_array(name) : remove_mapping(name);
		if (r != -EBUSY || left == 0)
			break;
		poll(NULL, 0, BUSY_MS);
	}
	/* gone with another one: udev may be at it, too */
	if (r == -ENXIO || r == -ENODEV || r == -ENOENT)
		return 0;
	return r < 0 ? error_set(err, r, "%.100s: cannot be taken away: %s", name, strerror(-r)) : 0;
}

int above_take_down(const char *sysfs, dev_t dev, struct error *err)
{
	return above_each(sysfs, dev, remove_one, NULL, err);
}
