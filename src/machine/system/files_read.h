/* Opening and reading for struct files; nothing else uses it. base and path as in machine/system/files.h. */
#ifndef MACHINE_SYSTEM_FILES_READ_H
#define MACHINE_SYSTEM_FILES_READ_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/error.h"
#include "hash/hash.h"
#include "machine/system/machine.h"

/* The path on the running system, without the root; malloc'ed, NULL when there is no memory. */
char *files_name(const char *base, const char *path);

/*
 * A descriptor, for reading when it is a file or a directory and for fstat() only when not; or negative
 * errno.
 */
int files_open(const struct machine *m, const char *base, const char *path);

/* Of the file, or of what the tree has only the digest of. Negative errno. */
int files_fstat(const struct machine *m, const char *base, const char *path, struct stat *ret);

/* malloc'ed */
struct files_room {
	uint8_t *bytes;
	size_t len;
};

struct files_request {
	const struct machine *machine;
	const char *base, *path;
	bool keep; /* the content is wanted, whatever it is */
	bool from_memory; /* files_only_from_memory() */
	/*
	 * Asked before more than FILE_SMALL_LEN bytes are kept: 0, or negative errno, which ends the reading.
	 * It may give memory that is not used any more; otherwise *ret stays as it is. NULL: always room.
	 */
	int (*room)(void *context, size_t n, struct files_room *ret);
	void *context;
};

struct files_content {
	struct stat st;
	uint8_t digest[SHA256_LEN];
	/* where the file is small, a program image or to be kept; bytes is NULL otherwise */
	struct files_room content;
};

/*
 * Reads it once, hashing it. -EAGAIN: files_only_from_memory(). -EFBIG before a byte of it is read, where it
 * is too long. What the tree has only the digest of (digests.h) is -ENODATA where its content is wanted.
 */
int files_read(const struct files_request *q, struct error *err, struct files_content *ret);

#endif
