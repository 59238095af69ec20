/* The disks of this machine as GRUB sees them, with the files on those that are mounted. */
#ifndef MACHINE_CHAIN_DEVICES_H
#define MACHINE_CHAIN_DEVICES_H

#include "base/error.h"
#include "machine/system/files.h"
#include "machine/chain/started.h"
#include "machine/system/partitions.h"
#include "measure/grub/grub.h"

#define DISKS_MAX 64

struct devices {
	struct grub_device *at; /* owned; `files` is the mount point, NULL when it is not mounted */
	size_t n;
	char (*name)[32];
	char boot_device[32]; /* the ESP: "hd0,gpt1" */
	struct grub_files files; /* hand this to the model; context is the struct files given to devices_new */
};

/*
 * The disk of the ESP (number as in the log), and that of /boot when it is another. Disks that the log does
 * not tell of are not here: GRUB finds its files by UUID, and theirs are others. parts must live as long.
 */
int devices_new(const struct partitions *parts, const struct partition *esp, const struct loader *loader,
		const struct event_list *events, struct files *files, struct error *err, struct devices *ret);
void devices_free(struct devices *d);

/* NULL when there is none of that name ("hd0,gpt2"). */
const struct grub_device *devices_find(const struct devices *d, const char *name, size_t name_len);

#endif
