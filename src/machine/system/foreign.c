#include "machine/system/foreign.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "machine/system/partitions.h"

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~@%+-"

/* A walk over one file system. */
struct walk {
	const struct partitions *parts;
	struct foreign *found;
	size_t root_len; /* of machine.root in path */
	char path[PATH_MAX];
	dev_t dev;
	size_t files;
	bool names; /* judged here */
};

static void note(struct walk *w, const char *why)
{
	struct foreign *f = w->found;

	f->count++;
	if (f->named_count == FOREIGN_NAMED_MAX)
		return;
	snprintf(f->named[f->named_count], sizeof(f->named[0]), "%.400s: %s", w->path + w->root_len, why);
	f->why[f->named_count] = why;
	text_make_printable(f->named[f->named_count++]);
}

/* linux-base's link_in_boot: a plain name beside it. Nothing that a menu names is reached through it. */
static bool is_kernel_link(int dir, const char *name)
{
	static const char *const links[][2] = {
		{ "vmlinuz", "vmlinuz-" },
		{ "vmlinuz.old", "vmlinuz-" },
		{ "initrd.img", "initrd.img-" },
		{ "initrd.img.old", "initrd.img-" },
	};
	char target[256];
	ssize_t n;

	n = readlinkat(dir, name, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (strcmp(name, links[i][0]) == 0)
			return strncmp(target, links[i][1], strlen(links[i][1])) == 0 &&
			       strspn(target, NAME_CHARACTERS) == strlen(target);
	return false;
}

/* NULL: it belongs there. */
static const char *judge(const struct walk *w, int dir, const char *name, const struct stat *st,
			 unsigned depth)
{
	if (S_ISLNK(st->st_mode))
		return depth == 0 && is_kernel_link(dir, name) ? NULL : "a symbolic link";
	if (S_ISBLK(st->st_mode) || S_ISCHR(st->st_mode))
		return "a device";
	if (S_ISFIFO(st->st_mode))
		return "a FIFO";
	if (S_ISSOCK(st->st_mode))
		return "a socket";
	if (S_ISREG(st->st_mode) && (st->st_mode & (S_ISUID | S_ISGID)))
		return "a set-user-ID or set-group-ID file";
	if (w->names && strspn(name, NAME_CHARACTERS) != strlen(name))
		return "a name that no package gives";
	return NULL;
}

static void look(struct walk *w, int fd, unsigned depth);

/* What is mounted there shows the directory of another file system. */
static bool is_mount(const struct walk *w, const struct stat *st)
{
	return st->st_dev != w->dev || partition_by_mount(w->parts, w->path + w->root_len);
}

/*
 * What cannot be looked at is as bad as what is found: a damaged directory must neither hide what comes after
 * it nor end the search.
 */
static void enter(struct walk *w, int dir, const char *name, unsigned depth)
{
	int fd;

	if (depth == FOREIGN_DEPTH_MAX) {
		note(w, "a directory in too many others");
		return;
	}
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		note(w, "a directory that cannot be opened");
	else
		look(w, fd, depth + 1);
}

static void look_at(struct walk *w, int dir, const char *name, unsigned depth)
{
	const char *why;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			note(w, "a file that cannot be looked at");
		return;
	}
	why = judge(w, dir, name, &st, depth);
	if (why)
		note(w, why);
	if (S_ISDIR(st.st_mode) && !is_mount(w, &st))
		enter(w, dir, name, depth);
}

/* Takes fd. */
static void look(struct walk *w, int fd, unsigned depth)
{
	size_t len = strlen(w->path);
	struct dirent *d;
	DIR *dir;

	dir = fdopendir(fd);
	if (!dir) {
		note(w, "a directory that cannot be read");
		close(fd);
		return;
	}
	while (errno = 0, (d = readdir(dir))) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (w->files++ == FOREIGN_FILES_MAX)
			note(w, "more files than a boot file system has");
		if (w->files > FOREIGN_FILES_MAX)
			break;
		if ((size_t)snprintf(w->path + len, sizeof(w->path) - len, "/%s", d->d_name) <
		    sizeof(w->path) - len)
			look_at(w, dirfd(dir), d->d_name, depth);
		else
			note(w, "a path that is too long");
		w->path[len] = '\0';
	}
	if (!d && errno != 0)
		note(w, "a directory that cannot be read to its end");
	closedir(dir);
}

bool foreign_is_boot(const char *mount)
{
	static const char *const tops[] = { "/boot", "/efi" };

	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		size_t n = strlen(tops[i]);

		if (strncmp(mount, tops[i], n) == 0 && (mount[n] == '\0' || mount[n] == '/'))
			return true;
	}
	return false;
}

static int look_through(const struct machine *m, const struct partitions *parts, const struct partition *p,
			struct error *err, struct foreign *found)
{
	struct walk w = { .parts = parts, .found = found, .root_len = strlen(m->root),
			  /* on the EFI partition Windows keeps "System Volume Information" */
			  .names = strcmp(p->mount, "/boot") == 0 };
	struct stat st;
	int fd, r;

	r = machine_path(m, p->mount, w.path);
	if (r < 0)
		return r;
	fd = machine_find(m, p->mount, O_DIRECTORY);
	if (fd >= 0)
		fd = machine_open_found(fd);
	if (fd >= 0 && fstat(fd, &st) < 0) {
		r = -errno;
		close(fd);
		fd = r;
	}
	if (fd < 0)
		return error_set(err, fd, "%s: cannot open: %s", p->mount, strerror(-fd));
	w.dev = st.st_dev;
	look(&w, fd, 0);
	return 0;
}

int foreign_find(const struct machine *m, struct error *err, struct foreign *ret)
{
	struct partitions parts = { .at = NULL };
	int r;

	*ret = (struct foreign){ .count = 0 };
	r = partitions_read(m, err, &parts);
	for (size_t i = 0; r == 0 && i < parts.n; i++)
		if (foreign_is_boot(parts.at[i].mount))
			r = look_through(m, &parts, &parts.at[i], err, ret);
	partitions_free(&parts);
	return r;
}

int foreign_refuse(const struct machine *m, struct error *err)
{
	struct foreign f;
	int r;

	r = foreign_find(m, err, &f);
	if (r < 0 || f.count == 0)
		return r;
	return error_set(err, -ECANCELED,
			 "%.400s, does not belong on a boot file system%s: it may have been put there while "
			 "the machine was off; nothing new is accepted until it is gone ('bootseal scan' "
			 "lists all)",
			 f.named[0], f.count > 1 ? ", and it is not the only one" : "");
}
