#include "machine/system/targets.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/blockdev.h"
#include "machine/system/fstab.h"
#include "seal/crypttab.h"

#define CRYPTTAB "/etc/crypttab"

static int unreadable(const char *sysfs, dev_t dev, const char *file, int r, struct error *err)
{
	return error_set(err, r, "%.200s/dev/block/%u:%u/dm/%s, of the root's mapping: cannot read: %s",
			 sysfs, major(dev), minor(dev), file, strerror(-r));
}

/* A file system without a block device of its own: ZFS, overlay, or one whose source is no single device. */
static int no_device(const char *mounts, struct error *err)
{
	char text[PATH_MAX], type[64] = "", source[128] = "";
	struct mntent e;
	FILE *f = setmntent(mounts, "re");

	while (f && getmntent_r(f, &e, text, sizeof(text)))
		if (strcmp(e.mnt_dir, "/") == 0) {
			snprintf(type, sizeof(type), "%s", e.mnt_type);
			snprintf(source, sizeof(source), "%s", e.mnt_fsname);
		}
	if (f)
		endmntent(f);
	if (!type[0])
		return error_set(err, -EOPNOTSUPP, "cannot tell which device the root file system is on");
	return error_set(err, -EOPNOTSUPP,
			 "the root file system is %s ('%s'): bootseal cannot check which devices that is on; "
			 "a file system on one LUKS2 volume is supported",
			 strcmp(type, "zfs") == 0 ? "ZFS" : type, source);
}

static int root_device(const struct machine *m, const char *sysfs, struct error *err, dev_t *ret)
{
	char root[PATH_MAX], mounts[PATH_MAX];
	struct stat st;
	int r;

	r = machine_path(m, "/", root);
	if (r == 0)
		r = machine_path(m, "/proc/self/mounts", mounts);
	if (r < 0)
		return r;
	if (stat(root, &st) < 0)
		return error_set(err, -errno, "%s: %s", root, strerror(errno));
	*ret = st.st_dev;
	if (blockdev_exists(sysfs, *ret))
		return 0;
	*ret = blockdev_of_mount(mounts, "/");
	return blockdev_exists(sysfs, *ret) ? 0 : no_device(mounts, err);
}

struct slaves {
	char name[BLOCKDEV_LINE_MAX]; /* of the last one */
	dev_t dev;
	size_t n;
};

static int count_slave(void *context, dev_t dev, const char *name)
{
	struct slaves *s = context;

	snprintf(s->name, sizeof(s->name), "%s", name);
	s->dev = dev;
	s->n++;
	return 0;
}

/* What device-mapper cannot tell: no mapping at all. */
static int no_mapping(const char *sysfs, dev_t dev, struct error *err)
{
	struct slaves s = { .n = 0 };
	char name[BLOCKDEV_LINE_MAX];

	if (blockdev_each_slave(sysfs, dev, count_slave, &s) < 0 || s.n == 0)
		return error_set(err, -EOPNOTSUPP,
				 "the root file system is not encrypted: there is nothing to enroll");
	if (blockdev_name(sysfs, dev, name) < 0)
		snprintf(name, sizeof(name), "%u:%u", major(dev), minor(dev));
	return error_set(err, -EOPNOTSUPP,
			 "the root file system is on '%.40s' (RAID or the like, over '%.40s'), not directly "
			 "on "
			 "a LUKS2 volume, which is not supported yet",
			 name, s.name);
}

/* cryptsetup's name for a mapping that is no LUKS2 volume, or another program's. */
static int other_mapping(const char *uuid, const char *name, struct error *err)
{
	if (strncmp(uuid, "LVM-", 4) == 0)
		return error_set(err, -EOPNOTSUPP,
				 "the root file system is on the LVM volume '%.40s', which is not supported "
				 "yet",
				 name);
	if (strncmp(uuid, "CRYPT-LUKS1-", 12) == 0)
		return error_set(err, -EOPNOTSUPP,
				 "the root's volume '%.40s' is LUKS1, whose header has no room for the TPM's "
				 "key; 'cryptsetup convert DEVICE --type luks2', run from a rescue system "
				 "with "
				 "a backup of the header at hand, makes it LUKS2",
				 name);
	if (strncmp(uuid, "CRYPT-PLAIN-", 12) == 0)
		return error_set(err, -EOPNOTSUPP,
				 "the root's volume '%.40s' is plain dm-crypt, without a header that could "
				 "hold "
				 "the TPM's key; only LUKS2 is supported",
				 name);
	return error_set(err, -EOPNOTSUPP, "the root file system is on '%.40s' (%.40s), not on a LUKS2 "
					   "volume",
			 name, uuid);
}

