/*
 * The event that is measured into PCR 15 when the window is closed, for recomputing that PCR: H(0 ||
 * H(text)), in each bank with its own hash. The last line has no newline:
 *
 *   bootseal opened\nNAME UUID PIN\nNAME UUID PIN    the volumes whose keys were unsealed, in the anchor's
 * order; PIN in hexadecimal bootseal closed                                 when none was
 *
 * A text of more than 1024 bytes, the most that PCR_Event takes, is replaced by "bootseal opened\nsha256 HEX"
 * with its SHA-256.
 */
#ifndef SEAL_WINDOW_TEXT_H
#define SEAL_WINDOW_TEXT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "seal/anchor.h"

#define WINDOW_CLOSED_TEXT "bootseal closed"
#define WINDOW_TEXT_MAX 1024 /* bytes: TPM2B_EVENT, TPM 2.0 Part 2, 10.4.6 */

/* opened[i] says it of a->target[i]. -ENOMEM. */
int window_text(const struct anchor *a, const bool opened[static TARGET_MAX], struct buffer *ret);

#endif
