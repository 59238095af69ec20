/* Closing the window: PCR 15 is extended (seal/window_text.h), so that the TPM releases no key of ours any more in this boot. */
#ifndef UNLOCK_WINDOW_H
#define UNLOCK_WINDOW_H

#include "seal/anchor.h"
#include "seal/tpm.h"
#include "unlock/target.h"

/* With UNLOCK_WINDOW: whoever sees that at every start has to know the way out. */
#define WINDOW_ADVICE \
	"if restarting does not help, switch the TPM off in the firmware's setup; without it the passphrase is asked for"

/*
 * Closes it and makes sure; 0 also when it was closed before. a may be NULL (no anchor could be read); t too, when no keys are in
 * hand.
 */
int window_close(struct tpm *tpm, const struct anchor *a, const struct targets *t, struct error *err);

/*
 * The same without keys in hand, as an exit code: UNLOCK_DONE; UNLOCK_WINDOW when it answers and stays open; UNLOCK_FAILED when it answers
 * nothing, after the event was sent all the same.
 */
enum unlock_exit window_shut(struct tpm *tpm, const struct anchor *a, struct error *err);

#endif
