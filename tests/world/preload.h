/* What the LD_PRELOADs of cut.c and fault.c have in common; included once by each. */
#ifndef TESTS_PRELOAD_H
#define TESTS_PRELOAD_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline unsigned long number(const char *name)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 10) : 0;
}

/*
 * A line for the file that the variable `log` names: system calls, for they come from within the calls that
 * are counted.
 */
static inline void preload_note(const char *log, unsigned long count, const char *what, const char *detail)
{
	const char *path = getenv(log);
	char line[512];
	int fd, n;

	fd = path ? syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
	if (fd < 0)
		return;
	n = snprintf(line, sizeof(line), "%lu %s %.400s\n", count, what, detail);
	syscall(SYS_write, fd, line, n);
	syscall(SYS_close, fd);
}

/* proc: where the kernel's own /proc is; the program may run in a tree that has another one. */
static inline const char *preload_name_of(const char *proc, int fd)
{
	static char name[512];
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "%s/self/fd/%d", proc, fd);
	n = readlink(link, name, sizeof(name) - 1);
	name[n < 0 ? 0 : n] = '\0';
	return name;
}

#endif
