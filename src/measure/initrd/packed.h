/*
 * Compressed initramfs archives: is there one stream and nothing else? The programs that unpack them take several streams one after another,
 * extra fields and filters, which the kernel's own code (lib/decompress*.c) reads as something else or not at all. What is not certain to be the
 * same for both is refused.
 */
#ifndef MEASURE_INITRD_PACKED_H
#define MEASURE_INITRD_PACKED_H

#include "base/error.h"
#include "base/reader.h"

enum packing { PACKED_GZIP, PACKED_XZ, PACKED_ZSTD, PACKED_LZ4, PACKED_LZMA };

/* By its first bytes, as the kernel goes by them. -EBADMSG: by none that initramfs-tools and we know. */
int packed_format(const struct reader *packed, struct error *err, enum packing *ret);

/* -EBADMSG with words when there is more than one stream, or a thing in it that the kernel takes otherwise. */
int packed_check(const struct reader *packed, enum packing format, struct error *err);

/* After it was unpacked to that many bytes: gzip tells its streams apart in no other way. -EBADMSG. */
int packed_check_end(const struct reader *packed, enum packing format, uint64_t unpacked, struct error *err);

#endif
