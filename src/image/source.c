#include "image/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/process.h"
#include "image/ext4.h"
#include "seal/json.h"

#define INFO_MAX	   (1u << 20)
#define INFO_TIMEOUT_MS	   60000
#define CONVERT_TIMEOUT_MS (2 * 60 * 60 * 1000)
#define PROBE_LEN	   0x10048 /* the magic of btrfs ends here */

static int join(char ret[static PATH_MAX], const char *folder, const char *name, struct error *err)
{
	return snprintf(ret, PATH_MAX, "%s%s", folder, name) < PATH_MAX ?
		       0 :
		       error_set(err, -ENAMETOOLONG, "%s: too long", folder);
}

static void empty_folder(const char *path, bool keep_console)
{
	DIR *d = opendir(path);
	char name[PATH_MAX];
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    !(keep_console && strcmp(e->d_name, "console") == 0) &&
		    snprintf(name, sizeof(name), "%s/%s", path, e->d_name) < PATH_MAX)
			file_remove_tree(name);
	if (d)
		closedir(d);
}

/* One of our own, where temporary files are: nothing is written beside an image that is only looked at. */
static int make_folder(struct image_source *s, struct error *err)
{
	const char *base = getenv("TMPDIR");
	int r = join(s->work, base && *base ? base : "/var/tmp", "/bootseal-XXXXXX", err);

	if (r == 0 && !mkdtemp(s->work))
		r = error_set(err, -errno, "%s: cannot create the directory: %s", s->work, strerror(errno));
	return r;
}

static int take_folder(struct image_source *s, bool look, struct error *err)
{
	int r = look ? make_folder(s, err) : join(s->work, s->path, ".bootseal", err);

	if (r == 0 && !look)
		r = file_mkdir(s->work, 0700, err);
	if (r < 0)
		return r;
	s->lock = open(s->work, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s->lock < 0)
		return error_set(err, -errno, "%s: %s", s->work, strerror(errno));
	if (flock(s->lock, LOCK_EX | LOCK_NB) < 0) {
		/* the folder is the other's: image_source_end() must not empty it */
		close(s->lock);
		s->lock = -1;
		return error_set(err, -EBUSY, "%s: another run works on this image", s->path);
	}
	empty_folder(s->work, false);
	return 0;
}

/* What a later step would lose without a word is refused here. */
static int judge_info(struct image_source *s, struct json_object *info, struct error *err)
{
	const char *format = json_member_word(info, "format", IMAGE_FORMAT_MAX - 1);
	struct json_object *snapshots = json_member_list(info, "snapshots");
	bool encrypted = false;

	if (!format || !json_member_number(info, "virtual-size", INT64_MAX, &s->size))
		return error_set(err, -EBADMSG, "%s: qemu-img says nothing about it", s->path);
	snprintf(s->format, sizeof(s->format), "%s", format);
	if (strcmp(format, "raw") != 0 && strcmp(format, "qcow2") != 0 && strcmp(format, "vpc") != 0)
		return error_set(err, -ECANCELED,
				 "%s: is a %s; convert it to raw, qcow2 or vpc (VHD) with 'qemu-img convert'",
				 s->path, format);
	if (json_has(info, "backing-filename"))
		return error_set(
			err, -ECANCELED,
			"%s: is an overlay of another image; 'qemu-img convert' makes one that stands alone",
			s->path);
	if (snapshots && json_list_len(snapshots) > 0)
		return error_set(err, -ECANCELED,
				 "%s: holds snapshots, which would stay unencrypted; 'qemu-img snapshot -d' "
				 "removes them",
				 s->path);
	if (json_member_bool(info, "encrypted", &encrypted) && encrypted)
		return error_set(err, -ECANCELED, "%s: is encrypted by QEMU", s->path);
	return 0;
}

#define VHD_COOKIE "conectix" /* Microsoft's Virtual Hard Disk Image Format Specification 1.0 */
#define VHD_FOOTER_LEN 512

