#include "machine/system/places.h"

#include <dirent.h>
#include <errno.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/buffer.h"
#include "base/reader.h"
#include "machine/system/device.h"
#include "machine/system/fstab.h"
#include "machine/system/mounts.h"
#include "machine/system/targets.h"
#include "seal/lies_on.h"

#define SWAPS "/proc/swaps"
#define TABLE_MAX_LEN (4u << 20)
#define STACK_DEPTH_MAX 8 /* of block devices on one another */

/* btrfs gives each subvolume a device number of its own */
static bool is_same(const struct mount_line *a, const struct mount_line *b)
{
	return (a->major == b->major && a->minor == b->minor) ||
	       (a->source[0] == '/' && strcmp(a->source, b->source) == 0);
}

static bool lies_on(const struct machine *m, const struct mount_line *at, const struct anchor *a)
{
	dev_t dev = makedev(at->major, at->minor);
	char sysfs[PATH_MAX];

	if (machine_path(m, "/sys", sysfs) < 0 || (!at->major && device_number(m, at->source, &dev) < 0))
		return false;
	return lies_on_targets(sysfs, a, dev);
}

struct place {
	const char *path, *why;
	bool late; /* may lie on a volume that the running system opens */
};

struct look {
	const struct machine *machine;
	const struct anchor *late; /* may be NULL */
};

static int require_ours(const struct look *l, const struct mount_line *root, const struct mount_line *at,
			const struct place *p, struct error *err)
{
	const struct machine *m = l->machine;
	struct anchor ours;

	/* another LV of the root's volumes, say */
	if (is_same(root, at) || (targets_anchor(m, NULL, &ours) == 0 && lies_on(m, at, &ours)))
		return 0;
	if (p->late && l->late && lies_on(m, at, l->late))
		return 0;
	return error_set(err, -EOPNOTSUPP,
			 "%s is on %s (%s), not on %s: %s; move it there", p->path, at->dir, at->source,
			 p->late ? "an enrolled volume" : "the root volume", p->why);
}

static bool is_encrypted(const struct machine *m, const char *name, unsigned depth);

static bool all_encrypted_under(const struct machine *m, const char *name, unsigned depth)
{
	char path[PATH_MAX];
	struct dirent *d;
	size_t n = 0;
	bool all = true;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/class/block/%.200s/slaves", name);
	dir = machine_opendir(m, path);
	while (dir && all && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		n++;
		all = is_encrypted(m, d->d_name, depth + 1);
	}
	if (dir)
		closedir(dir);
	return all && n > 0;
}

/* A mapping of dm-crypt, with a key of one boot or of a LUKS volume, or on nothing but such mappings. */
static bool is_encrypted(const struct machine *m, const char *name, unsigned depth)
{
	struct buffer uuid = BUFFER_NONE;
	char path[PATH_MAX];
	bool crypt;

	if (depth == STACK_DEPTH_MAX)
		return false;
	snprintf(path, sizeof(path), "/sys/class/block/%.200s/dm/uuid", name);
	crypt = machine_read(m, path, 256, NULL, &uuid) == 0 && strncmp(buffer_str(&uuid), "CRYPT-", 6) == 0;
	buffer_free(&uuid);
	return crypt || all_encrypted_under(m, name, depth);
}

static const char why_swap[] = "what the memory held could be read from it";

static int require_swap_file(const struct look *l, const char *name, struct error *err)
{
	const char *const paths[] = { "/", name };
	const struct place file = { name, why_swap, true };
	struct mount_line found[2];
	int r;

	r = mounts_find(l->machine, paths, 2, err, found);
	return r < 0 ? r : require_ours(l, &found[0], &found[1], &file, err);
}

/* "/dev/dm-1                               partition	1048572	0	-2" */
static int require_swap(const struct look *l, const struct reader *line, struct error *err)
{
	const struct machine *m = l->machine;
	char text[1024], name[512], type[32];

	snprintf(text, sizeof(text), "%.*s", (int)line->left, (const char *)line->at);
	if (sscanf(text, "%511s %31s", name, type) != 2 || name[0] != '/')
		return 0;
	mounts_unescape(name);
	if (strcmp(type, "file") == 0)
		return require_swap_file(l, name, err);
	if (strncmp(name, "/dev/zram", 9) == 0 || is_encrypted(m, strrchr(name, '/') + 1, 0))
		return 0;
	/* not collected: `check` says what it did not judge */
	if (machine_is_tree(m) && !machine_exists(m, "/sys/class/block"))
		return 0;
	return error_set(err, -EOPNOTSUPP,
			 "the swap %s is not encrypted: %s; put it on an encrypted volume, give it a line "
			 "with the option 'swap' in /etc/crypttab, or remove it",
			 name, why_swap);
}

