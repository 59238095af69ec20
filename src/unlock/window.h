/*
 * Closing the window: PCR 15 is extended, so that the TPM releases no key of ours any more in this boot.
 *
 * The text of the event, for a verifier who wants to recompute PCR 15 = H(0 || H(text)), has no line end behind the last line:
 *   bootseal opened\nNAME UUID PIN\nNAME UUID PIN         for the volumes whose keys were in hand, in the anchor's order
 *   bootseal closed                                      when none was
 * A text of more than 1024 bytes, the most that PCR_Event takes, is replaced by "bootseal opened\nsha256 HEX" with the text's hash.
 */
#ifndef UNLOCK_WINDOW_H
#define UNLOCK_WINDOW_H

#include "base/buffer.h"
#include "seal/anchor.h"
#include "seal/tpm.h"
#include "unlock/target.h"

#define WINDOW_CLOSED_TEXT "bootseal closed"

int window_text(const struct anchor *a, const struct targets *t, struct error *err, struct buffer *ret);

/* Closes it and makes sure. 0 also when it was closed before. a may be NULL (no anchor could be read). */
int window_close(struct tpm *tpm, const struct anchor *a, const char *text, struct error *err);

/*
 * Opens the TPM. With no tcti it waits a little for /dev/tpm0, where ACPI lists a TPM 2.0 (ACPI name "TPM2", TCG ACPI Specification 7.3).
 * -ENODEV with words that tell the cases apart.
 */
int window_open_tpm(const char *tcti, struct error *err, struct tpm **ret);

#endif
