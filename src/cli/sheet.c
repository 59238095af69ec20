#include "cli/sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

int sheet_check(const char *path, struct error *err)
{
	char dir[PATH_MAX];
	struct stat st;

	if (strcmp(path, SHEET_STDOUT) == 0)
		return isatty(STDOUT_FILENO) ? error_set(err, -ENOTTY,
							 "--sheet -: standard output is a terminal; pipe it "
							 "to a program, such as lp")
					     : 0;
	if (lstat(path, &st) == 0)
		return error_set(err, -EEXIST, "%s: is there already; a sheet replaces no file", path);
	if (errno != ENOENT)
		return error_set(err, -errno, "%s: %s", path, strerror(errno));
	if (snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir))
		return error_set(err, -ENAMETOOLONG, "%s: the name is too long", path);
	if (access(dirname(dir), W_OK | X_OK) < 0)
		return error_set(err, -errno, "%s: %s: %s", path, dir, strerror(errno));
	return 0;
}

static const char *guarded;

static void remove_and_end(int signal)
{
	unlink(guarded);
	/* it comes when this returns, and finds no handler any more (SA_RESETHAND) */
	raise(signal);
}

void sheet_guard(const char *path)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_flags = SA_RESETHAND }, before;

	if (path)
		guarded = path;
	action.sa_handler = path ? remove_and_end : SIG_DFL;
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		/* what is ignored, as after nohup, stays so */
		if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(ending[i], &action, NULL);
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
