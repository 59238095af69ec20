#include "machine/system/fstab.h"

#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/device_tag.h"
#include "machine/system/device.h"
#include "machine/system/targets.h"
#include "seal/crypttab.h"
#include "seal/lies_on.h"

#define CRYPTTAB "/etc/crypttab"
#define MOUNTS "/proc/self/mounts"
#define MAPPER "/dev/mapper/"
#define TABLE_MAX_LEN (4u << 20)

/* Root runs what lies there: the distribution's programs, its settings, its jobs. */
static const char *const system_dirs[] = { "usr", "etc", "bin", "sbin", "lib", "lib32", "lib64", "libx32" };
static const char *const other_dirs[] = { "var", "opt", "root", "home" };

/* Is dir one of them, or below? */
static bool lies_in(const char *dir, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (dir[0] == '/' && strncmp(dir + 1, list[i], strlen(list[i])) == 0 &&
		    (dir[1 + strlen(list[i])] == '\0' || dir[1 + strlen(list[i])] == '/'))
			return true;
	return false;
}

/* Our state and dpkg's lists lie there or below: without the first nothing is sealed, the second vouch. */
static bool holds_records(const char *dir)
{
	static const char *const records[] = { MACHINE_STATE_DIR, "/var/lib/dpkg" };
	size_t n = strlen(dir);

	while (n > 0 && dir[n - 1] == '/')
		n--;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]) && n > 0; i++)
		if (strncmp(records[i], dir, n) == 0 && (records[i][n] == '/' || records[i][n] == '\0'))
			return true;
	return false;
}

/* A block device, by whatever name; not a pseudo file system, a share or a bind mount. */
static bool is_disk(const struct mntent *e)
{
	return device_tag_is(e->mnt_fsname) || strncmp(e->mnt_fsname, "/dev/", 5) == 0;
}

/*
 * A name that device-mapper gives only one mapping: /dev/mapper/NAME, /dev/GROUP/VOLUME of LVM, and udev's
 * links for both.
 */
static bool is_mapping(const char *spec)
{
	static const char by_id[] = "/dev/disk/by-id/dm-";
	const char *slash;

	if (strncmp(spec, MAPPER, strlen(MAPPER)) == 0 || strncmp(spec, by_id, strlen(by_id)) == 0)
		return true;
	if (strncmp(spec, "/dev/", 5) != 0 || strncmp(spec, "/dev/disk/", 10) == 0)
		return false;
	slash = strchr(spec + 5, '/');
	return slash && slash[1] && !strchr(slash + 1, '/');
}

static bool in_crypttab(const struct crypttab *tab, const char *spec)
{
	if (strncmp(spec, MAPPER, strlen(MAPPER)) != 0)
		return false;
	for (size_t i = 0; i < tab->count; i++)
		if (strcmp(tab->entry[i].name, spec + strlen(MAPPER)) == 0)
			return true;
	return false;
}

static void read_crypttab(const struct machine *m, struct crypttab *ret)
{
	struct buffer text = BUFFER_NONE;

	*ret = (struct crypttab){ .count = 0 };
	if (machine_read(m, CRYPTTAB, CRYPTTAB_MAX_LEN, NULL, &text) == 0 &&
	    crypttab_parse(text.data, text.len, CRYPTTAB, NULL, ret) < 0)
		ret->count = 0;
	buffer_free(&text);
}

static FILE *open_table(const struct machine *m, const char *path)
{
	return machine_stream(m, path, TABLE_MAX_LEN);
}

/* The mapping that is mounted there now; the last one covers those before it. */
static void find_mapping(const struct machine *m, const struct crypttab *tab, const char *dir,
			 char ret[static PATH_MAX])
{
	FILE *f = open_table(m, MOUNTS);
	const struct mntent *e;

	ret[0] = '\0';
	while (f && (e = getmntent(f)))
		if (strcmp(e->mnt_dir, dir) == 0)
			snprintf(ret, PATH_MAX, "%s", in_crypttab(tab, e->mnt_fsname) ? e->mnt_fsname : "");
	if (f)
		endmntent(f);
}

struct look {
	const struct machine *machine;
	struct crypttab crypttab;
	struct anchor anchor; /* names and UUIDs of the volumes that the root lies on */
	bool known;           /* they are known */
	char root[PATH_MAX];  /* "/dev/mapper/NAME" of crypttab, "" for another */
	char sysfs[PATH_MAX];
};

static void begin(const struct machine *m, struct look *l)
{
	l->machine = m;
	l->known = machine_path(m, "/sys", l->sysfs) == 0 && targets_anchor(m, NULL, &l->anchor) == 0;
	read_crypttab(m, &l->crypttab);
	find_mapping(m, &l->crypttab, "/", l->root);
}