/* qemu-img finds a VHD by what a dynamic one has at its beginning, and takes a fixed one for raw. */
static bool is_fixed_vhd(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char first[8] = "", last[8] = "";
	struct stat st;
	bool fixed;

	fixed = fd >= 0 && fstat(fd, &st) == 0 && st.st_size > VHD_FOOTER_LEN &&
		pread(fd, first, sizeof(first), 0) == (ssize_t)sizeof(first) &&
		pread(fd, last, sizeof(last), st.st_size - VHD_FOOTER_LEN) == (ssize_t)sizeof(last) &&
		memcmp(first, VHD_COOKIE, sizeof(first)) != 0 && memcmp(last, VHD_COOKIE, sizeof(last)) == 0;
	if (fd >= 0)
		close(fd);
	return fixed;
}

static int read_info(struct image_source *s, const char *format, struct error *err)
{
	const char *argv[] = { "qemu-img", "info", "--output=json", "--", s->path, NULL, NULL };
	const char *named[] = { "qemu-img", "info", "--output=json", "-f", format, "--", s->path, NULL };
	struct json_object *info = NULL;
	struct buffer said = BUFFER_NONE;
	int r;

	r = process_capture(&(struct process){ .argv = format ? named : argv, .timeout_ms = INFO_TIMEOUT_MS },
			    INFO_MAX, err, &said);
	if (r == 0)
		r = json_read(buffer_str(&said), said.len, err, &info);
	if (r == 0)
		r = judge_info(s, info, err);
	json_free(info);
	buffer_free(&said);
	return r;
}

static int unpack(struct image_source *s, struct error *err)
{
	const char *argv[] = { "qemu-img", "convert", "-f",    s->format, "-O",
			       "raw",	   "--",      s->path, s->raw,	  NULL };
	int r;

	if (strcmp(s->format, "raw") == 0)
		return join(s->raw, s->path, "", err);
	r = join(s->raw, s->work, "/source", err);
	return r < 0 ? r :
		       process_run(&(struct process){ .argv = argv, .timeout_ms = CONVERT_TIMEOUT_MS }, err);
}

enum content { OTHER, EXT, LUKS, BTRFS, XFS, PHYSICAL_VOLUME };

static enum content content_of(int fd, const struct gpt_partition *p)
{
	uint8_t b[PROBE_LEN];

	if (p->size < sizeof(b) || pread(fd, b, sizeof(b), (off_t)p->start) != (ssize_t)sizeof(b))
		return OTHER;
	if (memcmp(b, IMAGE_LUKS_MAGIC, 6) == 0)
		return LUKS;
	if (b[0x438] == 0x53 && b[0x439] == 0xef)
		return EXT;
	if (memcmp(b + 0x10040, "_BHRfS_M", 8) == 0)
		return BTRFS;
	if (memcmp(b, "XFSB", 4) == 0)
		return XFS;
	return memcmp(b + 512, "LABELONE", 8) == 0 ? PHYSICAL_VOLUME : OTHER;
}

static struct ext4 file_system(const struct image_source *s, const struct gpt_partition *p)
{
	return (struct ext4){ .image = s->raw, .at = p->start };
}

/* Versions of kernels, of which the newest counts. */
struct kernels {
	const struct ext4 *fs;
	const char *folder;
	char *newest;
	size_t size;
};

static int add_kernel(void *context, const char *name)
{
	struct kernels *k = context;
	char initrd[512];

	if (strncmp(name, "vmlinuz-", 8) != 0 || strverscmp(name + 8, k->newest) <= 0 ||
	    strlen(name + 8) >= k->size)
		return 0;
	snprintf(initrd, sizeof(initrd), "%s/initrd.img-%s", k->folder, name + 8);
	if (ext4_has(k->fs, initrd))
		snprintf(k->newest, k->size, "%s", name + 8);
	return 0;
}

static bool find_kernel(struct image_source *s, const struct gpt_partition *p, const char *folder)
{
	struct ext4 fs = file_system(s, p);
	struct kernels k = { .fs = &fs, .folder = folder, .newest = s->kernel, .size = sizeof(s->kernel) };
	size_t before = strlen(s->kernel);

	ext4_list(&fs, folder[0] ? folder : "/", add_kernel, &k, NULL);
	return strlen(s->kernel) > before;
}

