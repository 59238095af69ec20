/*
 * A log as another machine of the same kind would have it: what the firmware did is kept, and the boot loader
 * came from another disk. For a prediction of a machine that has never been started.
 */
#ifndef MEASURE_LOG_EVENTLOG_RESTART_H
#define MEASURE_LOG_EVENTLOG_RESTART_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/reader.h"
#include "measure/log/eventlog.h"

struct eventlog_start {
	uint32_t partition;	  /* of the disk, from 1 */
	const char *part_uuid;	  /* GPT: 36 characters */
	const char *first, *next; /* files on it, "/EFI/BOOT/BOOTX64.EFI"; next: what shim starts, or NULL */
};

/*
 * log: the bytes that l was parsed from; image: the event of eventlog_events() that is the first boot loader.
 * What that and its successors measured into the PCRs of files and command lines (4, 8, 9, 11 to 13) is left
 * out. The digest of the loader is as it was. -EOPNOTSUPP for a log in the SHA-1 format.
 */
int eventlog_restart(const struct reader *log, const struct eventlog *l, size_t image,
		     const struct eventlog_start *s, struct error *err, struct buffer *ret);

#endif
