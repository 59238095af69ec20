/*
 * The images that started this boot, as the event log has them: those in PCR 4 after the firmware's last
 * "Calling EFI Application": first what the firmware itself started (shim), then what that started (the boot
 * loader).
 */
#ifndef MACHINE_CHAIN_STARTED_H
#define MACHINE_CHAIN_STARTED_H

#include <stddef.h>

#include "base/error.h"
#include "measure/log/devpath.h"
#include "measure/log/eventlog.h"

#define STARTED_MAX 2

struct started {
	char part_uuid[37]; /* the partition that all of them come from */
	struct started_image {
		size_t at; /* index into the list of eventlog_events() */
		char file[DEVPATH_FILE_MAX]; /* "/EFI/debian/shimx64.efi" */
	} image[STARTED_MAX];
	size_t n;
};

/* -EOPNOTSUPP with words for a boot that did not come from a disk, or not through a second loader. */
int started_find(const struct eventlog *log, const struct event_list *events, struct error *err, struct started *ret);

#endif
