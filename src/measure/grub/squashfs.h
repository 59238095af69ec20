/*
 * One file out of a squashfs 4.0 image that is compressed with xz, as the memdisk of GRUB 2.12 is. The
 * format: Linux, fs/squashfs/squashfs_fs.h and Documentation/filesystems/squashfs.rst.
 */
#ifndef MEASURE_GRUB_SQUASHFS_H
#define MEASURE_GRUB_SQUASHFS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/reader.h"

bool squashfs_is(const struct reader *disk);

/*
 * name: in the root directory. -ENOENT; -EFBIG: longer than max; -EOPNOTSUPP: another version or
 * compressor; -EBADMSG: malformed.
 */
int squashfs_read_file(const struct reader *disk, const char *name, size_t max, struct error *err,
		       struct buffer *ret);

#endif
