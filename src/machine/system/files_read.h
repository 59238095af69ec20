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

/* A descriptor, for reading when it is a file or a directory and for fstat() only when not; or negative errno. */
int files_open(const struct machine *m, const char *base, const char *path);

/*
 * Reads it once, hashing it. ret_bytes: the content (malloc'ed) when the file is small, when it is a program
 * image or when `keep` asks for it; NULL otherwise.
 */
int files_read(const struct machine *m, const char *base, const char *path, bool keep, struct error *err,
	       struct stat *ret_st, uint8_t ret_digest[static SHA256_LEN], uint8_t **ret_bytes);

#endif
