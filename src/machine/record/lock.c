#include "machine/record/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

int state_lock(const struct machine *m, int timeout_ms, struct error *err, int *ret_fd)
{
	struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	const int64_t began = log_begin();
	char path[PATH_MAX];
	int fd, r;

	r = machine_path(m, MACHINE_RUN_DIR, path);
	if (r == 0)
		r = file_mkdir(path, 0755, err);
	if (r == 0)
		r = machine_path(m, LOCK_PATH, path);
	if (r < 0)
		return r;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set(err, -errno, "%s: cannot open: %s", path, strerror(errno));
	for (;; timeout_ms -= 50) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			*ret_fd = fd;
			log_step_since(began, "locked %s", path);
			return 0;
		}
		if (errno != EWOULDBLOCK && errno != EINTR) {
			r = error_set(err, -errno, "%s: cannot lock: %s", path, strerror(errno));
			close(fd);
			return r;
		}
		if (timeout_ms <= 0)
			break;
		nanosleep(&pause, NULL);
	}
	close(fd);
	return error_set(err, -EBUSY, "%s: bootseal is already running; try again when it has finished",
			 path);
}