/* Does that device lie on the root's volumes now? */
static bool lies_on_ours(const struct look *l, const char *spec)
{
	dev_t dev;

	return l->known && device_number(l->machine, spec, &dev) == 0 &&
	       lies_on_targets(l->sysfs, &l->anchor, dev);
}

/* A mapping of the root's volumes (an LV beside the root's): device_guard.h looks at it at each boot. */
static bool is_guarded(const struct look *l, const struct mntent *e)
{
	if (!is_mapping(e->mnt_fsname))
		return false;
	/* a collected tree without what the devices lie on says nothing either way */
	if (!l->known && machine_is_tree(l->machine) && !machine_exists(l->machine, "/sys/dev/block"))
		return true;
	return lies_on_ours(l, e->mnt_fsname);
}

/* What is mounted at /usr lies on our volumes: bootseal-unlock looks at that itself. */
static bool usr_is_ours(const struct look *l, const struct fstab_weakness *w)
{
	dev_t dev = device_mounted(l->machine, w->dir);

	if (l->root[0] && strcmp(w->mapping, l->root) == 0)
		return true;
	return l->known && dev && lies_on_targets(l->sysfs, &l->anchor, dev);
}

static bool is_strong(const struct look *l, const struct mntent *e, const struct fstab_weakness *w)
{
	if (w->swap)
		return !device_tag_is(e->mnt_fsname) || !lies_on_ours(l, e->mnt_fsname);
	if (w->initramfs)
		return usr_is_ours(l, w);
	return !is_disk(e) || in_crypttab(&l->crypttab, e->mnt_fsname) || is_guarded(l, e);
}

static int judge(const struct look *l, const struct mntent *e,
		 int (*each)(void *context, const struct fstab_weakness *w), void *context)
{
	struct fstab_weakness w = { .spec = e->mnt_fsname, .dir = e->mnt_dir };

	w.swap = strcmp(e->mnt_type, "swap") == 0;
	w.system = lies_in(e->mnt_dir, system_dirs, sizeof(system_dirs) / sizeof(system_dirs[0])) ||
		   holds_records(e->mnt_dir);
	if (strcmp(e->mnt_dir, "/") == 0 ||
	    (!w.swap && !w.system &&
	     !lies_in(e->mnt_dir, other_dirs, sizeof(other_dirs) / sizeof(other_dirs[0]))))
		return 0;
	find_mapping(l->machine, &l->crypttab, e->mnt_dir, w.mapping);
	w.initramfs = strcmp(e->mnt_dir, "/usr") == 0;
	return is_strong(l, e, &w) ? 0 : each(context, &w);
}

int fstab_each_weakness(const struct machine *m, int (*each)(void *context, const struct fstab_weakness *w),
			void *context)
{
	struct look *l = calloc(1, sizeof(*l));
	struct mntent e;
	char line[4096];
	int r = 0;
	FILE *f;

	if (!l)
		return -ENOMEM;
	begin(m, l);
	f = open_table(m, FSTAB_PATH);
	while (f && r == 0 && getmntent_r(f, &e, line, sizeof(line)))
		r = judge(l, &e, each, context);
	if (f)
		endmntent(f);
	free(l);
	return r;
}

int fstab_explain(const struct fstab_weakness *w, int r, struct error *err)
{
	const char *why = "any disk can carry that name, and its contents would run with the unlocked root";

	if (w->swap)
		return error_set(err, r,
				 "'%s' names it: any disk can carry that name, and what the memory holds "
				 "would be written to it; write /dev/mapper/NAME instead",
				 w->spec);
	if (w->initramfs)
		return error_set(err, r,
				 "'%s' names it, and it is not on the root's volume: a replaced disk would "
				 "run with the unlocked root, so a boot that the TPM unlocks restarts "
				 "instead; move it to the root's volume",
				 w->spec);
	if (w->mapping[0])
		return error_set(err, r, "'%s' names it: %s; write '%s' instead", w->spec, why, w->mapping);
	return error_set(err, r,
			 "'%s' names it: %s; put it on an encrypted volume of " CRYPTTAB " and write " MAPPER
			 "NAME instead",
			 w->spec, why);
}

static int refuse_system(void *context, const struct fstab_weakness *w)
{
	struct error *err = context;

	if (!w->system)
		return 0;
	fstab_explain(w, 0, err);
	return error_prefix(err, -EOPNOTSUPP, FSTAB_PATH ", %.100s", w->dir);
}

int fstab_require(const struct machine *m, struct error *err)
{
	struct error why = ERROR_NONE;
	int r = fstab_each_weakness(m, refuse_system, &why);

	return r < 0 ? error_set(err, r, "%s", why.text) : 0;
}
