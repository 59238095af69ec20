/*
 * Where the firmware or shim loaded an image from: EFI device paths (UEFI 2.10, section 10.3) in the event
 * log.
 */
#ifndef MEASURE_LOG_DEVPATH_H
#define MEASURE_LOG_DEVPATH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"

#define DEVPATH_FILE_MAX 512

struct devpath {
	bool has_partition;          /* a hard drive node (10.3.5.1) */
	uint32_t partition;          /* its number, from 1 */
	char part_uuid[37];          /* of a GPT partition, lower case; "" otherwise */
	bool in_firmware;            /* a file of a firmware volume (10.3.5.6): from flash, on no disk */
	char file[DEVPATH_FILE_MAX]; /* with slashes: "/EFI/debian/shimx64.efi"; "": none */
};

/*
 * The path in an UEFI_IMAGE_LOAD_EVENT (Firmware Profile, 10.2.3). -EBADMSG: malformed, -EOPNOTSUPP: a file
 * name that is too long or not ASCII. An image without a path gives an empty one.
 */
int devpath_of_image(const struct reader *event_data, struct devpath *ret);

/* The nodes of a path themselves, as a boot option has them (UEFI 2.10, 3.1.3). Errors as above. */
int devpath_parse(const struct reader *nodes, struct devpath *ret);

#endif
