/*
 * Files of an ext4 file system that lies somewhere in an image, read by debugfs(8) of e2fsprogs: this host
 * may have no driver for it, and a foreign file system is nothing to mount as root.
 */
#ifndef IMAGE_EXT4_H
#define IMAGE_EXT4_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct ext4 {
	const char *image; /* a raw one; borrowed */
	uint64_t at;	   /* where it begins, bytes */
};

#define EXT4_NAME_MAX 256

/* Calls each() with the name of everything in a folder but "." and "..". -ENOENT: no such folder. */
int ext4_list(const struct ext4 *fs, const char *folder, int (*each)(void *context, const char *name),
	      void *context, struct error *err);

struct ext4_entry {
	char name[EXT4_NAME_MAX];
	unsigned mode; /* as in stat(2) */
	uint64_t size; /* bytes; of a file and a link */
};

/* The same with what they are. */
int ext4_entries(const struct ext4 *fs, const char *folder,
		 int (*each)(void *context, const struct ext4_entry *e), void *context, struct error *err);

/* Is there a file or folder of that name? False, too, where it cannot be read. */
bool ext4_has(const struct ext4 *fs, const char *path);
/* Writes a file's content to `target` on this host. */
int ext4_copy_out(const struct ext4 *fs, const char *path, const char *target, struct error *err);
/* A file of `size` bytes with the time of its last change. */
int ext4_copy_with_time(const struct ext4 *fs, const char *path, uint64_t size, const char *target,
			struct error *err);
/* Makes a link at `target` that leads where the one in the file system leads. */
int ext4_copy_link(const struct ext4 *fs, const char *path, const char *target, struct error *err);

#endif
