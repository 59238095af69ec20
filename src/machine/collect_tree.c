#include "machine/collect_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "hash/hash.h"
#include "machine/system/digests.h"
#include "machine/system/files.h"

#define COPY_MAX IMAGE_MAX_LEN /* of one file: a kernel */

void collect_missing(struct collect_tree *c, const char *path, const char *why)
{
	buffer_add_str(&c->missing, path);
	buffer_addf(&c->missing, ": %s\n", why);
	c->missing_count++;
}

/* The place in dir, with the directories above it. */
static int place(struct collect_tree *c, const char *path, char ret[static PATH_MAX])
{
	return file_place(c->dir, path, 0755, c->err, ret);
}

int collect_text(struct collect_tree *c, const char *path, const struct buffer *text)
{
	char to[PATH_MAX];
	int r;

	if (!buffer_ok(text))
		return error_set(c->err, -ENOMEM, "out of memory");
	r = place(c, path, to);
	return r < 0 ? r : file_replace(to, text->data, text->len, 0644, c->err);
}

/* Keeps what GRUB can ask for: content and time. */
static int copy_content(struct collect_tree *c, int fd, const char *path)
{
	struct buffer content = BUFFER_NONE;
	struct error why = ERROR_NONE;
	struct stat st;
	char to[PATH_MAX];
	int r;

	r = fstat(fd, &st) < 0 ? -errno : file_read_fd(fd, path, COPY_MAX, &why, &content);
	if (r < 0) {
		collect_missing(c, path, why.text[0] ? why.text : strerror(-r));
		return 0;
	}
	r = collect_text(c, path, &content);
	buffer_free(&content);
	if (r == 0)
		r = place(c, path, to);
	if (r == 0 && utimensat(AT_FDCWD, to, (struct timespec[]){ st.st_mtim, st.st_mtim }, 0) < 0)
		r = error_set(c->err, -errno, "%s: %s", to, strerror(errno));
	c->files += r == 0;
	return r;
}

/* Neither a link nor anything but a file is read. */
static int open_plain(struct collect_tree *c, const char *path)
{
	int fd = machine_find(c->machine, path, O_NOFOLLOW);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		close(fd);
		return -EINVAL;
	}
	return fd < 0 ? fd : machine_open_found(fd);
}

int collect_file(struct collect_tree *c, const char *path)
{
	int fd = open_plain(c, path), r;

	if (fd < 0) {
		collect_missing(c, path, strerror(-fd));
		return 0;
	}
	r = copy_content(c, fd, path);
	close(fd);
	return r;
}

static int digest_file(struct collect_tree *c, const char *path)
{
	uint8_t piece[65536], digest[SHA256_LEN];
	struct hash *h = NULL;
	struct stat st;
	uint64_t size = 0;
	ssize_t n = 0;
	int fd = open_plain(c, path), r;

	if (fd < 0) {
		collect_missing(c, path, strerror(-fd));
		return 0;
	}
	/* the disk may say of a file that it has any length */
	if (fstat(fd, &st) < 0 || st.st_size > FILE_MAX_LEN || c->digest_count >= FILES_MAX) {
		close(fd);
		collect_missing(c, path, "too long, or one file too many");
		return 0;
	}
	r = hash_new(HASH_SHA256, &h);
	while (r == 0 && (n = read(fd, piece, sizeof(piece))) > 0) {
		r = hash_update(h, piece, n);
		size += n;
	}
	if (r == 0 && n == 0)
		r = hash_final(h, digest);
	hash_free(h);
	close(fd);
	if (r < 0 || n < 0) {
		collect_missing(c, path, n < 0 ? "it cannot be read" : strerror(-r));
		return 0;
	}
	digests_add(&c->digests, path, size, digest);
	c->digest_count++;
	return 0;
}

/* Boot loaders, what they read, and kernels. */
static bool is_public(const char *path)
{
	static const char *const patterns[] = { "/boot/grub/*", "*/vmlinuz*", "*/EFI/*.efi", "*/EFI/*.cfg",
						"*/EFI/*.csv" };

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (fnmatch(patterns[i], path, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

int collect_name(struct collect_tree *c, const char *path)
{
	char to[PATH_MAX];
	int r = place(c, path, to);

	return r < 0 ? r : file_mkdir(to, 0755, c->err);
}

int collect_link(struct collect_tree *c, const char *path)
{
	char from[PATH_MAX], target[PATH_MAX], to[PATH_MAX];
	ssize_t n;
	int r;

	n = machine_path(c->machine, path, from) < 0 ? -1 : readlink(from, target, sizeof(target) - 1);
	if (n < 0) {
		collect_missing(c, path, strerror(errno));
		return 0;
	}
	target[n] = '\0';
	r = place(c, path, to);
	if (r == 0 && symlink(target, to) < 0)
		r = error_set(c->err, -errno, "%s: %s", to, strerror(errno));
	return r;
}

static int take_entry(struct collect_tree *c, const FTSENT *e)
{
	const char *path = e->fts_path + strlen(c->machine->root);

	switch (e->fts_info) {
	case FTS_D:
		return collect_name(c, path);
	case FTS_F:
		return is_public(path) && e->fts_statp->st_size <= COPY_MAX ? collect_file(c, path)
									    : digest_file(c, path);
	case FTS_SL:
	case FTS_SLNONE:
		return collect_link(c, path);
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		collect_missing(c, path, strerror(e->fts_errno));
		return 0;
	default:
		return 0;
	}
}

/* What is mounted below belongs to it. */
int collect_boot(struct collect_tree *c, const char *dir)
{
	char path[PATH_MAX];
	char *const roots[] = { path, NULL };
	FTSENT *e;
	FTS *fts;
	int r = 0;

	if (machine_path(c->machine, dir, path) < 0 || !machine_exists(c->machine, dir))
		return 0;
	fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!fts)
		return error_set(c->err, -errno, "%s: %s", dir, strerror(errno));
	while (r == 0 && (e = fts_read(fts)))
		r = take_entry(c, e);
	fts_close(fts);
	return r;
}

typedef int (*take_fn)(struct collect_tree *c, const char *path);

/* done: what its first parts stand for. */
static int take_pattern(struct collect_tree *c, const char *done, const char *rest, take_fn take)
{
	size_t n = strcspn(rest + 1, "/") + 1;
	char path[PATH_MAX], part[NAME_MAX + 1];
	struct dirent *d;
	DIR *dir;
	int r = 0;

	snprintf(part, sizeof(part), "%.*s", (int)(n - 1), rest + 1);
	if (!strpbrk(part, "*?[")) {
		if (snprintf(path, sizeof(path), "%s/%s", done, part) >= (int)sizeof(path))
			return 0;
		return rest[n] ? take_pattern(c, path, rest + n, take) : take(c, path);
	}
	dir = machine_opendir(c->machine, done);
	while (dir && r == 0 && (d = readdir(dir)))
		if (d->d_name[0] != '.' && fnmatch(part, d->d_name, 0) == 0 &&
		    snprintf(path, sizeof(path), "%s/%s", done, d->d_name) < (int)sizeof(path))
			r = rest[n] ? take_pattern(c, path, rest + n, take) : take(c, path);
	if (dir)
		closedir(dir);
	return r;
}

int collect_each(struct collect_tree *c, const char *pattern, take_fn take)
{
	return take_pattern(c, "", pattern, take);
}

int collect_file_if_there(struct collect_tree *c, const char *path)
{
	return machine_exists(c->machine, path) ? collect_file(c, path) : 0;
}

void collect_tree_free(struct collect_tree *c)
{
	buffer_free(&c->digests);
	buffer_free(&c->missing);
}
