#include "machine/system/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

#define THAW_AFTER_MS 10000

static int is_root_filesystem(int fd)
{
	struct stat st, root;

	if (fstat(fd, &st) < 0 || stat("/", &root) < 0)
		return -errno;
	return st.st_dev == root.st_dev;
}

/*
 * The child that thaws: it wakes when the other end of the pipe closes, which the kernel does even when the
 * parent is killed, or when the time is over. Thawing a file system that is not frozen fails with EINVAL and
 * harms nothing. A signal to the terminal's whole process group, or a service manager's to all of a service,
 * must not end it together with the parent.
 */
static pid_t start_watchdog(int fd, int pipe_fds[2])
{
	struct pollfd p;
	sigset_t all;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		setsid();
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		close(pipe_fds[1]);
		p = (struct pollfd){ .fd = pipe_fds[0], .events = POLLIN };
		poll(&p, 1, THAW_AFTER_MS);
		ioctl(fd, FITHAW, 0);
		_exit(0);
	}
	close(pipe_fds[0]);
	if (pid < 0) {
		close(pipe_fds[1]);
		return -errno;
	}
	return pid;
}

static int freeze_and_thaw(int fd)
{
	int pipe_fds[2], r = 0;
	pid_t pid;

	pid = start_watchdog(fd, pipe_fds);
	if (pid < 0)
		return pid;
	if (ioctl(fd, FIFREEZE, 0) < 0)
		r = -errno;
	if (r == 0 && ioctl(fd, FITHAW, 0) < 0 && errno != EINVAL)
		r = -errno;
	close(pipe_fds[1]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

int durable_sync(const char *dir, struct error *err)
{
	const int64_t began = log_begin();
	int fd, r = 0;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, -errno, "%s: %s", dir, strerror(errno));
	if (syncfs(fd) < 0) {
		r = error_set(err, -errno, "%s: cannot sync: %s", dir, strerror(errno));
		goto out;
	}
	r = is_root_filesystem(fd);
	if (r != 0)
		goto out;
	r = freeze_and_thaw(fd);
	/* vfat has no journal; a file system that somebody else holds frozen is as durable as it gets */
	if (r == -EOPNOTSUPP || r == -EBUSY || r == -ENOTTY)
		r = 0;
	if (r < 0)
		r = error_set(err, r, "%s: cannot freeze and thaw: %s", dir, strerror(-r));
out:
	close(fd);
	if (r >= 0)
		log_step_since(began, "synced the file system of %s", dir);
	return r > 0 ? 0 : r;
}