static int require_swaps(const struct look *l, struct error *err)
{
	struct buffer table = BUFFER_NONE;
	struct reader rest, line;
	int r;

	r = machine_read(l->machine, SWAPS, TABLE_MAX_LEN, err, &table);
	if (r == -ENOENT)
		return 0;
	rest = reader_new(table.data, table.len);
	while (r == 0 && reader_line(&rest, &line))
		r = require_swap(l, &line, err);
	buffer_free(&table);
	return r;
}

static const struct place places[] = {
	{ "/", NULL, false },
	{ MACHINE_STATE_DIR, "the key that moves the policy could be read from it", true },
	{ "/etc/bootseal", "it says which volumes are ours", false },
	{ "/var/lib/dpkg", "its lists say which kernels are trusted", true },
	{ "/usr", "the programs there would be run with the volume unlocked", false },
};
#define PLACES (sizeof(places) / sizeof(places[0]))

static int find_places(const struct machine *m, struct error *err, struct mount_line ret[static PLACES])
{
	const char *paths[PLACES];

	for (size_t i = 0; i < PLACES; i++)
		paths[i] = places[i].path;
	return mounts_find(m, paths, PLACES, err, ret);
}

/* Is it one of the places, or above one? */
static bool holds_place(const char *dir)
{
	size_t n = strlen(dir);

	while (n > 1 && dir[n - 1] == '/')
		n--;
	for (size_t i = 1; i < PLACES && n > 1; i++)
		if (strncmp(places[i].path, dir, n) == 0 &&
		    (places[i].path[n] == '/' || places[i].path[n] == '\0'))
			return true;
	return false;
}

static int require_mounted(const struct machine *m, char *dir, struct error *err)
{
	const char *const paths[] = { dir };
	struct mount_line found;
	size_t n = strlen(dir);
	int r;

	/* fstab may have one, the table of mounts has none */
	while (n > 1 && dir[n - 1] == '/')
		dir[--n] = '\0';
	r = mounts_find(m, paths, 1, err, &found);
	if (r < 0 || strcmp(found.dir, dir) == 0)
		return r;
	return error_set(err, -EOPNOTSUPP,
			 "%s is not mounted, as /etc/fstab has it: what bootseal has recorded, or what it "
			 "goes by, lies there; open its volume, run 'mount %s', then this again",
			 dir, dir);
}

/* In the emergency mode of a system whose /var was not opened, say. */
static int require_all_mounted(const struct machine *m, struct error *err)
{
	FILE *f = machine_stream(m, FSTAB_PATH, TABLE_MAX_LEN);
	char line[4096];
	struct mntent e;
	int r = 0;

	while (f && r == 0 && getmntent_r(f, &e, line, sizeof(line)))
		if (holds_place(e.mnt_dir) && !hasmntopt(&e, "noauto"))
			r = require_mounted(m, e.mnt_dir, err);
	if (f)
		endmntent(f);
	return r;
}

/* all: what may not lie on a late volume either. */
static int require_places(const struct look *l, bool all, struct error *err)
{
	struct mount_line found[PLACES];
	int r;

	r = require_all_mounted(l->machine, err);
	if (r == 0)
		r = find_places(l->machine, err, found);
	for (size_t i = 1; i < PLACES && r == 0; i++)
		if (all || places[i].late)
			r = require_ours(l, &found[0], &found[i], &places[i], err);
	return r;
}

int places_require(const struct machine *m, const struct anchor *late, struct error *err)
{
	const struct look l = { m, late };
	int r = require_places(&l, true, err);

	return r == 0 ? require_swaps(&l, err) : r;
}

int places_require_records(const struct machine *m, const struct anchor *late, struct error *err)
{
	return require_places(&(struct look){ m, late }, false, err);
}

bool places_on(const struct machine *m, const struct target *t)
{
	struct mount_line found[PLACES];
	struct anchor one;
	bool any = false;

	targets_to_anchor(t, 1, &one);
	if (find_places(m, NULL, found) == 0)
		for (size_t i = 1; i < PLACES; i++)
			any |= lies_on(m, &found[i], &one);
	return any;
}
