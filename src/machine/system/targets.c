#include "machine/system/targets.h"

#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/blockdev.h"
#include "machine/system/device.h"
#include "machine/system/resume.h"
#include "machine/system/underneath.h"
#include "seal/crypttab.h"
#include "seal/crypttab_use.h"

#define CRYPTTAB "/etc/crypttab"

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
			 "a file system on LUKS2 volumes, or on LVM or RAID on them, is supported",
			 strcmp(type, "zfs") == 0 ? "ZFS" : type, source);
}

/*
 * btrfs gives its subvolumes numbers that are no device's; in a tree of files the number is that of another
 * machine.
 */
int targets_root_device(const struct machine *m, struct error *err, dev_t *ret)
{
	char root[PATH_MAX], sysfs[PATH_MAX], mounts[PATH_MAX];
	dev_t mounted = device_mounted(m, "/");
	struct stat st;
	int r;

	r = machine_path(m, "/", root);
	if (r == 0)
		r = machine_path(m, "/sys", sysfs);
	if (r == 0)
		r = machine_path(m, "/proc/self/mounts", mounts);
	if (r < 0)
		return r;
	if (stat(root, &st) < 0)
		return error_set(err, -errno, "%s: %s", root, strerror(errno));
	*ret = st.st_dev;
	if (blockdev_exists(sysfs, mounted) && (machine_is_tree(m) || !blockdev_exists(sysfs, *ret)))
		*ret = mounted;
	return blockdev_exists(sysfs, *ret) ? 0 : no_device(mounts, err);
}

/* Why a volume is a target. */
enum need {
	NEEDED, /* without it there is no root */
	BESIDE, /* cryptsetup-initramfs opens it, too */
};

struct search {
	const struct machine *machine;
	struct error *err;
	struct crypttab *tab;
	struct target found[TARGET_MAX];
	size_t n;
};

static const struct crypttab_entry *line_of(const struct crypttab *tab, const char *name)
{
	for (size_t i = 0; i < tab->count; i++)
		if (strcmp(tab->entry[i].name, name) == 0)
			return &tab->entry[i];
	return NULL;
}

static int check_line(const struct search *s, const struct target *t, const char *what)
{
	const struct crypttab_entry *e = line_of(s->tab, t->name);
	int r;

	if (!e)
		return error_set(s->err, -ENOENT, CRYPTTAB ": no line for the mapping '%s', which %s lies on",
				 t->name, what);
	r = crypttab_check_entry(e, s->err);
	return r < 0 ? error_prefix(s->err, r, CRYPTTAB ": %s", t->name) : 0;
}

/* Nobody is asked for its passphrase. */
static bool has_key(const struct crypttab_entry *e)
{
	return e->others.keyscript || (strcmp(e->key, "none") != 0 && strcmp(e->key, "-") != 0);
}

static int add(struct search *s, dev_t dev, const char *what, enum need need)
{
	struct error why = ERROR_NONE;
	struct search more = *s;
	int r;

	more.err = need == NEEDED ? s->err : &why;
	r = underneath(s->machine, dev, what, more.err, more.found, &more.n);
	for (size_t i = s->n; i < more.n && r == 0; i++) {
		r = check_line(&more, &more.found[i], what);
		if (r == 0 && need == BESIDE && has_key(line_of(s->tab, more.found[i].name)))
			r = -ENODATA;
	}
	if (r < 0)
		return need == NEEDED ? r : 0;
	memcpy(s->found, more.found, sizeof(s->found));
	s->n = more.n;
	return 0;
}

static int add_root(struct search *s)
{
	dev_t dev = 0;
	int r;

	r = targets_root_device(s->machine, s->err, &dev);
	if (r == 0)
		r = add(s, dev, "the root file system", NEEDED);
	if (r < 0)
		return r;
	/* initramfs-tools mounts it before the root is looked at */
	dev = device_mounted(s->machine, "/usr");
	return dev ? add(s, dev, "/usr", NEEDED) : 0;
}

/* The device that a setting names, if there is one. */
static int add_named(struct search *s, const char *spec)
{
	dev_t dev;

	return device_number(s->machine, spec, &dev) == 0 ? add(s, dev, spec, BESIDE) : 0;
}

static int add_resume(void *context, const char *spec)
{
	return add_named(context, spec);
}

static int add_beside(struct search *s)
{
	char spec[TARGET_NAME_MAX + sizeof("/dev/mapper/")];
	int r = resume_each(s->machine, add_resume, s);

	for (size_t i = 0; i < s->tab->count && r == 0; i++) {
		if (!s->tab->entry[i].others.initramfs)
			continue;
		snprintf(spec, sizeof(spec), "/dev/mapper/%s", s->tab->entry[i].name);
		r = add_named(s, spec);
	}
	return r;
}

