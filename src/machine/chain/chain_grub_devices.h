/* The disks of this machine as GRUB sees them, with the files on those that are mounted. */
#ifndef MACHINE_CHAIN_CHAIN_GRUB_DEVICES_H
#define MACHINE_CHAIN_CHAIN_GRUB_DEVICES_H

#include "base/error.h"
#include "machine/chain/chain.h"
#include "measure/grub/grub.h"

#define DISKS_MAX 64

struct grub_devices {
	struct grub_device *at; /* owned; `files` is the mount point, NULL when it is not mounted */
	size_t n;
	char (*name)[32];
	char boot_device[32]; /* the ESP: "hd0,gpt1" */
	/* hand this to the model; context is the struct files given to grub_devices_new */
	struct grub_files files;
};

/* GRUB's name of the disk it was started from, by its own events after the image at `from`: "hd0". */
void grub_disk_find(const struct event_list *events, size_t from, char ret[static 16]);

/*
 * The disk of the ESP, which is `disk`, and that of /boot when it is another. Disks that the log does not
 * tell of are not here: GRUB finds its files by UUID, and theirs are others. c must live as long.
 */
int grub_devices_new(const struct chain *c, const char *disk, struct error *err, struct grub_devices *ret);
void grub_devices_free(struct grub_devices *d);

/* NULL when there is none of that name ("hd0,gpt2"). */
const struct grub_device *grub_devices_find(const struct grub_devices *d, const char *name, size_t name_len);

#endif
