/* Rebuilding the initrds of every installed kernel, by the distribution's own update-initramfs. */
#ifndef MACHINE_INITRDS_H
#define MACHINE_INITRDS_H

#include <stdbool.h>

#include "base/error.h"
#include "machine/system/machine.h"

/*
 * update-initramfs -u -k all. vouch: record each initrd that changed in the manifest, since it was made in
 * this run. Our own hooks, which it calls, stay still meanwhile (BOOTSEAL_ENROLLING). The caller holds the
 * lock. -EIO with the end of what it printed.
 */
int initrds_rebuild(const struct machine *m, bool vouch, struct error *err);

#endif
