#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

/* What the kernel and udev say of devices is read in many small pieces, and is the same each time. */
static bool is_of_device(const char *name)
{
	return strncmp(name, "/sys/dev/", 9) == 0 || strncmp(name, "/sys/class/", 11) == 0 ||
	       strncmp(name, "/run/udev/", 10) == 0;
}

int file_read_fd(int fd, const char *name, size_t max, struct error *err, struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;
	uint8_t chunk[16384];
	ssize_t n;
	int r = 0;

	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			r = error_set(err, -errno, "%s: cannot read: %s", name, strerror(errno));
			goto out;
		}
		if (n == 0)
			break;
		if ((size_t)n > max - b.len) {
			r = error_set(err, -EFBIG, "%s: longer than %zu bytes", name, max);
			goto out;
		}
		buffer_add(&b, chunk, n);
		if (!buffer_ok(&b)) {
			r = error_set(err, -ENOMEM, "%s: out of memory", name);
			goto out;
		}
	}
	if (!is_of_device(name))
		log_step("read %s, %zu bytes", name, b.len);
	*ret = b;
	b = BUFFER_NONE;
out:
	buffer_free(&b);
	return r;
}

int file_read(const char *path, size_t max, struct error *err, struct buffer *ret)
{
	int fd, r;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_set(err, -errno, "%s: cannot open: %s", path, strerror(errno));
	r = file_read_fd(fd, path, max, err, ret);
	close(fd);
	return r;
}

static int write_all(int fd, const void *data, size_t n)
{
	const uint8_t *p = data;
	ssize_t w;

	while (n > 0) {
		w = write(fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		p += w;
		n -= w;
	}
	return 0;
}

static int fsync_dir_of(const char *path)
{
	char copy[PATH_MAX];
	int fd, r = 0;

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return -ENAMETOOLONG;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		r = -errno;
	close(fd);
	return r;
}

int file_replace(const char *path, const void *data, size_t n, mode_t mode, struct error *err)
{
	const int64_t began = log_begin();
	char tmp[PATH_MAX];
	int fd, r;

	if (snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path) >= (int)sizeof(tmp))
		return error_set(err, -ENAMETOOLONG, "%s: path too long", path);
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return error_set(err, -errno, "%s: cannot write: %s", path, strerror(errno));
	r = write_all(fd, data, n);
	if (r == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(tmp, path) < 0)
		r = -errno;
	if (r < 0) {
		unlink(tmp);
		return error_set(err, r, "%s: cannot write: %s", path, strerror(-r));
	}
	r = fsync_dir_of(path);
	if (r < 0)
		return error_set(err, r, "%s: written, but its directory cannot be synced: %s", path,
				 strerror(-r));
	log_step_since(began, "wrote %s, %zu bytes", path, n);
	return 0;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

int file_mkdir(const char *path, mode_t mode, struct error *err)
{
	if (mkdir(path, mode) == 0 || errno == EEXIST)
		return 0;
	return error_set(err, -errno, "%s: cannot create the directory: %s", path, strerror(errno));
}

int file_make_folder(const char *path, mode_t mode, struct error *err)
{
	struct stat st;
	int r = file_mkdir(path, mode, err);

	if (r == 0 && (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode)))
		r = error_set(err, -ELOOP, "%s: is a link or a file, where a directory has to be", path);
	return r;
}

int file_place(const char *dir, const char *path, mode_t mode, struct error *err, char ret[static PATH_MAX])
{
	int n = snprintf(ret, PATH_MAX, "%s%s", dir, path), r = 0;

	if (n < 0 || n >= PATH_MAX)
		return error_set(err, -ENAMETOOLONG, "%s: the path is too long", path);
	for (char *slash = strchr(ret + strlen(dir) + 1, '/'); slash && r == 0;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		r = file_make_folder(ret, mode, err);
		*slash = '/';
	}
	return r;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	remove(path);
	return 0;
}

void file_remove_tree(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
