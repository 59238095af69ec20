/* The cryptopts= of the kernel command line, which cryptroot reads before crypttab(5). */
#ifndef SEAL_CRYPTTAB_CMDLINE_H
#define SEAL_CRYPTTAB_CMDLINE_H

#include <stddef.h>

#include "base/error.h"
#include "seal/crypttab.h"

/*
 * Puts the cryptopts= targets of /proc/cmdline's text into the table. As in cryptroot, one cryptopts=, even
 * an empty one, replaces the table's own entries; without any the table does not change. -EBADMSG, and then
 * the table is unchanged.
 */
int crypttab_add_cmdline(const void *cmdline, size_t n, struct error *err, struct crypttab *t);

#endif
