/*
 * The files of the boot chain, each read and hashed once in a run: later questions are answered from memory.
 *
 * A file is named by the mount point of its file system and the path in it, as a boot loader sees it:
 * symbolic links stay inside that file system, and what is mounted on top of its directories does not show.
 * base NULL: an ordinary path of the system.
 */
#ifndef MACHINE_SYSTEM_FILES_H
#define MACHINE_SYSTEM_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/reader.h"
#include "hash/hash.h"
#include "machine/system/machine.h"

/*
 * Whoever has the disk chooses how many and how long its files are; none of these is reached by what packages
 * and hooks make. What does not fit is -EFBIG before it is read.
 */
#define FILES_MAX 4096              /* files in one run */
#define FILES_READ_MAX (8ull << 30) /* bytes of all of them, read in one run */
#define FILES_HELD_MAX (768u << 20) /* bytes in memory at a time */
#define FILE_MAX_LEN (512u << 20)   /* bytes of one: an initrd */
#define IMAGE_MAX_LEN (128u << 20)  /* of a program: a kernel, a boot loader */
#define FILE_SMALL_LEN (256u << 10) /* stays in memory once it was read */

struct file_facts {
	char *path; /* on the running system, without the root: "/boot/vmlinuz-6.1.0-56-amd64" */
	struct stat st;
	uint8_t sha256[SHA256_LEN];
};

struct files; /* the cache; one for a run */
struct input; /* one of its files: the handle that later questions are asked with; valid until files_free() */
struct manifest;

int files_new(const struct machine *m, struct files **ret);
/*
 * Authenticode digests in the manifest are taken for files that have the SHA-256 that stands beside them, and
 * not computed again. Borrowed, as m is.
 */
void files_know(struct files *f, const struct manifest *known);
void files_limit_reading(struct files *f, uint64_t max); /* instead of FILES_READ_MAX */
/*
 * What was written a moment ago is read from the page cache only: a disk, which may be the attacker's, is not
 * asked what it was given. A file of which a part has left it is -EAGAIN.
 */
void files_only_from_memory(struct files *f);
void files_free(struct files *f); /* fine on NULL */

/* Reads and hashes at the first call. -ENOENT, -EISDIR (not a regular file), -EFBIG (too long, see above). */
int files_input(struct files *f, const char *base, const char *path, struct error *err, struct input **ret);
const struct file_facts *input_facts(const struct input *i);
/*
 * The bytes, those that were hashed. Valid until the input_done() that belongs to this call, or files_free();
 * without one a kernel or an initrd stays in memory.
 */
int input_bytes(struct input *i, struct error *err, struct reader *ret);
void input_done(struct input *i);
/* Authenticode digest of an EFI image. -EBADMSG: it is none. */
int input_authenticode(struct input *i, struct error *err, uint8_t ret[static SHA256_LEN]);
/* Has it the content of that ordinary file of the system? False also when there is no such file. */
bool input_same_as(const struct input *i, const char *path);

/* The same for one question about a file. */
int files_facts(struct files *f, const char *base, const char *path, struct error *err,
		const struct file_facts **ret);
/* Valid until files_free(). */
int files_bytes(struct files *f, const char *base, const char *path, struct error *err, struct reader *ret);
/* No hashing. Asked once a run. */
int files_stat(struct files *f, const char *base, const char *path, struct stat *ret);
/* Names in a directory, as readdir() gives them. */
int files_list(struct files *f, const char *base, const char *path,
	       int (*each)(void *context, const char *name), void *context);

/*
 * Are all of them still what was hashed, and those absent that were absent? A file whose inode, size, mtime
 * and ctime are as they were is not read again; any other is hashed again. -ESTALE naming the first that
 * changed.
 */
int files_still_same(struct files *f, struct error *err);

#endif
