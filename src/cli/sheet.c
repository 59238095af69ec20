#include "cli/sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

int sheet_check(const char *path, struct error *err)
{
	struct stat st;

	if (strcmp(path, SHEET_STDOUT) == 0)
		return isatty(STDOUT_FILENO) ? error_set(err, -ENOTTY,
							 "--sheet -: standard output is a terminal; pipe it "
							 "to a program, such as lp")
					     : 0;
	if (lstat(path, &st) == 0)
		return error_set(err, -EEXIST, "%s: is there already; a sheet replaces no file", path);
	return errno == ENOENT ? 0 : error_set(err, -errno, "%s: %s", path, strerror(errno));
}

static int end_stdout(struct error *err)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC), r = 0;

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		r = error_set(err, -errno, "/dev/null: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return r;
}

int sheet_write(const struct secret_text *page, const char *path, struct error *err)
{
	int fd, r;

	if (strcmp(path, SHEET_STDOUT) == 0) {
		fflush(stdout);
		r = secret_text_write(page, STDOUT_FILENO);
		if (r < 0)
			return error_set(err, r, "standard output: %s", strerror(-r));
		return end_stdout(err);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set(err, -errno, "%s: %s", path, strerror(errno));
	r = secret_text_write(page, fd);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r < 0) {
		unlink(path);
		error_set(err, r, "%s: %s", path, strerror(-r));
	}
	return r;
}

const char *sheet_lasts(const char *path)
{
	struct statfs fs;

	if (strcmp(path, SHEET_STDOUT) == 0 || statfs(path, &fs) < 0)
		return NULL;
	if (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC)
		return NULL;
	return "it lies on a disk: of no use where that is the encrypted one, and a key may be found on a "
	       "disk even after its file was removed; a file below /run, or a pipe ('--sheet - | lp'), stays "
	       "in memory";
}
