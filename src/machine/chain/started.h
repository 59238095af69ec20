/*
 * The loaders that started this boot, as the event log has them: the images in PCR 4 after the firmware's
 * last "Calling EFI Application": first what the firmware itself started (shim), then what that started
 * (GRUB).
 */
#ifndef MACHINE_CHAIN_STARTED_H
#define MACHINE_CHAIN_STARTED_H

#include <stddef.h>

#include "base/error.h"
#include "measure/log/devpath.h"
#include "measure/log/eventlog.h"

struct loader {
	size_t shim_at, grub_at;       /* indices into the list of eventlog_events() */
	struct devpath shim;           /* partition and file */
	char grub_file[DEVPATH_FILE_MAX]; /* on the same partition: "/EFI/debian/grubx64.efi" */
	char grub_disk[16];            /* GRUB's name of the disk it was started from: "hd0" */
};

/* -EOPNOTSUPP with words for a boot that did not come from a disk, or not through a second loader. */
int loader_find(const struct eventlog *log, const struct event_list *events, struct error *err, struct loader *ret);

#endif
