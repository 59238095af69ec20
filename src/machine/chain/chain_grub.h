/* GRUB's part of a chain: its image, the disks as it sees them, its files. */
#ifndef MACHINE_CHAIN_CHAIN_GRUB_H
#define MACHINE_CHAIN_CHAIN_GRUB_H

#include "machine/chain/chain_grub_devices.h"
#include "machine/chain/chain_loader.h"
#include "measure/grub/image.h"

/* What struct chain's `own` points to. */
struct chain_grub {
	struct grub_machine machine; /* model.own */
	struct grub_devices devices;
	struct grub_image image;
	char disk[16];                   /* GRUB's name of the disk it was started from: "hd0" */
	char boot_dir[DEVPATH_FILE_MAX]; /* that of its image: "/EFI/debian" */
};

extern const struct chain_loader chain_grub;

#endif