struct companions {
	const char *sysfs;
	dev_t dev;
	char other[BLOCKDEV_LINE_MAX]; /* name of the first different one; "" for none */
};

static int find_other(void *context, dev_t dev, const char *name)
{
	struct companions *c = context;

	if (dev == c->dev)
		return 0;
	if (!dev || blockdev_name(c->sysfs, dev, c->other) < 0)
		snprintf(c->other, sizeof(c->other), "%s", name);
	return 1;
}

/* btrfs joins all devices with the file system's UUID: bootseal-unlock looks at each of them, too. */
static int require_one_device(const char *sysfs, dev_t dev, const char *name, struct error *err)
{
	struct companions c = { .sysfs = sysfs, .dev = dev };
	int r = blockdev_each_companion(sysfs, dev, find_other, &c);

	if (r < 0)
		return error_set(err, r, "the devices of the root file system: %s", strerror(-r));
	if (r == 0)
		return 0;
	return error_set(err, -EOPNOTSUPP,
			 "the root file system lies on more than one volume: on '%.60s' and on '%.60s', too; "
			 "only one can be enrolled yet, and a boot that the TPM unlocks would restart "
			 "because "
			 "of the other one",
			 name, c.other);
}

/* The root's mapping, and that the root is on nothing else. */
static int root_mapping(const struct machine *m, char sysfs[static PATH_MAX], struct error *err, dev_t *ret,
			char name[static BLOCKDEV_LINE_MAX])
{
	char uuid[BLOCKDEV_LINE_MAX];
	int r;

	r = machine_path(m, "/sys", sysfs);
	if (r == 0)
		r = root_device(m, sysfs, err, ret);
	if (r < 0)
		return r;
	r = blockdev_dm_uuid(sysfs, *ret, uuid);
	if (r == -ENOENT)
		return no_mapping(sysfs, *ret, err);
	if (r < 0)
		return unreadable(sysfs, *ret, "uuid", r, err);
	r = blockdev_dm_name(sysfs, *ret, name);
	if (r < 0)
		return unreadable(sysfs, *ret, "name", r, err);
	if (strncmp(uuid, "CRYPT-LUKS2-", 12) != 0)
		return other_mapping(uuid, name, err);
	return require_one_device(sysfs, *ret, name, err);
}

/* The one device under a mapping. */
static int only_slave(const struct machine *m, const char *sysfs, dev_t dev, struct error *err,
		      struct target *t)
{
	struct slaves s = { .n = 0 };
	char uuid[BLOCKDEV_LINE_MAX];
	int r = blockdev_each_slave(sysfs, dev, count_slave, &s);

	if (r < 0)
		return error_set(err, r, "the devices under the root's mapping: %s", strerror(-r));
	if (s.n != 1)
		return error_set(err, -EOPNOTSUPP,
				 "the root's mapping is on %zu devices; exactly one is supported", s.n);
	/*
	 * cryptsetup puts dm-integrity under the mapping of a volume that has it; its prefix was CRYPT- once
	 */
	if (s.dev && blockdev_dm_uuid(sysfs, s.dev, uuid) == 0 &&
	    (strncmp(uuid, "SUBDEV-", 7) == 0 || strncmp(uuid, "CRYPT-", 6) == 0))
		return error_set(err, -EOPNOTSUPP,
				 "the root's volume '%s' has dm-integrity ('cryptsetup luksFormat "
				 "--integrity'), which is not supported",
				 t->name);
	if (snprintf(t->device, sizeof(t->device), "%s/dev/%s", m->root, s.name) >= (int)sizeof(t->device))
		return error_set(err, -ENAMETOOLONG, "%s/dev/%s: path too long", m->root, s.name);
	return 0;
}

