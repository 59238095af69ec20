/*
 * Compressed initramfs archives: is it exactly one stream? Programs also accept several streams, extra fields
 * and filters, which the kernel's own code (lib/decompress*.c) reads differently or not at all. Anything that
 * the two might read differently is refused.
 */
#ifndef MEASURE_INITRD_PACKED_H
#define MEASURE_INITRD_PACKED_H

#include "base/error.h"
#include "base/reader.h"

enum packing { PACKED_GZIP, PACKED_XZ, PACKED_ZSTD, PACKED_LZ4, PACKED_LZMA };

/* Recognized by its first bytes, as in the kernel. -EBADMSG: none of the formats of initramfs-tools. */
int packed_format(const struct reader *packed, struct error *err, enum packing *ret);

/* -EBADMSG when there is more than one stream, or one that the kernel reads differently. */
int packed_check(const struct reader *packed, enum packing format, struct error *err);

/* After unpacking it to that many bytes, the only way to find several gzip streams. -EBADMSG. */
int packed_check_end(const struct reader *packed, enum packing format, uint64_t unpacked, struct error *err);

#endif
