/*
 * The power cut, an LD_PRELOAD for the program under test: counts the calls that change what survives one
 * (files, directories, the volume's header, the TPM's NV memory and persistent keys) and kills the process
 * just before number CUT_AT; with CUT_TORN in the environment a write is done by half first. What was written
 * survives here even where it was not synced; so that order is watched apart: "UNSYNCED" in the log tells of
 * a rename over a file before its new content was synced, and of a TPM that is told something new before all
 * that was written is on the disk.
 *
 * Environment: CUT_AT, counted from 1 (0: never); CUT_TORN; CUT_LOG: a file that gets a line for each such
 * call.
 */
#include "preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Commands of TPM 2.0 part 2, 6.5.2, that change NV memory */
#define TPM_EVICT_CONTROL 0x120
#define TPM_NV_UNDEFINE_SPACE 0x122
#define TPM_NV_DEFINE_SPACE 0x12a
#define TPM_NV_WRITE 0x137

static unsigned long count;

static void note(const char *what, const char *detail)
{
	preload_note("CUT_LOG", count, what, detail);
}

/* True when the next thing is to die. */
static bool reached(const char *what, const char *detail)
{
	count++;
	note(what, detail);
	return count == number("CUT_AT");
}

static void die(void)
{
	kill(getpid(), SIGKILL);
}

static void boundary(const char *what, const char *detail)
{
	if (reached(what, detail))
		die();
}

/* Files with content, and directories with names, that are not synced. */
#define DIRTY_MAX 32
static char dirty[DIRTY_MAX][512];

static void make_dirty(const char *path)
{
	size_t room = DIRTY_MAX;

	for (size_t i = 0; i < DIRTY_MAX; i++) {
		if (strcmp(dirty[i], path) == 0)
			return;
		if (dirty[i][0] == '\0' && room == DIRTY_MAX)
			room = i;
	}
	if (room == DIRTY_MAX)
		abort();
	snprintf(dirty[room], sizeof(dirty[room]), "%s", path);
}

static void make_dir_dirty(const char *path)
{
	char dir[512];

	snprintf(dir, sizeof(dir), "%s", path);
	*strrchr(dir, '/') = '\0';
	make_dirty(dir);
}

static void make_clean(const char *path)
{
	for (size_t i = 0; i < DIRTY_MAX; i++)
		if (strcmp(dirty[i], path) == 0)
			dirty[i][0] = '\0';
}

static bool is_dirty(const char *path)
{
	for (size_t i = 0; i < DIRTY_MAX; i++)
		if (dirty[i][0] && (!path || strcmp(dirty[i], path) == 0)) {
			note("UNSYNCED", dirty[i]);
			return true;
		}
	return false;
}

static const char *name_of(int fd)
{
	return preload_name_of("/proc", fd);
}

static bool is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) || S_ISDIR(st.st_mode));
}

/* A whole command goes out in one write. */
static void tpm_boundary(int fd, const void *data, size_t n)
{
	const uint8_t *c = data;
	struct stat st;
	uint32_t code;

	if (n < 10 || c[0] != 0x80 || (c[1] != 1 && c[1] != 2) || fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode))
		return;
	code = (uint32_t)c[6] << 24 | (uint32_t)c[7] << 16 | (uint32_t)c[8] << 8 | c[9];
	if (code == TPM_NV_WRITE)
		is_dirty(NULL);
	if (code == TPM_EVICT_CONTROL)
		boundary("tpm", "EvictControl");
	else if (code == TPM_NV_UNDEFINE_SPACE)
		boundary("tpm", "NV_UndefineSpace");
	else if (code == TPM_NV_DEFINE_SPACE)
		boundary("tpm", "NV_DefineSpace");
	else if (code == TPM_NV_WRITE)
		boundary("tpm", "NV_Write");
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t n)
{
	if (is_file(fd)) {
		if (reached("write", name_of(fd))) {
			if (number("CUT_TORN"))
				REAL(write)(fd, data, n / 2);
			die();
		}
		make_dirty(name_of(fd));
	} else {
		tpm_boundary(fd, data, n);
	}
	return REAL(write)(fd, data, n);
}

ssize_t send(int fd, const void *data, size_t n, int flags)
{
	tpm_boundary(fd, data, n);
	return REAL(send)(fd, data, n, flags);
}

static ssize_t cut_pwrite(int fd, const void *data, size_t n, off64_t at)
{
	if (is_file(fd) && reached("pwrite", name_of(fd))) {
		if (number("CUT_TORN"))
			REAL(pwrite64)(fd, data, n / 2, at);
		die();
	}
	if (is_file(fd))
		make_dirty(name_of(fd));
	return REAL(pwrite64)(fd, data, n, at);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
	return cut_pwrite(fd, data, n, at);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
	return cut_pwrite(fd, data, n, at);
}

int fsync(int fd)
{
	boundary("fsync", name_of(fd));
	make_clean(name_of(fd));
	return REAL(fsync)(fd);
}

int fdatasync(int fd)
{
	boundary("fdatasync", name_of(fd));
	make_clean(name_of(fd));
	return REAL(fdatasync)(fd);
}

int mkostemp(char *template, int flags)
{
	boundary("create", template);
	return REAL(mkostemp)(template, flags);
}

int mkostemp64(char *template, int flags)
{
	boundary("create", template);
	return REAL(mkostemp64)(template, flags);
}

int rename(const char *from, const char *to)
{
	is_dirty(from);
	boundary("rename", to);
	make_dir_dirty(to);
	return REAL(rename)(from, to);
}

int unlink(const char *path)
{
	boundary("unlink", path);
	return REAL(unlink)(path);
}

int mkdir(const char *path, mode_t mode)
{
	boundary("mkdir", path);
	return REAL(mkdir)(path, mode);
}

int fchmod(int fd, mode_t mode)
{
	boundary("fchmod", name_of(fd));
	return REAL(fchmod)(fd, mode);
}

int ftruncate(int fd, off_t n)
{
	boundary("ftruncate", name_of(fd));
	return REAL(ftruncate)(fd, n);
}

int ftruncate64(int fd, off64_t n)
{
	boundary("ftruncate", name_of(fd));
	return REAL(ftruncate64)(fd, n);
}
