#include "machine/system/partitions.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/reader.h"
#include "machine/system/layout.h"
#include "machine/system/mounts.h"

#define UDEV_DIR "/run/udev/data"
#define UDEV_MAX_LEN 65536
#define LINE_MAX_LEN 8192

void partitions_free(struct partitions *p)
{
	free(p->at);
	*p = (struct partitions){ .at = NULL };
}

static void take_text(const char *line, const char *key, char *ret, size_t size)
{
	size_t n = strlen(key);

	if (strncmp(line, key, n) == 0 && strlen(line + n) < size)
		strcpy(ret, line + n);
}

/* One line of udev's: "E:ID_FS_TYPE=ext4". The plain spellings come first; the encoded ones are for links. */
static void take_property(const char *line, struct partition *p)
{
	char number[16] = "";

	take_text(line, "E:ID_PART_ENTRY_SCHEME=", p->scheme, sizeof(p->scheme));
	take_text(line, "E:ID_PART_ENTRY_UUID=", p->part_uuid, sizeof(p->part_uuid));
	take_text(line, "E:ID_FS_TYPE=", p->fs, sizeof(p->fs));
	take_text(line, "E:ID_FS_UUID=", p->fs_uuid, sizeof(p->fs_uuid));
	take_text(line, "E:ID_FS_LABEL=", p->fs_label, sizeof(p->fs_label));
	take_text(line, "E:ID_PART_ENTRY_NUMBER=", number, sizeof(number));
	if (*number)
		sscanf(number, "%u", &p->number);
	sscanf(line, "E:ID_PART_ENTRY_DISK=%u:%u", &p->disk_major, &p->disk_minor);
}

static bool copy_line(struct reader *text, char ret[static LINE_MAX_LEN])
{
	struct reader line;

	if (!reader_line(text, &line))
		return false;
	if (line.left >= LINE_MAX_LEN)
		line.left = 0;
	if (line.left > 0)
		memcpy(ret, line.at, line.left);
	ret[line.left] = '\0';
	return true;
}

static int read_device(const struct machine *m, const char *name, struct error *err, struct partition *p)
{
	char path[PATH_MAX], line[LINE_MAX_LEN];
	struct buffer text = BUFFER_NONE;
	struct reader rest;
	int r;

	snprintf(path, sizeof(path), UDEV_DIR "/%s", name);
	r = machine_read(m, path, UDEV_MAX_LEN, err, &text);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = reader_new(text.data, text.len);
	while (copy_line(&rest, line))
		take_property(line, p);
	buffer_free(&text);
	return 0;
}

static bool is_luks(const struct partition *p)
{
	return strcmp(p->fs, "crypto_LUKS") == 0;
}

static int add_device(const struct machine *m, const char *name, struct error *err, struct partitions *all)
{
	struct partition p = { .number = 0 }, *grown;
	int end = 0, r;

	if (sscanf(name, "b%u:%u%n", &p.major, &p.minor, &end) != 2 || name[end] != '\0')
		return 0;
	r = read_device(m, name, err, &p);
	if (r < 0 || (p.number == 0 && !is_luks(&p)))
		return r;
	if (all->n == PARTITIONS_MAX)
		return error_set(err, -E2BIG, "more than %d partitions", PARTITIONS_MAX);
	grown = reallocarray(all->at, all->n + 1, sizeof(*grown));
	if (!grown)
		return error_set(err, -ENOMEM, "out of memory");
	all->at = grown;
	grown[all->n++] = p;
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct partition *x = a, *y = b;

	if (x->disk_major != y->disk_major)
		return x->disk_major < y->disk_major ? -1 : 1;
	if (x->disk_minor != y->disk_minor)
		return x->disk_minor < y->disk_minor ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int take_mount(void *context, const struct mount_line *line)
{
	struct partitions *all = context;

	if (strcmp(line->root, "/") != 0)
		return 0;
	for (size_t i = 0; i < all->n; i++)
		if (all->at[i].major == line->major && all->at[i].minor == line->minor &&
		    all->at[i].mount[0] == '\0')
			strcpy(all->at[i].mount, line->dir);
	return 0;
}

/* Where the EFI partition is mounted on demand, looking into it mounts it. */
static void wake_automounts(const struct machine *m)
{
	static const char *const dirs[] = { "/boot/.", "/boot/efi/.", "/efi/." };
	struct stat st;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && !machine_is_tree(m); i++)
		(void)stat(dirs[i], &st);
}

int partitions_read(const struct machine *m, struct error *err, struct partitions *ret)
{
	struct partitions all = { .at = NULL };
	struct dirent *d;
	DIR *dir;
	int r = 0;

	dir = machine_opendir(m, UDEV_DIR);
	if (!dir && machine_is_tree(m))
		return layout_explain(m, UDEV_DIR, -errno, err);
	if (!dir)
		return error_set(err, -errno, UDEV_DIR ": cannot open: %s: is udev running?",
				 strerror(errno));
	while (r == 0 && (d = readdir(dir)))
		r = add_device(m, d->d_name, err, &all);
	closedir(dir);
	if (r == 0)
		wake_automounts(m);
	if (r == 0)
		r = mounts_each(m, err, take_mount, &all);
	if (r < 0) {
		partitions_free(&all);
		return r;
	}
	if (all.n > 0)
		qsort(all.at, all.n, sizeof(*all.at), by_place);
	*ret = all;
	return 0;
}

const struct partition *partition_by_uuid(const struct partitions *p, const char *part_uuid)
{
	const struct partition *found = NULL;

	for (size_t i = 0; i < p->n; i++)
		if (strcasecmp(p->at[i].part_uuid, part_uuid) == 0 &&
		    (!found || (!found->mount[0] && p->at[i].mount[0])))
			found = &p->at[i];
	return found;
}

const struct partition *partition_by_mount(const struct partitions *p, const char *mount)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->at[i].mount, mount) == 0)
			return &p->at[i];
	return NULL;
}

static bool is_needed(const struct partition *p, const char *luks_uuid)
{
	return strcmp(p->mount, "/boot") == 0 || strcmp(p->mount, "/boot/efi") == 0 ||
	       strcmp(p->mount, "/efi") == 0 ||
	       (is_luks(p) && strcasecmp(p->fs_uuid, luks_uuid) == 0);
}

static bool is_same(const char *a, const char *b)
{
	return *a && strcasecmp(a, b) == 0;
}

int partitions_refuse_clones(const struct partitions *p, const char *luks_uuid, struct error *err)
{
	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->n; k++) {
			const struct partition *a = &p->at[i], *b = &p->at[k];

			if (i == k || !is_needed(a, luks_uuid) ||
			    !(is_same(a->fs_uuid, b->fs_uuid) || is_same(a->part_uuid, b->part_uuid)))
				continue;
			return error_set(err, -EOPNOTSUPP,
					 "the %s %u:%u and %u:%u have the same UUID (%s): a copy of this "
					 "disk is plugged in, and the boot may take either; unplug one of "
					 "them",
					 a->number && b->number ? "partitions" : "block devices", a->major,
					 a->minor, b->major, b->minor,
					 is_same(a->fs_uuid, b->fs_uuid) ? a->fs_uuid : a->part_uuid);
		}
	return 0;
}
