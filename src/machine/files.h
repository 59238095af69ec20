/*
 * The files of the boot chain, each read and hashed once in a run: later questions are answered from memory.
 *
 * Digests stay; contents are kept only of files up to FILES_KEEP_MAX bytes (configurations), others are mapped again
 * when they are asked for.
 */
#ifndef MACHINE_FILES_H
#define MACHINE_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/reader.h"
#include "hash/hash.h"
#include "machine/machine.h"

#define FILES_MAX 4096                    /* files in one run */
#define FILE_MAX_LEN ((uint64_t)1 << 31)  /* bytes: no kernel or initrd comes near */

struct file_facts {
	char *path; /* on the running system, without the root: "/boot/vmlinuz-6.1.0-56-amd64" */
	uint64_t size;
	uint8_t sha256[SHA256_LEN];
	bool is_pe; /* starts with "MZ" and is well formed; then: */
	uint8_t authenticode[SHA256_LEN];
};

struct files; /* the cache; one for a run */

int files_new(const struct machine *m, struct files **ret);
void files_free(struct files *f); /* fine on NULL */

/* Reads and hashes at the first call. -ENOENT, -EISDIR (not a regular file), -EFBIG. Valid until files_free(). */
int files_facts(struct files *f, const char *path, struct error *err, const struct file_facts **ret);
/* The bytes that were hashed; valid until files_free(). */
int files_bytes(struct files *f, const char *path, struct error *err, struct reader *ret);
/* stat() once a run, no hashing. */
int files_stat(struct files *f, const char *path, struct stat *ret);

/*
 * Are all of them still what was hashed? A file whose inode, size, mtime and ctime are as they were is not read again; any
 * other is hashed again. -ESTALE naming the first that changed.
 */
int files_still_same(struct files *f, struct error *err);

#endif
