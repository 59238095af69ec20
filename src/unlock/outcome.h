/* The outcome of a run: as an exit code, in words, and as the result for the installed system. */
#ifndef UNLOCK_OUTCOME_H
#define UNLOCK_OUTCOME_H

#include "base/exit_code.h"
#include "unlock/run.h"

/* The exit code for the targets' outcomes, and the reason for a person; the worst outcome decides. */
enum unlock_exit outcome_exit_code(const struct targets *t);
const char *outcome_reason(const struct targets *t);
/* Prints a line for each target and leaves the result for the installed system. */
void outcome_report(struct run *run);

#endif
