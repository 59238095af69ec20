/*
 * Unpacks an initrd: uncompressed cpio archives (microcode), then a compressed one, as the kernel reads it.
 */
#ifndef MACHINE_TRUST_INITRD_H
#define MACHINE_TRUST_INITRD_H

#include "base/error.h"
#include "base/reader.h"
#include "measure/initrd/cpio.h"

#define INITRD_UNPACKED_MAX ((uint64_t)4 << 30) /* bytes */

/*
 * Every file to the sink, in order. The compressed part must be one stream and the end, and goes through its
 * own program (gzip, zstd, xz, lz4). -EBADMSG: not an initrd; -EFBIG; -ENOENT: the program is not installed;
 * or what the sink returned.
 */
int initrd_unpack(const struct reader *initrd, const struct cpio_sink *sink, struct error *err);

/*
 * The same of a file, from where it is on, and read no further than the sink wants it. What follows the
 * compressed stream is not looked at.
 */
int initrd_unpack_file(int fd, const struct cpio_sink *sink, struct error *err);

#endif
