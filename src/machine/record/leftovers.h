/* Temporary files that a power cut or a kill left in our directories. */
#ifndef MACHINE_RECORD_LEFTOVERS_H
#define MACHINE_RECORD_LEFTOVERS_H

#include "machine/system/machine.h"

/*
 * Removes the regular files that file_replace() (base/file.h) makes on the way to the files of ours that are
 * written under the lock of state_lock(), which the caller holds: no other run is writing one. Best effort.
 */
void leftovers_sweep(const struct machine *m);

#endif
