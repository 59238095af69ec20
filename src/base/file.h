/* Whole files: read bounded, replaced atomically. Errors name the path. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/error.h"

/* -EFBIG when the file is longer than max bytes; -EISDIR and friends as open() and read() say. */
int file_read(const char *path, size_t max, struct error *err, struct buffer *ret);
int file_read_fd(int fd, const char *name, size_t max, struct error *err, struct buffer *ret);

/*
 * Writes beside the file, fsyncs, renames over it and fsyncs the directory: after a power cut the file has
 * the old content or the new one. The directory must exist.
 */
int file_replace(const char *path, const void *data, size_t n, mode_t mode, struct error *err);

bool file_exists(const char *path);

/* mkdir -p for one level: 0 also when the directory exists. */
int file_mkdir(const char *path, mode_t mode, struct error *err);

/*
 * The same for a place whose content somebody else chose: -ELOOP where a link, which could lead anywhere, or
 * a file has that name already.
 */
int file_make_folder(const char *path, mode_t mode, struct error *err);
/* dir + path, which begins with a slash; the folders between them are made in this way. */
int file_place(const char *dir, const char *path, mode_t mode, struct error *err, char ret[static PATH_MAX]);

/* rm -rf, but for what it may not remove. Follows no link. */
void file_remove_tree(const char *path);

#endif
