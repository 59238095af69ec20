/* One run of `open`, from the anchor to the report. */
#ifndef UNLOCK_RUN_H
#define UNLOCK_RUN_H

#include <stdbool.h>

#include "seal/anchor.h"
#include "unlock/match.h"
#include "unlock/result.h"
#include "unlock/target.h"
#include "unlock/tpms.h"
#include "unlock/unlock.h"

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

/*
 * keys.c: from the first TPM command to the keys of all targets. A failure that concerns all becomes the
 * outcome of every waiting target; a failure of one target is its own outcome.
 */
void run_get_keys(struct run *run);
/* Could the TPM still unlock in this boot? Yes when that is unknown. */
bool run_key_in_reach(struct run *run);

/*
 * report.c: the exit code for the targets' outcomes, and the reason for a person; the worst outcome decides.
 */
enum unlock_exit run_exit_code(const struct targets *t);
const char *run_reason(const struct targets *t);
/* Prints a line for each target and leaves the result for the installed system. */
void run_report(struct run *run);

/*
 * close.c: closes the window when neither anchor nor crypttab can be used; returns UNLOCK_FAILED or
 * UNLOCK_WINDOW.
 */
int run_close_after(const struct options *o, struct result *result);

#endif
