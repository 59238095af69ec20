/* Other ways into the enrolled volumes than the TPM's policy: warnings of a forecast. */
#ifndef MACHINE_FORECAST_WAYS_H
#define MACHINE_FORECAST_WAYS_H

#include "machine/forecast_notes.h"
#include "machine/transaction.h"

/*
 * Keyslots of the enrolled volumes that a program of somebody else's opens without a passphrase. -ENOMEM.
 */
int forecast_warn_of_keys(const struct enrolled *e, struct forecast_note **list, size_t *n);

/* The emergency mode of a system whose root needs no password. -ENOMEM. */
int forecast_warn_of_password(const struct machine *m, struct forecast_note **list, size_t *n);

/* Does this kernel command line have the initramfs restart where it would start a shell (panic=)? */
bool forecast_restarts(const char *cmdline);

#endif