static void look_at(struct image_source *s, const struct gpt_partition *p, enum content c)
{
	struct ext4 fs = file_system(s, p);

	if (p->kind == GPT_ESP) {
		s->esp = p;
	} else if (c == LUKS && !s->root) {
		s->root = p;
		s->encrypted = true;
	} else if (c == EXT && ext4_has(&fs, "/etc/fstab")) {
		s->root = p;
		s->encrypted = false;
		find_kernel(s, p, "/boot");
	} else if (c == EXT && !s->boot && find_kernel(s, p, "")) {
		s->boot = p;
	}
}

/* What a root that was not found may be. */
static const char *word_for(enum content c)
{
	switch (c) {
	case BTRFS:
		return "a btrfs";
	case XFS:
		return "an XFS";
	case PHYSICAL_VOLUME:
		return "a volume of LVM";
	default:
		return NULL;
	}
}

static int find_parts(struct image_source *s, int fd, struct error *err)
{
	const char *other = NULL;
	enum content c;

	for (size_t i = 0; i < s->gpt.count; i++) {
		c = content_of(fd, &s->gpt.partition[i]);
		look_at(s, &s->gpt.partition[i], c);
		if (word_for(c))
			other = word_for(c);
	}
	if (!s->root && other)
		return error_set(err, -ECANCELED,
				 "%s: its root is %s; only ext4 can be encrypted in an image", s->path,
				 other);
	if (!s->root)
		return error_set(err, -ECANCELED, "%s: no partition of it is an ext4 with a system in it",
				 s->path);
	if (!s->esp)
		return error_set(err, -ECANCELED, "%s: has no EFI system partition; bootseal needs UEFI",
				 s->path);
	return 0;
}

static int read_disk(struct image_source *s, struct error *err)
{
	int fd = open(s->raw, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return error_set(err, -errno, "%s: %s", s->raw, strerror(errno));
	r = gpt_read(fd, err, &s->gpt);
	if (r < 0)
		error_prefix(err, r = r == -ENODATA ? -ECANCELED : r, "%s", s->path);
	else
		r = find_parts(s, fd, err);
	close(fd);
	return r;
}

static int begin(const char *path, const char *format, bool look, struct error *err, struct image_source *ret)
{
	struct stat st;
	int r;

	*ret = (struct image_source){ .lock = -1 };
	r = join(ret->path, path, "", err);
	if (r == 0 && stat(path, &st) < 0)
		r = error_set(err, -errno, "%s: %s", path, strerror(errno));
	if (r == 0 && !S_ISREG(st.st_mode))
		r = error_set(err, -EINVAL, "%s: is no file", path);
	if (r == 0)
		r = take_folder(ret, look, err);
	ret->is_fixed = r == 0 && (!format || strcmp(format, "vpc") == 0) && is_fixed_vhd(path);
	if (r == 0)
		r = read_info(ret, ret->is_fixed ? "vpc" : format, err);
	if (r == 0)
		r = unpack(ret, err);
	return r == 0 ? read_disk(ret, err) : r;
}

int image_source_begin(const char *path, const char *format, struct error *err, struct image_source *ret)
{
	return begin(path, format, false, err, ret);
}

int image_source_look(const char *path, const char *format, struct error *err, struct image_source *ret)
{
	return begin(path, format, true, err, ret);
}

void image_source_end(struct image_source *s, bool keep_console)
{
	if (s->lock < 0)
		return;
	empty_folder(s->work, keep_console);
	rmdir(s->work);
	close(s->lock);
	s->lock = -1;
}

int image_source_kernel(const struct image_source *s, struct error *err)
{
	struct ext4 fs = file_system(s, s->boot ? s->boot : s->root);
	const char *folder = s->boot ? "" : "/boot";
	char from[PATH_MAX], to[PATH_MAX];
	int r = 0;

	for (int i = 0; i < 2 && r == 0; i++) {
		snprintf(from, sizeof(from), "%s/%s-%s", folder, i ? "initrd.img" : "vmlinuz", s->kernel);
		r = join(to, s->work, i ? "/initrd.img" : "/vmlinuz", err);
		if (r == 0)
			r = ext4_copy_out(&fs, from, to, err);
	}
	return r;
}
