#include "machine/system/places.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/reader.h"

#define MOUNTINFO "/proc/self/mountinfo"
#define SWAPS "/proc/swaps"
#define TABLE_MAX_LEN (4u << 20)
#define STACK_DEPTH_MAX 8 /* of block devices on one another */

/* proc(5): "36 35 98:0 /root /mount/point options [tags] - type source options" */
struct mount {
	unsigned major, minor;
	char dir[PATH_MAX];
	char source[256];
};

static bool parse_mount(const struct reader *line, struct mount *ret)
{
	char text[2 * PATH_MAX], *end;

	snprintf(text, sizeof(text), "%.*s", (int)line->left, (const char *)line->at);
	if (sscanf(text, "%*u %*u %u:%u %*s %4095s", &ret->major, &ret->minor, ret->dir) != 3)
		return false;
	end = strstr(text, " - ");
	return end && sscanf(end, " - %*s %255s", ret->source) == 1;
}

static bool covers(const char *dir, const char *path)
{
	size_t n = strlen(dir);

	return strcmp(dir, "/") == 0 ||
	       (strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/'));
}

/* The mount that shows path: the last of the innermost ones. */
static bool find_mount(const struct buffer *table, const char *path, struct mount *ret)
{
	struct reader rest = reader_new(table->data, table->len), line;
	struct mount m;
	bool found = false;

	while (reader_line(&rest, &line)) {
		if (!parse_mount(&line, &m) || !covers(m.dir, path))
			continue;
		if (found && strlen(m.dir) < strlen(ret->dir))
			continue;
		*ret = m;
		found = true;
	}
	return found;
}

/* btrfs gives each subvolume a device number of its own */
static bool is_same(const struct mount *a, const struct mount *b)
{
	return (a->major == b->major && a->minor == b->minor) ||
	       (a->source[0] == '/' && strcmp(a->source, b->source) == 0);
}

static int require_on_root(const struct buffer *mounts, const char *path, const char *why, struct error *err)
{
	struct mount root, at;

	if (!find_mount(mounts, "/", &root) || !find_mount(mounts, path, &at))
		return error_set(err, -ENOENT, MOUNTINFO ": the root file system is not in it");
	if (is_same(&root, &at))
		return 0;
	return error_set(err, -EOPNOTSUPP,
			 "%s is on %s (%s), not on the root volume: %s; move it to the root volume", path,
			 at.dir, at.source, why);
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

/* "/dev/dm-1                               partition	1048572	0	-2" */
static int require_swap(const struct machine *m, const struct buffer *mounts, const struct reader *line,
			struct error *err)
{
	static const char why[] = "what the memory held could be read from it";
	char text[1024], name[512], type[32];

	snprintf(text, sizeof(text), "%.*s", (int)line->left, (const char *)line->at);
	if (sscanf(text, "%511s %31s", name, type) != 2 || name[0] != '/')
		return 0;
	if (strcmp(type, "file") == 0)
		return require_on_root(mounts, name, why, err);
	if (strncmp(name, "/dev/zram", 9) == 0 || is_encrypted(m, strrchr(name, '/') + 1, 0))
		return 0;
	/* not collected: `check` says what it did not judge */
	if (machine_is_tree(m) && !machine_exists(m, "/sys/class/block"))
		return 0;
	return error_set(err, -EOPNOTSUPP,
			 "the swap %s is not encrypted: %s; put it on an encrypted volume, give it a line "
			 "with the option 'swap' in /etc/crypttab, or remove it",
			 name, why);
}

static int require_swaps(const struct machine *m, const struct buffer *mounts, struct error *err)
{
	struct buffer table = BUFFER_NONE;
	struct reader rest, line;
	int r;

	r = machine_read(m, SWAPS, TABLE_MAX_LEN, err, &table);
	if (r == -ENOENT)
		return 0;
	rest = reader_new(table.data, table.len);
	while (r == 0 && reader_line(&rest, &line))
		r = require_swap(m, mounts, &line, err);
	buffer_free(&table);
	return r;
}

int places_require(const struct machine *m, struct error *err)
{
	static const struct {
		const char *path, *why;
	} places[] = {
		{ MACHINE_STATE_DIR, "the key that moves the policy could be read from it" },
		{ "/etc/bootseal", "it says which volumes are ours" },
		{ "/var/lib/dpkg", "its lists say which kernels are trusted" },
		{ "/usr", "the programs there would be run with the volume unlocked" },
	};
	struct buffer mounts = BUFFER_NONE;
	int r;

	r = machine_read(m, MOUNTINFO, TABLE_MAX_LEN, err, &mounts);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && r == 0; i++)
		r = require_on_root(&mounts, places[i].path, places[i].why, err);
	if (r == 0)
		r = require_swaps(m, &mounts, err);
	buffer_free(&mounts);
	return r;
}
