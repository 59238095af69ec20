/* What the chain of this machine must know of each boot loader: one row, in chain_loader.c, for each. */
#ifndef MACHINE_CHAIN_CHAIN_LOADER_H
#define MACHINE_CHAIN_CHAIN_LOADER_H

#include <stdbool.h>

#include "machine/chain/chain.h"
#include "measure/boot/loader.h"

/* A setting of the distribution that makes entries start Linux without an initrd, and how it is undone. */
struct chain_initrd_switch {
	const char *name; /* "GRUB_FORCE_PARTUUID" */
	const char *file; /* where we switch it off: a file of ours */
	/* Is it on? In which file, as a path on the machine. */
	bool (*find)(const struct machine *m, char ret_file[static PATH_MAX]);
	/* Writes our file and the menu again. On an error nothing is left of it. */
	int (*switch_off)(const struct machine *m, struct error *err);
	/*
	 * Removes our file and writes the menu again. 1: done; 0: there was none; -EIO: the file is gone, but
	 * the menu could not be written.
	 */
	int (*restore)(const struct machine *m, struct error *err);
};

struct chain_loader {
	const struct boot_loader *model;
	const char *component; /* of its image's section .sbat, for its version */
	bool without_shim;     /* the model holds also where the firmware itself starts its image */
	/*
	 * Called when the images and all else of the chain are there: fills model.own, keeps what is its own
	 * in c->own. free: fine when load failed or was not called.
	 */
	int (*load)(struct chain *c, struct error *err);
	void (*free)(struct chain *c);
	/*
	 * Without an event log: the n-th guess of what only the log tells, as the number of a disk; fills
	 * model.own anew. -ENOENT past the last.
	 */
	int (*guess)(struct chain *c, unsigned n, struct error *err);
	/* See chain_locate(). */
	int (*locate)(const struct chain *c, const char *device, size_t device_len, const char **ret_base);
	/* Those that are lists end with NULL. */
	/* changed by hand, when no hook runs: hooks/systemd/bootseal-reseal.path */
	const char *const *watched;
	const char *const *synced;   /* in the file systems that it reads without replaying a journal */
	const struct chain_initrd_switch *initrd_switch; /* NULL: there is no such setting */
	const char *const *settings; /* where its owner writes kernel options; a directory ends with "/" */
};

/* Row n; NULL past the last. */
const struct chain_loader *chain_loader_at(size_t n);
/* Is this, the first image of a boot, that of a loader that needs no shim before it? */
bool chain_loader_is_first(const struct sb_image *image);
/* The row of that image. -EOPNOTSUPP with words for one that is not modelled. */
int chain_loader_find(const struct sb_image *image, struct error *err, const struct chain_loader **ret);

#endif
