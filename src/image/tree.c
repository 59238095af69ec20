#include "image/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/process.h"
#include "base/reader.h"
#include "image/ext4.h"

#define MAJOR 254 /* of a virtio disk, and of what is on it */
#define TIMEOUT_MS (5 * 60 * 1000)
#define PROBE_MAX 65536
#define DEPTH_MAX 8
#define FILES_MAX 20000 /* and folders; an installed /boot has about 400 */

struct tree {
	const struct image_source *source;
	const char *dir;
	struct ext4 fs;
	size_t files;
};

static int write_text(const char *dir, const char *path, const struct buffer *text, struct error *err)
{
	char to[PATH_MAX];
	int r = buffer_ok(text) ? file_place(dir, path, 0700, err, to) : -ENOMEM;

	return r < 0 ? r : file_replace(to, text->data, text->len, 0600, err);
}

/* As udev records it; it asks blkid, too. */
static int describe(const struct tree *t, const struct gpt_partition *p, struct error *err)
{
	char at[24], size[24], name[64];
	const char *argv[] = { "blkid", "-p",  "-o", "udev",         "-O", at,
			       "-S",    size,  "--", t->source->raw, NULL };
	struct buffer said = BUFFER_NONE, text = BUFFER_NONE;
	struct reader rest, line;
	int r;

	snprintf(at, sizeof(at), "%" PRIu64, p->start);
	snprintf(size, sizeof(size), "%" PRIu64, p->size);
	r = process_capture(&(struct process){ .argv = argv, .timeout_ms = TIMEOUT_MS }, PROBE_MAX, err,
			    &said);
	/* it ends with 2 where it knows nothing of what is there */
	if (r < 0 && r != -EPIPE)
		goto out;
	rest = reader_new(said.data, said.len);
	while (reader_line(&rest, &line))
		buffer_addf(&text, "E:%.*s\n", (int)line.left, (const char *)line.at);
	buffer_addf(&text,
		    "E:ID_PART_ENTRY_SCHEME=gpt\nE:ID_PART_ENTRY_NUMBER=%u\nE:ID_PART_ENTRY_DISK=%d:0\n"
		    "E:ID_PART_ENTRY_UUID=%s\n",
		    p->number, MAJOR, p->uuid);
	snprintf(name, sizeof(name), "/run/udev/data/b%d:%u", MAJOR, p->number);
	r = write_text(t->dir, name, &text, err);
out:
	buffer_free(&said);
	buffer_free(&text);
	return r;
}

static void add_mount(unsigned number, const char *where, const char *fs, struct buffer *b)
{
	buffer_addf(b, "1 1 %d:%u / %s rw - %s /dev/vda%u rw\n", MAJOR, number, where, fs, number);
}

static int write_mounts(const struct tree *t, struct error *err)
{
	const struct image_source *s = t->source;
	struct buffer b = BUFFER_NONE;
	int r;

	if (s->encrypted)
		buffer_add_str(&b, "1 1 253:0 / / rw - ext4 /dev/mapper/root rw\n");
	else
		add_mount(s->root->number, "/", "ext4", &b);
	if (s->boot)
		add_mount(s->boot->number, "/boot", "ext4", &b);
	add_mount(s->esp->number, IMAGE_TREE_ESP, "vfat", &b);
	r = write_text(t->dir, "/proc/self/mountinfo", &b, err);
	buffer_free(&b);
	return r;
}

struct folder {
	struct tree *tree;
	const char *from, *to; /* in the file system, in the tree */
	unsigned depth;
	struct error *err;
};

static int take_folder(const struct folder *f);

/* What has its place in the tree gets it as it is: a link, a folder, or a file with its time. */
static int take_entry(void *context, const struct ext4_entry *e)
{
	const struct folder *f = context;
	char from[PATH_MAX], path[PATH_MAX], to[PATH_MAX];
	struct folder below = { f->tree, from, path, f->depth + 1, f->err };

	if (strcmp(e->name, "lost+found") == 0)
		return 0;
	if (f->tree->files++ == FILES_MAX || f->depth == DEPTH_MAX)
		return error_set(f->err, -E2BIG, "%s: /boot holds too many files", f->tree->source->path);
	if (snprintf(from, sizeof(from), "%s/%s", f->from, e->name) >= PATH_MAX ||
	    snprintf(path, sizeof(path), "%s/%s", f->to, e->name) >= PATH_MAX)
		return error_set(f->err, -ENAMETOOLONG, "%s/%s: too long", f->from, e->name);
	if (S_ISDIR(e->mode))
		return take_folder(&below);
	if (!S_ISLNK(e->mode) && !S_ISREG(e->mode))
		return 0;
	if (file_place(f->tree->dir, path, 0700, f->err, to) < 0)
		return -EIO;
	return S_ISLNK(e->mode) ? ext4_copy_link(&f->tree->fs, from, to, f->err) :
				  ext4_copy_with_time(&f->tree->fs, from, e->size, to, f->err);
}

static int take_folder(const struct folder *f)
{
	char to[PATH_MAX];
	int r = file_place(f->tree->dir, f->to, 0700, f->err, to);

	if (r == 0)
		r = file_make_folder(to, 0700, f->err);
	return r < 0 ? r :
		       ext4_entries(&f->tree->fs, *f->from ? f->from : "/", take_entry, (void *)f, f->err);
}

static int take_boot(struct tree *t, struct error *err)
{
	const struct image_source *s = t->source;
	struct folder f = { t, s->boot ? "" : "/boot", "/boot", 0, err };

	t->fs = (struct ext4){ .image = s->raw, .at = s->boot ? s->boot->start : s->root->start };
	if (s->encrypted && !s->boot)
		return error_set(err, -ECANCELED, "%s: its /boot is in the encrypted root", s->path);
	return take_folder(&f);
}

static int take_esp(const struct tree *t, struct error *err)
{
	char to[PATH_MAX], image[PATH_MAX + 32];
	const char *argv[] = { "mcopy", "-s", "-n", "-Q", "-m", "-i", image, "::*", to, NULL };
	int r = file_place(t->dir, IMAGE_TREE_ESP, 0700, err, to);

	if (r == 0)
		r = file_make_folder(to, 0700, err);
	if (r < 0)
		return r;
	snprintf(image, sizeof(image), "%s@@%" PRIu64, t->source->raw, t->source->esp->start);
	r = process_run(&(struct process){ .argv = argv, .timeout_ms = TIMEOUT_MS }, err);
	return r == -ENOENT ? error_set(err, r, "mcopy is missing: 'apt install mtools'") : r;
}

int image_tree(const struct image_source *s, const char *dir, struct error *err)
{
	struct tree t = { .source = s, .dir = dir };
	int r;

	r = take_boot(&t, err);
	if (r == 0)
		r = take_esp(&t, err);
	for (size_t i = 0; i < s->gpt.count && r == 0; i++)
		r = describe(&t, &s->gpt.partition[i], err);
	return r < 0 ? r : write_mounts(&t, err);
}
