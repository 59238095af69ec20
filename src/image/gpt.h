/* The partition table of a disk image: GPT (UEFI 2.10, 5.3), sectors of 512 bytes. */
#ifndef IMAGE_GPT_H
#define IMAGE_GPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define GPT_SECTOR	512u
#define GPT_ENTRIES_MAX 128

enum gpt_kind {
	GPT_OTHER,
	GPT_ESP,
	GPT_BIOS_BOOT, /* GRUB's, for machines without UEFI */
	GPT_LVM,
};

struct gpt_partition {
	unsigned number; /* from 1 */
	enum gpt_kind kind;
	uint64_t start, size; /* bytes */
	char uuid[37];	      /* of the partition itself, lower case */
};

struct gpt {
	struct gpt_partition partition[GPT_ENTRIES_MAX]; /* by number */
	size_t count;
};

/*
 * Reads and checks the first of both tables. -ENODATA: the image has none; -EBADMSG: it is damaged or of
 * another shape.
 */
int gpt_read(int fd, struct error *err, struct gpt *ret);

#endif
