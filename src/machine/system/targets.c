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
#include <unistd.h>

#include "base/file.h"
#include "seal/crypttab.h"

#define CRYPTTAB "/etc/crypttab"

/* One line of a sysfs attribute. */
static int attribute(const char *dir, const char *name, char *ret, size_t size)
{
	struct buffer b = BUFFER_NONE;
	char path[PATH_MAX];
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = file_read(path, 4096, NULL, &b);
	if (r == 0 && (b.len == 0 || b.len >= size))
		r = -EINVAL;
	if (r == 0) {
		snprintf(ret, size, "%s", buffer_str(&b));
		ret[strcspn(ret, "\n")] = '\0';
	}
	buffer_free(&b);
	return r;
}

/* btrfs answers stat() with a device number that sysfs does not know: its mount line names the real one. */
static dev_t device_of_root_mount(const struct machine *m)
{
	char path[PATH_MAX];
	struct mntent *e;
	struct stat st;
	dev_t dev = 0;
	FILE *f;

	f = machine_path(m, "/proc/self/mounts", path) == 0 ? setmntent(path, "re") : NULL;
	if (!f)
		return 0;
	while ((e = getmntent(f)))
		if (strcmp(e->mnt_dir, "/") == 0 && stat(e->mnt_fsname, &st) == 0 && S_ISBLK(st.st_mode))
			dev = st.st_rdev;
	endmntent(f);
	return dev;
}

static bool sysfs_of(const struct machine *m, dev_t dev, char ret[static PATH_MAX])
{
	char name[64];

	snprintf(name, sizeof(name), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	return machine_path(m, name, ret) == 0 && file_exists(ret);
}

static int root_sysfs(const struct machine *m, struct error *err, char ret[static PATH_MAX])
{
	char root[PATH_MAX];
	struct stat st;
	int r;

	r = machine_path(m, "/", root);
	if (r < 0)
		return r;
	if (stat(root, &st) < 0)
		return error_set(err, -errno, "%s: %s", root, strerror(errno));
	if (sysfs_of(m, st.st_dev, ret) || sysfs_of(m, device_of_root_mount(m), ret))
		return 0;
	return error_set(err, -EOPNOTSUPP, "cannot tell which device the root file system is on");
}

/* The one device under a mapping. */
static int only_slave(const struct machine *m, const char *sysfs, struct error *err, char *ret, size_t size)
{
	char dir[PATH_MAX], name[sizeof(((struct dirent *)NULL)->d_name)] = "";
	struct dirent *e;
	size_t n = 0;
	DIR *d;

	if (snprintf(dir, sizeof(dir), "%s/slaves", sysfs) >= (int)sizeof(dir))
		return -ENAMETOOLONG;
	d = opendir(dir);
	if (!d)
		return error_set(err, -errno, "%s: %s", dir, strerror(errno));
	while ((e = readdir(d)))
		if (e->d_name[0] != '.') {
			snprintf(name, sizeof(name), "%s", e->d_name);
			n++;
		}
	closedir(d);
	if (n != 1)
		return error_set(err, -EOPNOTSUPP, "the root's mapping is on %zu devices; exactly one is supported", n);
	for (char *p = name; *p; p++) /* sysfs spells a slash in a device name as '!' */
		if (*p == '!')
			*p = '/';
	if (snprintf(ret, size, "%s/dev/%s", m->root, name) >= (int)size)
		return error_set(err, -ENAMETOOLONG, "%s/dev/%s: path too long", m->root, name);
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
				      CRYPTTAB ": %s: the option '%s' is not supported for a volume that the TPM unlocks", name,
				      tab->entry[i].unsupported);
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
	char sysfs[PATH_MAX], uuid[256];
	struct target t;
	int r;

	r = root_sysfs(m, err, sysfs);
	if (r < 0)
		return r;
	r = attribute(sysfs, "dm/uuid", uuid, sizeof(uuid));
	if (r < 0)
		return error_set(err, -EOPNOTSUPP, "the root file system is not encrypted: there is nothing to enroll");
	if (strncmp(uuid, "CRYPT-LUKS2-", 12) != 0)
		return error_set(err, -EOPNOTSUPP,
				 strncmp(uuid, "LVM-", 4) == 0
					 ? "the root file system is on LVM, which is not supported yet"
					 : "the root file system is on '%.40s', not directly on a LUKS2 volume",
				 uuid);
	r = attribute(sysfs, "dm/name", t.name, sizeof(t.name));
	if (r < 0)
		return error_set(err, r, "%s/dm/name: cannot read", sysfs);
	r = only_slave(m, sysfs, err, t.device, sizeof(t.device));
	if (r < 0)
		return r;
	r = check_crypttab(m, t.name, err);
	if (r < 0)
		return r;
	ret[0] = t;
	*ret_n = 1;
	return 0;
}

int target_device(const struct machine *m, const char *uuid, struct error *err, char ret[static PATH_MAX])
{
	char name[64 + sizeof("/dev/disk/by-uuid/")], link[PATH_MAX];
	int r;

	snprintf(name, sizeof(name), "/dev/disk/by-uuid/%.63s", uuid);
	r = machine_path(m, name, link);
	if (r < 0)
		return error_set(err, r, "%s: the path is too long", name);
	if (!realpath(link, ret))
		return error_set(err, -errno, "%s: the volume is missing: %s", name, strerror(errno));
	return 0;
}
