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

struct run {
	const struct options *o;
	struct anchor anchor;
	struct targets targets;
	struct tpms tpms;
	bool tpm_unknown; /* a TPM exists but cannot be opened */
	bool pcrs_read;
	struct match match;
	struct result result;
};

#endif
