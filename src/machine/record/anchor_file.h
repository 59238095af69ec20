/* The anchor (seal/anchor.h) as the installed system has it, from where each initrd gets its copy. */
#ifndef MACHINE_RECORD_ANCHOR_FILE_H
#define MACHINE_RECORD_ANCHOR_FILE_H

#include "base/error.h"
#include "machine/system/machine.h"
#include "seal/anchor.h"

/* Writes ANCHOR_PATH as a whole or not at all, durably. -EINVAL and others of anchor_format(). */
int anchor_save(const struct machine *m, const struct anchor *a, struct error *err);

#endif
