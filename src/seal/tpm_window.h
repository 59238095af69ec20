/* Closing the window: PCR 15 is extended. */
#ifndef SEAL_TPM_WINDOW_H
#define SEAL_TPM_WINDOW_H

#include <stdbool.h>

#include "base/error.h"
#include "seal/policy.h"
#include "seal/tpm.h"

/*
 * Closes the window: PCR_Event(15, text) under a salted session, then PCR 15 is read back. -EIO when it did
 * not change, whatever the TPM said.
 *
 * keys: keys of this boot are in hand. Then only an authentic answer counts: whoever sits on the bus could
 * forge any other, keep the window open and have the key asked for once more. Without keys the event is
 * sent unprotected where the SRK is missing, is not srk (which may be NULL) or the salted one fails,
 * because a window that a fault keeps open is worse; and a PCR 15 that is not zero is left alone. The event
 * is the text without its NUL, at most its first 1024 bytes (TPM2B_EVENT).
 */
int tpm_close_window(struct tpm *t, const struct tpm_name *srk, const char *text, bool keys,
		     struct error *err);

#endif
