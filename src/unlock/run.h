/* One run of `open`, from the anchor to the report. */
#ifndef UNLOCK_RUN_H
#define UNLOCK_RUN_H

#include <stdbool.h>

#include "seal/anchor.h"
#include "unlock/match.h"
#include "unlock/result.h"
#include "unlock/target.h"
#include "unlock/tpms.h"
#include "unlock/options.h"

/* The PIN, as it was typed, and what is made of it (unlock/pin.h). */
struct pin_use {
	struct secret typed, stretched;
	int read; /* 0, or what was wrong with reading it */
	struct pin_salt salt; /* of stretched */
	struct error prompt;  /* the question, where there is one */
};

struct run {
	const struct options *o;
	struct anchor anchor;
	struct targets targets;
	struct tpms tpms;
	bool tpm_unknown; /* a TPM exists but cannot be opened */
	bool pcrs_read;
	struct match match;
	struct pin_use pin;
	bool asks; /* the PIN has to be asked for: nothing is decided */
	struct result result;
};

#endif
