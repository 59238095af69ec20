/*
 * Faults of the system, an LD_PRELOAD for the program under test: the call number FAULT_AT of those that
 * change files, directories or the volume's header fails with FAULT_ERRNO and the program lives on; with
 * FAULT_STAY every one after it fails too, as on a full or read-only disk. With FAULT_SHORT a write is done
 * by half first. FAULT_READS: those that read files and directories instead. FAULT_SIGNAL: that signal comes
 * instead. FAULT_WHERE: only what lies below these directories, which ":" parts, counts. A full disk (ENOSPC)
 * lets go what needs no room. FAULT_LOG: a file that gets a line for each such call. FAULT_TIME: what the
 * clock says, seconds since 1970. FAULT_HURRY: no pauses.
 */
#include "preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static unsigned long count;

static bool is_below(const char *where, const char *path)
{
	size_t n;

	for (; *where; where += n + (where[n] == ':')) {
		n = strcspn(where, ":");
		if (strncmp(path, where, n) == 0 && path[n] == '/')
			return true;
	}
	return false;
}

static bool needs_room(const char *what)
{
	return strstr(what, "write") || strcmp(what, "create") == 0 || strcmp(what, "mkdir") == 0;
}

/* True when this call is to fail; errno says how. */
static bool fails(const char *what, const char *detail)
{
	unsigned long at = number("FAULT_AT");
	const char *where = getenv("FAULT_WHERE");
	char text[64];
	bool hit;

	if ((where && !is_below(where, detail)) || (number("FAULT_ERRNO") == ENOSPC && !needs_room(what)))
		return false;
	count++;
	hit = at && (count == at || (count > at && number("FAULT_STAY")));
	snprintf(text, sizeof(text), "%s%s", hit ? "FAULT " : "", what);
	preload_note("FAULT_LOG", count, text, detail);
	if (hit && number("FAULT_SIGNAL"))
		kill(getpid(), number("FAULT_SIGNAL"));
	if (hit)
		errno = number("FAULT_ERRNO");
	return hit;
}

static bool is_write(void)
{
	return !number("FAULT_READS");
}

static const char *name_of(int fd)
{
	return preload_name_of("/host-proc", fd);
}

static bool is_file(int fd)
{
	struct stat st;

	/* what is printed is another matter */
	return fd > STDERR_FILENO && fstat(fd, &st) == 0 &&
	       (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) || S_ISDIR(st.st_mode));
}

ssize_t write(int fd, const void *data, size_t n)
{
	if (is_write() && is_file(fd) && fails("write", name_of(fd))) {
		if (number("FAULT_SHORT") && n > 1)
			return REAL(write)(fd, data, n / 2);
		return -1;
	}
	return REAL(write)(fd, data, n);
}

static ssize_t faulty_pwrite(int fd, const void *data, size_t n, off64_t at)
{
	if (is_write() && is_file(fd) && fails("pwrite", name_of(fd))) {
		if (number("FAULT_SHORT") && n > 1)
			return REAL(pwrite64)(fd, data, n / 2, at);
		return -1;
	}
	return REAL(pwrite64)(fd, data, n, at);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
	return faulty_pwrite(fd, data, n, at);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
	return faulty_pwrite(fd, data, n, at);
}

ssize_t read(int fd, void *data, size_t n)
{
	if (!is_write() && is_file(fd) && fails("read", name_of(fd)))
		return -1;
	return REAL(read)(fd, data, n);
}

ssize_t pread(int fd, void *data, size_t n, off_t at)
{
	if (!is_write() && is_file(fd) && fails("pread", name_of(fd)))
		return -1;
	return REAL(pread)(fd, data, n, at);
}

ssize_t pread64(int fd, void *data, size_t n, off64_t at)
{
	if (!is_write() && is_file(fd) && fails("pread", name_of(fd)))
		return -1;
	return REAL(pread64)(fd, data, n, at);
}

int fsync(int fd)
{
	return is_write() && fails("fsync", name_of(fd)) ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
	return is_write() && fails("fdatasync", name_of(fd)) ? -1 : REAL(fdatasync)(fd);
}

int syncfs(int fd)
{
	return is_write() && fails("syncfs", name_of(fd)) ? -1 : REAL(syncfs)(fd);
}

int mkostemp(char *template, int flags)
{
	return is_write() && fails("create", template) ? -1 : REAL(mkostemp)(template, flags);
}

int mkostemp64(char *template, int flags)
{
	return is_write() && fails("create", template) ? -1 : REAL(mkostemp64)(template, flags);
}

int rename(const char *from, const char *to)
{
	return is_write() && fails("rename", to) ? -1 : REAL(rename)(from, to);
}

int unlink(const char *path)
{
	return is_write() && fails("unlink", path) ? -1 : REAL(unlink)(path);
}

int mkdir(const char *path, mode_t mode)
{
	struct stat st;

	/* what is there already is found out before the disk is asked */
	if (is_write() && stat(path, &st) < 0 && fails("mkdir", path))
		return -1;
	return REAL(mkdir)(path, mode);
}

int fchmod(int fd, mode_t mode)
{
	return is_write() && fails("fchmod", name_of(fd)) ? -1 : REAL(fchmod)(fd, mode);
}

static int faulty_open(const char *path, int flags, mode_t mode)
{
	bool writes = flags & (O_WRONLY | O_RDWR | O_CREAT);
	struct stat st;

	/* devices and sockets have faults of their own */
	if (writes == is_write() &&
	    (stat(path, &st) < 0 ? flags & O_CREAT : S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) &&
	    fails(writes ? "open for writing" : "open",
		  strncmp(path, "/proc/self/fd/", 14) == 0 ? name_of(atoi(path + 14)) : path))
		return -1;
	return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return faulty_open(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return faulty_open(path, flags | O_LARGEFILE, mode);
}

time_t time(time_t *ret)
{
	struct timespec t;

	if (getenv("FAULT_TIME"))
		t.tv_sec = strtoll(getenv("FAULT_TIME"), NULL, 10);
	else
		syscall(SYS_clock_gettime, CLOCK_REALTIME, &t);
	if (ret)
		*ret = t.tv_sec;
	return t.tv_sec;
}

int nanosleep(const struct timespec *pause, struct timespec *left)
{
	return getenv("FAULT_HURRY") ? 0 : REAL(nanosleep)(pause, left);
}
