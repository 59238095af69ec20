/* Closing the window: PCR 15 is extended (seal/window_text.h), so that the TPM releases no key of ours any more in this boot. */
#ifndef UNLOCK_WINDOW_H
#define UNLOCK_WINDOW_H

#include "seal/anchor.h"
#include "seal/tpm.h"
#include "unlock/target.h"

/*
 * Closes it and makes sure; 0 also when it was closed before. a may be NULL (no anchor could be read); t too, when no keys are in
 * hand.
 */
int window_close(struct tpm *tpm, const struct anchor *a, const struct targets *t, struct error *err);

/*
 * Opens the TPM. With no tcti it waits a little for /dev/tpm0, where ACPI lists a TPM 2.0 (ACPI name "TPM2", TCG ACPI Specification 7.3).
 * -ENODEV with words that tell the cases apart.
 */
int window_open_tpm(const char *tcti, struct error *err, struct tpm **ret);

#endif
