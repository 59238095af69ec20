#include "machine/system/fstab.h"

#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seal/crypttab.h"

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

/* A block device, by whatever name; not a pseudo file system, a share or a bind mount. */
static bool is_disk(const struct mntent *e)
{
	static const char *const tags[] = { "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID=", "/dev/" };

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (strncmp(e->mnt_fsname, tags[i], strlen(tags[i])) == 0)
			return true;
	return false;
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

int fstab_each_weakness(const struct machine *m, int (*each)(void *context, const struct fstab_weakness *w),
			void *context)
{
	struct crypttab *tab = calloc(1, sizeof(*tab));
	char root[PATH_MAX];
	struct fstab_weakness w;
	struct mntent e;
	char line[4096];
	int r = 0;
	FILE *f;

	if (!tab)
		return -ENOMEM;
	read_crypttab(m, tab);
	find_mapping(m, tab, "/", root);
	f = open_table(m, FSTAB_PATH);
	while (f && r == 0 && getmntent_r(f, &e, line, sizeof(line))) {
		w = (struct fstab_weakness){ .spec = e.mnt_fsname, .dir = e.mnt_dir };
		w.system = lies_in(e.mnt_dir, system_dirs, sizeof(system_dirs) / sizeof(system_dirs[0]));
		if (!w.system && !lies_in(e.mnt_dir, other_dirs, sizeof(other_dirs) / sizeof(other_dirs[0])))
			continue;
		find_mapping(m, tab, e.mnt_dir, w.mapping);
		w.initramfs = strcmp(e.mnt_dir, "/usr") == 0;
		if (!(w.initramfs ? root[0] && strcmp(w.mapping, root) == 0
				  : !is_disk(&e) || in_crypttab(tab, e.mnt_fsname)))
			r = each(context, &w);
	}
	if (f)
		endmntent(f);
	free(tab);
	return r;
}

int fstab_explain(const struct fstab_weakness *w, int r, struct error *err)
{
	const char *why = "any disk can carry that name, and its contents would run with the unlocked root";

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
