#include "machine/system/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "machine/system/layout.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"
#define TRIES 16 /* of an openat2() that something on the way was renamed under */

int machine_path(const struct machine *m, const char *path, char ret[static PATH_MAX])
{
	if (snprintf(ret, PATH_MAX, "%s%s", m->root, path) >= PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}

/* openat2(2): links end in root; those of /proc that lead to a file itself are refused. */
static int find_in_tree(const char *root, const char *path, int flags)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | flags,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int base, fd = -1;

	base = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (base < 0)
		return -errno;
	for (int tries = 0; tries < TRIES; tries++) {
		fd = syscall(SYS_openat2, base, path, &how, sizeof(how));
		fd = fd < 0 ? -errno : fd;
		if (fd != -EAGAIN)
			break;
	}
	close(base);
	return fd;
}

int machine_find(const struct machine *m, const char *path, int flags)
{
	int fd;

	if (machine_is_tree(m))
		return find_in_tree(m->root, path, flags);
	fd = open(path, O_PATH | O_CLOEXEC | flags);
	return fd < 0 ? -errno : fd;
}

/*
 * To open a device does something, a watchdog for one, and to open a FIFO waits: what is found is looked at
 * first, and only files and directories are opened.
 */
int machine_open_found(int found)
{
	char path[64];
	struct stat st;
	int fd;

	if (fstat(found, &st) < 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return found;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", found);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		fd = errno == ENOENT ? -EIO : -errno; /* it is there, so /proc is not */
	close(found);
	return fd;
}

/* A regular file of a tree, opened for reading. */
static int open_file(const struct machine *m, const char *path, size_t max, struct error *err, int *ret)
{
	struct stat st;
	int fd, r = 0;

	fd = machine_find(m, path, 0);
	if (fd >= 0)
		fd = machine_open_found(fd);
	if (fd < 0)
		return layout_explain(m, path, fd, err);
	if (fstat(fd, &st) < 0)
		r = error_set(err, -errno, "%s%s: cannot stat: %s", m->root, path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		r = error_set(err, -EISDIR, "%s%s: not a regular file", m->root, path);
	else if (st.st_size > 0 && (uint64_t)st.st_size > max)
		r = error_set(err, -EFBIG, "%s%s: longer than %zu bytes", m->root, path, max);
	if (r < 0)
		close(fd);
	else
		*ret = fd;
	return r;
}

int machine_read(const struct machine *m, const char *path, size_t max, struct error *err, struct buffer *ret)
{
	char full[PATH_MAX];
	int fd, r;

	r = machine_path(m, path, full);
	if (r < 0)
		return error_set(err, r, "%s: path too long", path);
	if (!machine_is_tree(m))
		return file_read(full, max, err, ret);
	r = open_file(m, path, max, err, &fd);
	if (r < 0)
		return r;
	r = file_read_fd(fd, full, max, err, ret);
	close(fd);
	return r;
}

FILE *machine_stream(const struct machine *m, const char *path, size_t max)
{
	FILE *f;
	int fd;

	if (!machine_is_tree(m))
		return fopen(path, "re");
	if (open_file(m, path, max, NULL, &fd) < 0)
		return NULL;
	f = fdopen(fd, "r");
	if (!f)
		close(fd);
	return f;
}

DIR *machine_opendir(const struct machine *m, const char *path)
{
	DIR *dir;
	int fd;

	if (!machine_is_tree(m))
		return opendir(path);
	fd = machine_find(m, path, O_DIRECTORY);
	if (fd >= 0)
		fd = machine_open_found(fd);
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

bool machine_exists(const struct machine *m, const char *path)
{
	int fd = machine_find(m, path, 0);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

int machine_forget(const struct machine *m, const char *path, struct error *err)
{
	char full[PATH_MAX];
	int r;

	r = machine_path(m, path, full);
	if (r == 0 && unlink(full) < 0 && errno != ENOENT)
		r = error_set(err, -errno, "%s: cannot remove: %s", path, strerror(errno));
	return r;
}

/* The boot id of a machine whose root is set. */
static int read_boot_id(struct machine *m, struct error *err)
{
	struct buffer id = BUFFER_NONE;
	size_t n;
	int r;

	r = machine_read(m, BOOT_ID_PATH, 64, err, &id);
	if (r < 0)
		return r;
	n = strcspn(buffer_str(&id), "\n");
	if (n == sizeof(m->boot_id) - 1)
		memcpy(m->boot_id, id.data, n);
	else
		r = error_set(err, -EBADMSG, "%s" BOOT_ID_PATH ": not a boot id", m->root);
	buffer_free(&id);
	return r;
}

int machine_init(const char *root, struct error *err, struct machine *ret)
{
	struct machine m = { .root = "" };
	size_t n = root ? strlen(root) : 0;
	int r;

	while (n > 0 && root[n - 1] == '/')
		n--;
	if (n >= sizeof(m.root))
		return error_set(err, -ENAMETOOLONG, "%s: path too long", root);
	if (n > 0)
		memcpy(m.root, root, n);
	r = read_boot_id(&m, err);
	if (r == 0)
		*ret = m;
	return r;
}

int machine_init_collected(const char *dir, struct error *err, struct machine *ret)
{
	struct machine m = { .boot_id = "" };
	struct stat st;
	int r;

	if (!realpath(dir, m.root))
		return error_set(err, -errno, "%s: cannot open: %s", dir, strerror(errno));
	if (stat(m.root, &st) < 0 || !S_ISDIR(st.st_mode))
		return error_set(err, -ENOTDIR, "%s: not a directory", dir);
	/* the root without its slash is no tree */
	if (strcmp(m.root, "/") == 0)
		strcpy(m.root, "/.");
	r = read_boot_id(&m, err);
	if (r < 0 && r != -ENOENT && r != -ENOTDIR)
		return r;
	*ret = m;
	return 0;
}
