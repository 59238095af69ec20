/*
 * Closing the window: PCR 15 is extended (seal/window_text.h), so that the TPM does not unlock again in this
 * boot.
 */
#ifndef UNLOCK_WINDOW_H
#define UNLOCK_WINDOW_H

#include "base/exit_code.h"
#include "seal/anchor.h"
#include "seal/tpm.h"
#include "unlock/target.h"

/* Said with UNLOCK_WINDOW: anyone who sees it at every start must know the way out. */
#define WINDOW_ADVICE \
	"if this repeats, disable the TPM in the firmware and use the passphrase"

/*
 * Closes the window and verifies it; 0 also when it was closed before. a may be NULL (no anchor could be
 * read), and so may t (no keys in memory).
 */
int window_close(struct tpm *tpm, const struct anchor *a, const struct targets *t, struct error *err);

/*
 * The same without keys in memory, as an exit code: UNLOCK_DONE; UNLOCK_WINDOW when the TPM answers and the
 * window stays open; UNLOCK_FAILED when the TPM does not answer; the event was sent anyway.
 */
enum unlock_exit window_shut(struct tpm *tpm, const struct anchor *a, struct error *err);

#endif
