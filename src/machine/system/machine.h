/*
 * This machine, seen under a root directory: "/" in the tool, a tree of files in the tests and with --root.
 * Everything in src/machine opens files through it, so that no test touches the machine it runs on. Nothing
 * here prints.
 *
 * In a tree, which may come from anywhere, a link leads nowhere but to another place in the tree, and what is
 * neither a file nor a directory is never opened.
 */
#ifndef MACHINE_SYSTEM_MACHINE_H
#define MACHINE_SYSTEM_MACHINE_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"

#define MACHINE_STATE_DIR "/var/lib/bootseal"
#define MACHINE_RUN_DIR "/run/bootseal"

struct machine {
	char root[PATH_MAX]; /* without a trailing slash: "" is the real machine */
	/*
	 * of this boot: /proc/sys/kernel/random/boot_id. "": a collected tree does not have to have it; no
	 * recorded verdict is of it
	 */
	char boot_id[37];
};

/* root: NULL for the real machine. -ENAMETOOLONG; -ENOENT where there is no boot id (no /proc). */
int machine_init(const char *root, struct error *err, struct machine *ret);

/*
 * For a tree that was collected from another machine, which is only read. Without a boot id it is taken, too.
 * dir "/" is a tree like any other. Errors name dir.
 */
int machine_init_collected(const char *dir, struct error *err, struct machine *ret);

static inline bool machine_is_tree(const struct machine *m)
{
	return m->root[0] != '\0';
}

/* root + path; -ENAMETOOLONG. path is absolute. To write there; to read, use what follows. */
int machine_path(const struct machine *m, const char *path, char ret[static PATH_MAX]);

/* A descriptor with O_PATH, or negative errno. flags: further ones, such as O_DIRECTORY or O_NOFOLLOW. */
int machine_find(const struct machine *m, const char *path, int flags);
/*
 * Takes a descriptor with O_PATH. A descriptor for reading when it is of a file or a directory; that same one
 * when not; or negative errno.
 */
int machine_open_found(int found);

/* file_read() under the root. -EISDIR in a tree for what is no regular file. */
int machine_read(const struct machine *m, const char *path, size_t max, struct error *err,
		 struct buffer *ret);
/* The same as a stream, for getmntent(). NULL when it cannot be opened or is longer than max bytes. */
FILE *machine_stream(const struct machine *m, const char *path, size_t max);
/* NULL with errno. */
DIR *machine_opendir(const struct machine *m, const char *path);
/* Is there something? What a link leads to counts. */
bool machine_exists(const struct machine *m, const char *path);
/* Removes a file; 0, too, when there is none. */
int machine_forget(const struct machine *m, const char *path, struct error *err);

#endif
