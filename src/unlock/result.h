/*
 * Making the boot result (seal/boot_result.h) and leaving it in the run directory.
 *
 * Written once per boot, by the first run that makes a decision (waiting for a device is none), so that
 * later manual runs do not overwrite it. Beside it: DIR/reason, the line for the person at the prompt,
 * absent when all volumes were unlocked; and DIR/prompt, the line of the last run with what to type, for a
 * splash screen.
 */
#ifndef UNLOCK_RESULT_H
#define UNLOCK_RESULT_H

#include "base/error.h"
#include "seal/boot_result.h"
#include "unlock/target.h"

struct result {
	struct boot_result record;
	double started, step_started;
};

/* Starts the clock. */
void result_begin(struct result *r, const char *command);
/* Ends a step: its time is what passed since the last step ended. */
void result_step(struct result *r, enum step step);
/* Writes reason and unlock.json, unless an earlier run of this boot has written them. */
int result_write(struct result *r, const struct targets *t, const char *dir, struct error *err);
/* The reason that an earlier run of this boot left, "" when none did. */
void result_reason(const char *dir, struct error *ret);

#endif
