/*
 * This machine, seen under a root directory: "/" in the tool, a tree of files in the tests. Everything in
 * src/machine opens files through it, so that no test touches the machine it runs on. Nothing here prints.
 */
#ifndef MACHINE_SYSTEM_MACHINE_H
#define MACHINE_SYSTEM_MACHINE_H

#include <limits.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

#define MACHINE_STATE_DIR "/var/lib/bootseal"
#define MACHINE_RUN_DIR "/run/bootseal"

struct machine {
	char root[PATH_MAX]; /* without a trailing slash: "" is the real machine */
	char boot_id[37];    /* of this boot: /proc/sys/kernel/random/boot_id */
};

/* root: NULL for the real machine. -ENAMETOOLONG; -ENOENT where there is no boot id (no /proc). */
int machine_init(const char *root, struct error *err, struct machine *ret);

/* root + path; -ENAMETOOLONG. path is absolute. */
int machine_path(const struct machine *m, const char *path, char ret[static PATH_MAX]);

/* file_read() under the root. */
int machine_read(const struct machine *m, const char *path, size_t max, struct error *err,
		 struct buffer *ret);

#endif
