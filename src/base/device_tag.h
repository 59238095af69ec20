/*
 * "UUID=..." and its like, as fstab(5) and crypttab(5) name devices: any disk can carry what they name.
 */
#ifndef BASE_DEVICE_TAG_H
#define BASE_DEVICE_TAG_H

#include <stdbool.h>
#include <stddef.h>

/* Is it UUID=, LABEL=, PARTUUID=, PARTLABEL= or ID=? */
bool device_tag_is(const char *spec);

/*
 * The path below /dev/disk that udev makes of a tag, with its encoding of the value (blkid_encode_string() of
 * util-linux); anything else stays as it is. False when it is longer than size.
 */
bool device_tag_path(const char *spec, char *ret, size_t size);

#endif
