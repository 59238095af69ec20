/*
 * The TPMs of this machine: one, as a rule. Where somebody has added another one, which comes first is nothing to rely on: the enrolled one is
 * known by its storage key, and the window is closed in all of them.
 */
#ifndef UNLOCK_TPMS_H
#define UNLOCK_TPMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "seal/anchor.h"
#include "seal/tpm.h"
#include "unlock/unlock.h"

struct tpms {
	struct tpm *tpm[TPMS_MAX]; /* the first is the enrolled one, if any of them is */
	size_t count;
};

#define TPMS_NONE ((struct tpms){ .count = 0 })

/*
 * Opens all, waiting a little for /dev/tpm0 where ACPI lists a TPM 2.0 (ACPI name "TPM2", TCG ACPI Specification 7.3). a may be NULL when there is no
 * anchor to know the enrolled one by. -ENODEV with words when there is none; -EBUSY when there is one that cannot be asked: what it gives out
 * cannot be known then.
 */
int tpms_open(const struct options *o, const struct anchor *a, struct error *err, struct tpms *ret);
/* Fine twice. */
void tpms_close(struct tpms *t);

#endif