static int read_crypttab(const struct machine *m, struct error *err, struct crypttab *ret)
{
	struct buffer text = BUFFER_NONE;
	int r = machine_read(m, CRYPTTAB, CRYPTTAB_MAX_LEN, err, &text);

	if (r == 0)
		r = crypttab_parse(text.data, text.len, CRYPTTAB, err, ret);
	buffer_free(&text);
	return r;
}

int targets_find(const struct machine *m, struct error *err, struct target ret[static TARGET_MAX],
		 size_t *ret_n)
{
	struct search *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->machine = m;
	s->err = err;
	s->tab = calloc(1, sizeof(*s->tab));
	r = s->tab ? read_crypttab(m, err, s->tab) : -ENOMEM;
	if (r == 0)
		r = add_root(s);
	if (r == 0)
		r = add_beside(s);
	if (r == 0) {
		memcpy(ret, s->found, s->n * sizeof(*ret));
		*ret_n = s->n;
	}
	free(s->tab);
	free(s);
	return r;
}

void targets_to_anchor(const struct target *t, size_t n, struct anchor *ret)
{
	*ret = (struct anchor){ .target_count = n };
	for (size_t i = 0; i < n; i++) {
		memcpy(ret->target[i].name, t[i].name, sizeof(t[i].name));
		memcpy(ret->target[i].uuid, t[i].uuid, sizeof(t[i].uuid));
	}
}

int targets_anchor(const struct machine *m, struct error *err, struct anchor *ret)
{
	struct target target[TARGET_MAX];
	size_t n;
	int r = targets_find(m, err, target, &n);

	if (r == 0)
		targets_to_anchor(target, n, ret);
	return r;
}

static int require_enrolled(const struct machine *m, const struct anchor *a, dev_t dev, const char *what,
			    struct error *err)
{
	struct target found[TARGET_MAX];
	const struct anchor_target *t;
	size_t n = 0;
	int r = underneath(m, dev, what, err, found, &n);

	for (size_t i = 0; i < n && r == 0; i++) {
		t = anchor_find(a, found[i].name);
		if (!t || strcmp(t->uuid, found[i].uuid) != 0)
			r = error_set(err, -EOPNOTSUPP,
				      "%s lies on the volume '%s', which is not enrolled: a boot that "
				      "the TPM unlocks would restart because of it; 'bootseal enroll' "
				      "enrolls it, too",
				      what, found[i].name);
	}
	return r;
}

int targets_require_enrolled(const struct machine *m, const struct anchor *a, struct error *err)
{
	dev_t dev = 0;
	int r;

	r = targets_root_device(m, err, &dev);
	if (r == 0)
		r = require_enrolled(m, a, dev, "the root file system", err);
	if (r == 0 && (dev = device_mounted(m, "/usr")))
		r = require_enrolled(m, a, dev, "/usr", err);
	return r;
}

struct wanted {
	const struct machine *machine;
	char sysfs[PATH_MAX], dm_uuid[80]; /* "CRYPT-LUKS2-0123...-", which the mapping's name follows */
	char *ret;
};

static int take_under(void *context, dev_t dev, const char *name)
{
	struct wanted *w = context;
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/dev/%s", w->machine->root, name) < (int)sizeof(path) &&
	       realpath(path, w->ret);
}

static int look_under(void *context, dev_t dev, const char *number)
{
	struct wanted *w = context;
	char uuid[BLOCKDEV_LINE_MAX];

	return blockdev_dm_uuid(w->sysfs, dev, uuid) == 0 &&
	       strncmp(uuid, w->dm_uuid, strlen(w->dm_uuid)) == 0 &&
	       blockdev_each_slave(w->sysfs, dev, take_under, w) == 1;
}

/* The device under the mapping that is open now: cryptsetup names a mapping's UUID after the volume's. */
static bool find_under_mapping(const struct machine *m, const char *uuid, char ret[static PATH_MAX])
{
	struct wanted w = { .machine = m, .ret = ret };
	size_t n;

	if (machine_path(m, "/sys", w.sysfs) < 0)
		return false;
	n = snprintf(w.dm_uuid, sizeof(w.dm_uuid), "CRYPT-LUKS2-");
	for (; *uuid && n < sizeof(w.dm_uuid) - 2; uuid++)
		if (*uuid != '-')
			w.dm_uuid[n++] = *uuid;
	w.dm_uuid[n] = '-';
	return blockdev_all(w.sysfs, look_under, &w) == 1;
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
