/*
 * The TPMs of this machine, usually one. Where there are several, their order is not reliable: the enrolled
 * one is recognized by its storage key, and the window is closed in all of them.
 */
#ifndef UNLOCK_TPMS_H
#define UNLOCK_TPMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "seal/anchor.h"
#include "seal/tpm.h"
#include "unlock/options.h"

struct tpms {
	struct tpm *tpm[TPMS_MAX]; /* the enrolled one first, if it is among them */
	size_t count;
};

#define TPMS_NONE ((struct tpms){ .count = 0 })

/*
 * Opens all of them and waits up to 3 seconds for /dev/tpm0 where ACPI lists a TPM 2.0 (ACPI name "TPM2", TCG
 * ACPI Specification 7.3). a may be NULL when there is no anchor to recognize the enrolled one by. Returns
 * -ENODEV with a message when there is no TPM;
 * -EBUSY when one exists but cannot be opened: whether it still unlocks is unknown then.
 */
int tpms_open(const struct options *o, const struct anchor *a, struct error *err, struct tpms *ret);
/* Has this TPM the storage key of the enrolment? -ENOENT: none at all; -EKEYREJECTED: another one. */
int tpms_check_enrolled(struct tpm *t, const struct anchor *a, struct error *err);
/* Fine twice. */
void tpms_close(struct tpms *t);

#endif