static int check_crypttab(const struct machine *m, const char *name, struct error *err)
{
	struct buffer text = BUFFER_NONE;
	struct crypttab *tab;
	int r;

	tab = calloc(1, sizeof(*tab));
	if (!tab)
		return -ENOMEM;
	r = machine_read(m, CRYPTTAB, CRYPTTAB_MAX_LEN, err, &text);
	if (r == 0)
		r = crypttab_parse(text.data, text.len, CRYPTTAB, err, tab);
	if (r < 0)
		goto out;
	r = error_set(err, -ENOENT, CRYPTTAB ": no line for the root's mapping '%s'", name);
	for (size_t i = 0; i < tab->count; i++) {
		if (strcmp(tab->entry[i].name, name) != 0)
			continue;
		r = 0;
		if (tab->entry[i].unsupported[0])
			r = error_set(err, -EOPNOTSUPP,
				      CRYPTTAB ": %s: the option '%s' is not supported for a volume that the "
					       "TPM unlocks",
				      name, tab->entry[i].unsupported);
		break;
	}
	if (r == 0)
		*err = ERROR_NONE;
out:
	buffer_free(&text);
	free(tab);
	return r;
}

int targets_find(const struct machine *m, struct error *err, struct target ret[static TARGET_MAX],
		 size_t *ret_n)
{
	char sysfs[PATH_MAX], name[BLOCKDEV_LINE_MAX];
	struct target t;
	dev_t dev = 0;
	int r;

	r = root_mapping(m, sysfs, err, &dev, name);
	if (r < 0)
		return r;
	if (!anchor_takes_name(name))
		return error_set(err, -EOPNOTSUPP,
				 "the root's mapping is called '%.60s': only letters, digits and +_.@=- are "
				 "supported in its name, which must not begin with a dot or a dash; change "
				 "it in "
				 CRYPTTAB " and " FSTAB_PATH ", run 'update-initramfs -u -k all' and "
				 "'update-grub', and restart",
				 name);
	memcpy(t.name, name, strlen(name) + 1);
	r = only_slave(m, sysfs, dev, err, &t);
	if (r < 0)
		return r;
	r = check_crypttab(m, t.name, err);
	if (r < 0)
		return r;
	ret[0] = t;
	*ret_n = 1;
	return 0;
}

int targets_require_one_volume(const struct machine *m, struct error *err)
{
	char sysfs[PATH_MAX], name[BLOCKDEV_LINE_MAX];
	dev_t dev = 0;

	return root_mapping(m, sysfs, err, &dev, name);
}

struct wanted {
	const struct machine *machine;
	char sysfs[PATH_MAX], dm_uuid[80]; /* "CRYPT-LUKS2-0123...-", which the mapping's name follows */
	char *ret;
};

static bool is_under(const struct wanted *w, dev_t dev)
{
	char uuid[BLOCKDEV_LINE_MAX];
	struct target t;

	if (blockdev_dm_uuid(w->sysfs, dev, uuid) < 0 || strncmp(uuid, w->dm_uuid, strlen(w->dm_uuid)) != 0 ||
	    only_slave(w->machine, w->sysfs, dev, NULL, &t) < 0)
		return false;
	return realpath(t.device, w->ret) != NULL;
}

/* The device under the mapping that is open now: cryptsetup names a mapping's UUID after the volume's. */
static bool find_under_mapping(const struct machine *m, const char *uuid, char ret[static PATH_MAX])
{
	struct wanted w = { .machine = m, .ret = ret };
	unsigned maj, min;
	bool found = false;
	struct dirent *e;
	size_t n;
	DIR *dir;

	if (machine_path(m, "/sys/dev/block", w.sysfs) < 0 || !(dir = opendir(w.sysfs)))
		return false;
	machine_path(m, "/sys", w.sysfs);
	n = snprintf(w.dm_uuid, sizeof(w.dm_uuid), "CRYPT-LUKS2-");
	for (; *uuid && n < sizeof(w.dm_uuid) - 2; uuid++)
		if (*uuid != '-')
			w.dm_uuid[n++] = *uuid;
	w.dm_uuid[n] = '-';
	while (!found && (e = readdir(dir)))
		found = sscanf(e->d_name, "%u:%u", &maj, &min) == 2 && is_under(&w, makedev(maj, min));
	closedir(dir);
	return found;
}

int target_device(const struct machine *m, const char *uuid, struct error *err, char ret[static PATH_MAX])
{
	char name[64 + sizeof("/dev/disk/by-uuid/")], link[PATH_MAX];
	int r;

	/* anyone can plug in a disk with that UUID, and then the link is to either of the two */
	if (find_under_mapping(m, uuid, ret))
		return 0;
	snprintf(name, sizeof(name), "/dev/disk/by-uuid/%.63s", uuid);
	r = machine_path(m, name, link);
	if (r < 0)
		return error_set(err, r, "%s: the path is too long", name);
	if (!realpath(link, ret))
		return error_set(err, -errno, "%s: the volume is missing: %s", name, strerror(errno));
	return 0;
}
