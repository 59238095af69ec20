/* What is mounted where: /proc/self/mountinfo, proc(5). */
#ifndef MACHINE_SYSTEM_MOUNTS_H
#define MACHINE_SYSTEM_MOUNTS_H

#include <limits.h>
#include <stddef.h>

#include "base/error.h"
#include "machine/system/machine.h"

#define MOUNTS_TABLE "/proc/self/mountinfo"

struct mount_line {
	unsigned major, minor; /* major 0: of no device; btrfs gives each subvolume a number of its own */
	char root[PATH_MAX];   /* what of the file system is mounted: "/" is all of it */
	char dir[PATH_MAX];    /* where, unescaped */
	char options[256];     /* of this mount, "rw,nosuid" */
	char fs[32];           /* "vfat"; "" when the line does not say, like the next */
	char source[256];      /* "/dev/vda1", "tmpfs" */
};

/* proc(5): space, tab, newline and backslash stand as \ooo, in /proc/swaps too. In place. */
void mounts_unescape(char *s);

/* In the table's order; a nonzero return of `each` ends it and is returned. -ENOENT without a table. */
int mounts_each(const struct machine *m, struct error *err,
		int (*each)(void *context, const struct mount_line *line), void *context);
/* For each of n paths the one that shows it, of the innermost the last. -ENOENT: / is not in the table. */
int mounts_find(const struct machine *m, const char *const *paths, size_t n, struct error *err,
		struct mount_line *ret);

#endif
