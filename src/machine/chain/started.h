/*
 * The images that started this boot, as the event log has them: those in PCR 4 after the firmware's last
 * "Calling EFI Application". The first is what the firmware itself started: shim, or a boot loader. Where it
 * is shim, the second is the boot loader; otherwise it is what the loader started, which its model knows.
 */
#ifndef MACHINE_CHAIN_STARTED_H
#define MACHINE_CHAIN_STARTED_H

#include <stddef.h>

#include "base/error.h"
#include "measure/log/devpath.h"
#include "measure/log/eventlog.h"

#define STARTED_MAX 2
#define SHIM_STARTS "grubx64.efi" /* from its own folder: DEFAULT_LOADER of shim */

struct started {
	char part_uuid[37]; /* the partition that all of them come from */
	struct started_image {
		size_t at; /* index into the list of eventlog_events() */
		char file[DEVPATH_FILE_MAX]; /* "/EFI/debian/shimx64.efi" */
	} image[STARTED_MAX];
	size_t n;
};

/* The first image. -EOPNOTSUPP with words for a boot that did not come from a file on a GPT partition. */
int started_find(const struct eventlog *log, const struct event_list *events, struct error *err,
		 struct started *ret);
/* Adds the second. -EOPNOTSUPP with words when there is none, or not from a file of the same partition. */
int started_find_second(const struct eventlog *log, const struct event_list *events, struct error *err,
			struct started *s);

#endif
